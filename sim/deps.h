/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deps.h - which jobs wait for the end of which: the stages of a job, and in a
 * closed loop users, who think before they submit the next one.
 */
#ifndef SIM_DEPS_H
#define SIM_DEPS_H

#include "traces/trace.h"

struct sim_edge; /* one job waits for another */

struct sim_deps {
	uint32_t *left; /* for each job, how many ids it still waits for */
	/* Of each job; what is behind `first` is that one's. */
	struct sim_id {
		uint32_t first; /* job of the same id */
		uint32_t left;  /* so many of the id have not ended */
		uint32_t edge;  /* to one that waits for them */
	} * of_id;
	uint32_t edges_len, edges_cap;
	struct sim_edge *edges;
};

/* Does any job wait for others? */
bool sim_deps_any(const struct trace *, bool closed_loop);
/* RT_EINPUT, with file and line: a job waits for one that the trace does not
 * have, or for itself, be it by way of others. */
enum rt_status sim_check_waits(const struct trace *, bool closed_loop,
			       struct rt_error *err);
enum rt_status sim_deps_init(struct sim_deps *, const struct trace *,
			     bool closed_loop, struct rt_error *err);
void sim_deps_free(struct sim_deps *);

/* Does it still wait for others? */
bool sim_deps_waits(const struct sim_deps *, uint32_t job);
/* The job has ended: `due` is called for each that waits for none any more,
 * with what its user thinks before; below 0: it is none of a closed loop. */
void sim_deps_ended(struct sim_deps *, uint32_t job,
		    void (*due)(void *to, uint32_t job, double think_s),
		    void *to);

#endif
