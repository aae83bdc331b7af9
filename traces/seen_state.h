/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen_state.h - what is known of a cluster's rounds so far; of the two parts
 * of trace_seen, those that wait (seen.c) and those that run (seen_runs.c).
 */
#ifndef TRACES_SEEN_STATE_H
#define TRACES_SEEN_STATE_H

#include "core/base/names.h"
#include "traces/seen.h"

/* So many came at one time. */
struct seen_stretch {
	uint64_t count;
	double since_s;
	struct seen_stretch *next;
};

struct seen_kind {
	struct trace_seen_kind of;
	struct rt_res all; /* of all its bundles */
	bool unseen;       /* found in use, it never waited */
	bool listed;       /* among those that wait */
	uint64_t before, now;
	struct seen_stretch *first, *last;
};

struct seen_run {
	uint32_t kind;
	uint64_t count;
	double submit_s, start_s;
};

struct trace_seen {
	struct trace_reader *reader;
	struct rt_arena *arena;
	struct rt_names *texts; /* of the kinds, in their order */
	double now_s;
	uint32_t kinds_len, kinds_cap;
	struct seen_kind *kinds;
	uint32_t waiting_len, waiting_cap;
	uint32_t *waiting; /* kinds */
	uint32_t runs_len, runs_cap;
	struct seen_run
		*runs; /* in the order in which they were found to run */
	uint32_t nodes_len, nodes_cap;
	struct rt_res *nodes;
	uint32_t sums_len; /* by name, in units: */
	double *held;      /* by those that run */
	double *used;      /* of the nodes */
};

/* The place of a kind; one that is new is added. */
uint32_t seen_kind(struct trace_seen *, const struct trace_seen_kind *,
		   bool unseen);

/* So many of a kind, which began to wait then, run from now on. */
enum rt_status seen_start(struct trace_seen *, uint32_t kind, double since_s,
			  uint64_t count, struct rt_error *err);
/* Those that run are made to ask for what is in use. */
enum rt_status seen_settle(struct trace_seen *, struct rt_error *err);
/* All that still run end now. */
enum rt_status seen_stop(struct trace_seen *, struct rt_error *err);

#endif
