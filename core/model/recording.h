/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording.h - the lines of a recording (docs/formats/recording.md), one after
 * the other: what is left out of a line is put in from those before.
 */
#ifndef CORE_MODEL_RECORDING_H
#define CORE_MODEL_RECORDING_H

#include "core/model/codec_observation.h"

#define RT_RECORDING_VERSION 1

struct rt_recording;

/* What a line says.  Everything is valid until the next one is read. */
struct rt_record {
	const cJSON *doc; /* all of it */
	bool header;      /* it begins a file; there is no round then */
	int64_t round, now_ms;
	bool repeated;         /* as the round before */
	bool seen;             /* there is an observation */
	const char *failed;    /* the step, and why; NULL: none did */
	const cJSON *decision; /* NULL: nothing was decided */
	const cJSON *actions;  /* NULL: nothing was decided */
};

struct rt_recording *rt_recording_new(void);
void rt_recording_free(struct rt_recording **);

/* RT_EINPUT for a line that is none of a recording, or that says "as before"
 * where there is nothing before. */
enum rt_status rt_recording_take(struct rt_recording *, const char *line,
				 struct rt_record *, struct rt_error *err);

/* What was seen in the last round that was taken, in the arena. */
enum rt_status rt_recording_observe(const struct rt_recording *,
				    struct rt_names *, struct rt_arena *,
				    struct rt_observation *,
				    struct rt_error *err);

#endif
