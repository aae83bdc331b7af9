/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - what a format of traces is, and what it may call.  Every
 * traces/formats/NAME.c defines `const struct trace_format trace_format_NAME`
 * and is thereby a format.
 */
#ifndef TRACES_FORMAT_H
#define TRACES_FORMAT_H

#include <raytide/policy.h>

#include "core/base/arena.h"
#include "traces/trace.h"

enum trace_format_flag {
	/* Public files are known to be out of order: they are read whole. */
	TRACE_UNSORTED = 1,
	/* Times are of the clock: the first job is submitted at 0. */
	TRACE_FROM_FIRST = 2,
	/* No lines: `take` gets all of the file as one text, once. */
	TRACE_DOCUMENT = 4,
	/* An archive may lack its end: who wrote it was killed. */
	TRACE_MAY_BE_CUT = 8,
};

struct trace_format {
	const char *name;
	const char *summary;
	unsigned flags;
	/* Whether a file with this first line (blank ones aside) may be of the
	 * format. */
	bool (*sniff)(const char *line);
	/* Takes one line that is not blank, writable, and emits its jobs;
	 * `state` is `state_size` bytes, zero at the first line. */
	size_t state_size;
	enum rt_status (*take)(void *state, char *line, struct trace_reader *,
			       struct rt_error *err);
	/* Emits what is left behind the last line; gives back what the state
	 * holds.  NULL: there is nothing of it. */
	enum rt_status (*end)(void *state, struct trace_reader *,
			      struct rt_error *err);
	void (*close)(void *state);
	/* NULL: there is nothing to set. */
	const struct rt_param *params;
	size_t conf_size;
};

/* NULL-terminated; the Makefile writes it from traces/formats/. */
extern const struct trace_format *const trace_formats[];
/* Its place among them. */
enum rt_status trace_format_find(const char *name, size_t *place,
				 struct rt_error *err);

/* A job with what most have. */
static inline struct trace_job trace_job_plain(double submit_s, double run_s,
					       const struct trace_ask *ask)
{
	return (struct trace_job){
		.submit_s = submit_s,
		.run_s = run_s,
		.estimate_s = -1,
		.think_s = -1,
		.asks_len = 1,
		.asks = ask,
	};
}

/* Hands a job on, `copies` times; all that it points to is copied.  One that
 * runs for INFINITY runs to the facts' end_s, in a format that is read whole.
 */
enum rt_status trace_emit(struct trace_reader *, const struct trace_job *,
			  uint64_t copies, struct rt_error *err);

/* The struct that the format's `params` describe. */
const void *trace_conf(const struct trace_reader *);
/* May be added to by the format: processors, nodes. */
struct trace_facts *trace_facts_of(struct trace_reader *);
/* For what the format keeps from line to line. */
struct rt_arena *trace_arena(struct trace_reader *);
/* For one line; forgotten with it. */
struct rt_arena *trace_scratch(struct trace_reader *);

/* Finds a shape or adds it; what it points to is copied, its names are the
 * trace's. */
enum rt_status trace_shape(struct trace_reader *, const struct trace_shape *,
			   uint32_t *out, struct rt_error *err);

/* A row has no job, or one that was mended: `text` as in struct trace_note, a
 * constant. */
void trace_leave_out(struct trace_reader *, const char *text);
void trace_mend(struct trace_reader *, const char *text);
/* So many rows at once. */
void trace_leave_out_all(struct trace_reader *, const char *text,
			 uint64_t count);
void trace_mend_all(struct trace_reader *, const char *text, uint64_t count);
/* Tells once that this column or key means nothing to the format. */
void trace_ignore(struct trace_reader *, const char *name);

#endif
