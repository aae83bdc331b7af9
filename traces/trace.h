/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - a workload as it was: which job came when, what it asked for and
 * how long it ran.  A trace is a stream of jobs in order of submission; of one
 * that is read so, memory holds the jobs that the caller has not freed, those
 * that are read ahead to put rows right that are slightly out of order, and
 * each distinct request once.  How to write a format: traces/format.h.
 */
#ifndef TRACES_TRACE_H
#define TRACES_TRACE_H

#include <raytide/limits.h>
#include <raytide/types.h>

#include "core/base/names.h"

/* Bounds at the door. */
#define TRACE_JOBS_MAX 10000000  /* of a trace that is read whole */
#define TRACE_SHAPES_MAX 1000000 /* distinct requests */
#define TRACE_WINDOW 65536       /* rows that are read ahead, */
#define TRACE_WINDOW_BYTES ((size_t)256 << 20) /* and what they may take */
#define TRACE_SORT_BYTES ((size_t)4 << 30)     /* of one that is sorted whole */
#define TRACE_DOCUMENT_MAX ((size_t)256 << 20) /* bytes in one of JSON */
#define TRACE_SECONDS_MAX 1e10                 /* some 300 years */
#define TRACE_NOTES_MAX 32                     /* reasons kept apart */
#define TRACE_IGNORED_MAX 16                   /* names kept to be told */

enum trace_kind {
	TRACE_TASK,
	TRACE_ACTOR,   /* holds its resources for as long as it lives */
	TRACE_GANG,    /* a placement group: all of its bundles or none */
	TRACE_REQUEST, /* request_resources(): replaces what was asked before */
};

/* Of a gang, as Ray has them. */
enum trace_strategy {
	TRACE_PACK,
	TRACE_SPREAD,
	TRACE_STRICT_PACK,
	TRACE_STRICT_SPREAD,
};

/* What tasks and bundles ask for, each form once. */
struct trace_shape {
	struct rt_res res;           /* no zero amounts */
	struct rt_selector selector; /* without rules: any node */
};

struct trace_ask {
	uint32_t shape; /* index into the trace's shapes */
	uint32_t count; /* so many bundles; 1 unless a gang or a request */
};

/* One block, pointers included: trace_job_free() frees it all. */
struct trace_job {
	size_t size;    /* of the block */
	uint64_t row;   /* line of the file, or place in a document, from 1 */
	const char *id; /* as the trace has it; NULL: it gives none */
	double submit_s;
	double run_s;
	double estimate_s; /* of run_s, by the user; below 0: none */
	enum trace_kind kind;
	enum trace_strategy strategy; /* of a gang */
	int64_t priority;             /* more goes first; 0 unless told */
	uint32_t asks_len;            /* 1 unless a gang or a request */
	uint32_t after_len;
	const struct trace_ask *asks;
	const char *const *after; /* ids of jobs that must have ended */
	/* For a closed loop: who submitted it, and that it came `think_s` after
	 * the end of another job. */
	const char *user;      /* NULL: not known */
	const char *preceding; /* its id; NULL: none */
	double think_s;        /* below 0: not known */
};

void trace_job_free(struct trace_job **);

/* What happened to rows by a stated rule: { "had no run time", 412, true } is
 * "412 rows had no run time and were left out". */
struct trace_note {
	const char *text;
	uint64_t count;
	bool left_out; /* else it was mended */
};

/* What is known of the trace so far; all of it after the last job. */
struct trace_facts {
	const char *path; /* as errors name it */
	const char *format;
	struct rt_names *names; /* of resources and labels */
	uint32_t cpu;           /* the name id of "CPU" */
	uint32_t shapes_len;
	const struct trace_shape *shapes; /* moves when it grows */
	/* Of the system that it comes from; 0: not told. */
	int64_t processors, nodes;
	double end_s; /* the latest time that a row names, if the format tells
		       */
	uint64_t left_out; /* rows */
	uint32_t notes_len;
	struct trace_note notes[TRACE_NOTES_MAX];
	/* Columns and keys that are not known, each once: the first few. */
	uint32_t ignored_len;
	const char *ignored[TRACE_IGNORED_MAX];
};

/* The settings of all formats: `--set FORMAT.NAME=VALUE`. */
struct trace_settings;
struct trace_settings *trace_settings_new(void); /* the defaults */
void trace_settings_free(struct trace_settings **);
/* What the i-th of trace_formats[] is set to. */
void *trace_settings_of(const struct trace_settings *, size_t i);

struct trace_options {
	const char *format; /* a name; NULL: go by the content */
	bool sort;          /* whatever the order of the rows is */
	const struct trace_settings *settings; /* NULL: the defaults */
};

struct trace_reader;

/* Opens a file ("-": standard input), compressed or not, or a folder of them;
 * the path is borrowed, options may be NULL.  Errors of all three name file and
 * line. */
enum rt_status trace_open(struct trace_reader **, const char *path,
			  const struct trace_options *, struct rt_error *err);
void trace_close(struct trace_reader **);
/* The next job, the caller's to free; NULL behind the last one.  Equal times
 * keep the order of the file. */
enum rt_status trace_next(struct trace_reader *, struct trace_job **,
			  struct rt_error *err);
const struct trace_facts *trace_facts(const struct trace_reader *);

/* A trace that is read whole. */
struct trace {
	struct trace_reader *reader; /* which has the facts */
	const struct trace_facts *facts;
	uint32_t jobs_len, jobs_cap;
	struct trace_job **jobs;
};

/* An error, too, when there are no jobs. */
enum rt_status trace_load(struct trace **, const char *path,
			  const struct trace_options *, struct rt_error *err);
void trace_free(struct trace **);

#endif
