/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - from what Ray remembers of a run to the rows of a native trace:
 * who asked for what, from when, for how long.  Readers (record_gcs.h,
 * record_state.h) fill a recording, record_rows() makes rows of it.
 *
 * A task is a row from its demand on, for as long as it ran, and so is each
 * attempt that failed.  An actor is a row that holds its resources from its
 * creation to its end; calls of its methods ask for nothing.  A placement group
 * is a row with its bundles, to the end of its job (Ray does not remember when
 * it was removed); tasks and actors in it ask for nothing, as the bundles hold
 * it.
 */
#ifndef TRACES_RECORD_H
#define TRACES_RECORD_H

#include "core/base/json.h"
#include "core/model/res.h"

enum record_kind {
	RECORD_TASK,
	RECORD_ACTOR, /* the creation of an actor */
	RECORD_CALL,  /* of an actor's method */
	RECORD_DRIVER,
};

/* One attempt.  Ids are hex; "" where there is none.  Times are ns since 1970;
 * 0: not reached. */
struct record_task {
	enum record_kind kind;
	const char *id;
	const char *name;
	const char *job;
	const char *actor;
	const char *group;
	int64_t attempt;
	struct rt_res res;
	struct rt_labels labels;
	int64_t demand_ns, start_ns, end_ns;
	bool failed;
};

/* Of one whose creation is not among the tasks only `alive_ns` is known; of one
 * that is not in the table of actors there is no end. */
struct record_actor {
	const char *id;
	const char *name; /* of its class */
	const char *job;
	const char *group;
	struct rt_res res;
	struct rt_labels labels;
	int64_t alive_ns, end_ns;
	int64_t demand_ns, start_ns; /* left to record_rows() */
};

struct record_bundle {
	const char *group; /* the id of its placement group */
	int64_t index;
	const char *gang; /* the group, as rows name it */
	const char *strategy;
	const char *name;
	const char *job;
	struct rt_res res;
	struct rt_labels labels;
	int64_t demand_ns, start_ns;
};

struct record_job {
	const char *id;
	int64_t end_ns; /* 0: it lives */
};

struct recording {
	struct rt_arena *arena; /* of all that it holds */
	struct rt_names *names;
	uint32_t tasks_len, tasks_cap;
	struct record_task *tasks;
	uint32_t actors_len, actors_cap;
	struct record_actor *actors;
	uint32_t bundles_len, bundles_cap;
	struct record_bundle *bundles;
	uint32_t jobs_len, jobs_cap;
	struct record_job *jobs;
	uint64_t lost; /* attempts that Ray no longer had */
};

struct record_row {
	const char *kind;
	const char *id;
	const char *name;
	const char *gang; /* "" outside placement groups */
	/* Of a gang, in place of `res` and `labels`. */
	const char *strategy;
	uint32_t bundles_len;
	const struct record_bundle *bundles;
	struct rt_res res;
	struct rt_labels labels;
	int64_t submit_ns; /* since the first row's */
	int64_t duration_ns;
};

struct record_rows {
	uint32_t len, cap;
	struct record_row *at;         /* by submission */
	uint64_t tasks, actors, gangs; /* rows of each kind */
	uint64_t failed;               /* of the tasks */
	/* Left out: */
	uint64_t calls;
	uint64_t unfinished; /* they wait or run */
	uint64_t unstarted;  /* they ended and never ran */
};

/* Sorts the recording's lists; the rows are in its arena.  RT_EINPUT when it
 * has none. */
enum rt_status record_rows(struct recording *, struct record_rows *out,
			   struct rt_error *err);

/* A line of a native trace; to be freed with cJSON_Delete(). */
cJSON *record_row_encode(const struct recording *, const struct record_row *);

#endif
