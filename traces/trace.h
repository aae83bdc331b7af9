/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - a workload as it was: which task came when, what it asked for and
 * how long it ran.  A trace is read whole, put in order of submission and not
 * changed afterwards.  Every traces/formats/NAME.c defines
 * `const struct trace_format trace_format_NAME` and is thereby a format.
 */
#ifndef TRACES_TRACE_H
#define TRACES_TRACE_H

#include <raytide/types.h>

#include "core/base/arena.h"
#include "core/base/names.h"

/* Bounds at the door. */
#define TRACE_TASKS_MAX 10000000
#define TRACE_SECONDS_MAX 1e10 /* some 300 years */
#define TRACE_IGNORED_MAX 16   /* names that are kept to be told */

struct trace_task {
	const char *id; /* as the trace has it; NULL: it gives none */
	double submit_s;
	double duration_s;
	uint32_t shape; /* index into the trace's shapes */
};

struct trace {
	struct rt_arena *arena; /* of all that follows */
	struct rt_names *names; /* of the shapes' resources */
	uint32_t cpu;           /* the name id of "CPU" */
	/* In order of submission; equal times keep the order of the file. */
	uint32_t tasks_len, tasks_cap;
	struct trace_task *tasks;
	/* What tasks ask for, each once; no zero amounts. */
	uint32_t shapes_len, shapes_cap;
	struct rt_res *shapes;
	uint32_t slots_len; /* a hash of the shapes: see trace_shape() */
	uint32_t *slots;
	/* Rows that the format leaves out by a stated rule. */
	uint64_t left_out;
	/* Columns and keys that are not known, each once: the first few. */
	uint32_t ignored_len;
	const char *ignored[TRACE_IGNORED_MAX];
};

struct trace_format {
	const char *name;
	const char *summary;
	/* Whether a file with this first line (blank ones aside) may be of the
	 * format. */
	bool (*sniff)(const char *line);
	/* Takes one line that is not blank, writable; `state` is `state_size`
	 * bytes, zero at the first line. */
	size_t state_size;
	enum rt_status (*take)(void *state, char *line, struct trace *,
			       struct rt_error *err);
};

/* NULL-terminated; the Makefile writes it from traces/formats/. */
extern const struct trace_format *const trace_formats[];

/* Reads the file ("-": standard input); `format` is a name, or NULL to go by
 * the first line.  Errors name file and line. */
enum rt_status trace_load(struct trace **, const char *path, const char *format,
			  struct rt_error *err);
void trace_free(struct trace **);

/* For formats.  The resources are in the trace's names, without zero amounts,
 * and are copied. */
uint32_t trace_shape(struct trace *, struct rt_res);
enum rt_status trace_add(struct trace *, const struct trace_task *,
			 int64_t count, struct rt_error *err);
/* Tells once that this column or key means nothing to the format. */
void trace_ignore(struct trace *, const char *name);
/* A number from 0 to `max`; `what` names it in the error. */
enum rt_status trace_number(const char *text, const char *what, double max,
			    double *out, struct rt_error *err);

#endif
