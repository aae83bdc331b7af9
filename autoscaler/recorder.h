/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder.h - writes down each round (docs/formats/recording.md), so that it
 * can be replayed.  No trouble with it is trouble with a round, and nothing is
 * waited for: what cannot be written is left out, and a new file begun as soon
 * as that goes again.
 *
 * In each round, in this order: recorder_begin() before it is decided,
 * recorder_see() before it is acted upon, recorder_note() at its end.
 */
#ifndef AUTOSCALER_RECORDER_H
#define AUTOSCALER_RECORDER_H

#include "autoscaler/metrics.h"
#include "autoscaler/policy.h"
#include "autoscaler/round.h"

struct recorder;

struct recorder_conf {
	const char *dir;   /* NULL: nothing is recorded */
	int64_t bytes_max; /* of all files together */
	const char *name_space, *cluster;
	bool dry_run;
};

/* Texts are borrowed. */
struct recorder *recorder_open(const struct recorder_conf *);
void recorder_close(struct recorder **);

/* Where a file is to begin, what the controller keeps is written down.  The
 * policies are those of the round; `shadow` may be NULL. */
void recorder_begin(struct recorder *, struct rt_controller *,
		    const struct policy *, const struct policy *shadow);

/* Of an observation that may be changed afterwards. */
void recorder_see(struct recorder *, const struct round *);

/* `failed`: the step without which there is no more, and why; NULL: none. */
void recorder_note(struct recorder *, const struct round *, const char *failed,
		   const struct rt_name_table *);

/* The next round begins a file: the policy is another. */
void recorder_renew(struct recorder *);

/* How it goes; the counts go into the metrics. */
enum rt_status recorder_check(struct recorder *, struct metrics *,
			      struct rt_error *err);

#endif
