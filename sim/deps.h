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
	uint32_t *left;  /* for each job, how many it still waits for */
	uint32_t *first; /* for each job, an edge to one that waits for it */
	uint32_t edges_len, edges_cap;
	struct sim_edge *edges;
};

/* RT_EINPUT: a job waits for one that the trace does not have. */
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
