/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.h - a recording (docs/formats/recording.md) run again: the same
 * observations, and outcomes, through the same controller.
 */
#ifndef CLI_REPLAY_REPLAY_H
#define CLI_REPLAY_REPLAY_H

#include <raytide/registry.h>

#include "core/controller/controller.h"
#include "core/model/recording.h"

struct replay;

/* Everything is valid until the next round is asked for. */
struct replay_round {
	const char *file;
	const struct rt_record *record;
	bool begins; /* it is the first of a file, */
	bool breaks; /* which does not go on where the one before ended */
	/* NULL where nothing was decided anew: the round was repeated, or
	 * failed before. */
	const struct rt_decision *decision;
	const struct rt_actions *actions; /* with the recorded outcomes */
	const struct rt_observation *seen;
	const struct rt_snapshot *snapshot; /* before any stage shaped it */
	const struct rt_recall *recall;     /* what was remembered then */
	const struct rt_chain *chain;
	struct rt_arena *arena; /* of the round */
	/* Why the controller failed to decide; "": it did not. */
	struct rt_error failed;
	/* What is not as recorded, "decision.launch: ..."; "": nothing. */
	char difference[RT_ERROR_TEXT];
};

/* A file, a folder, or "-". */
enum rt_status replay_open(struct replay **, const char *path,
			   const struct rt_registry *, struct rt_error *err);
void replay_close(struct replay **);

/* The next round; false at the end. */
enum rt_status replay_next(struct replay *, struct replay_round *, bool *more,
			   struct rt_error *err);

/* What was seen in the last round, for another controller; also in one that was
 * repeated. */
enum rt_status replay_observe(const struct replay *, struct rt_names *,
			      struct rt_arena *, struct rt_observation *,
			      struct rt_error *err);
/* The instance table after the last round. */
const struct rt_instances *replay_instances(const struct replay *);

/* The header of the file that the last round is in, and how many files there
 * were so far. */
const cJSON *replay_header(const struct replay *);
uint32_t replay_files(const struct replay *);

#endif
