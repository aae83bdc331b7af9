/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rigid.h - a trace as rigid jobs on a pool of processors: what of a job is
 * read, and what comes of it in the form of any other run.
 */
#ifndef SIM_RIGID_H
#define SIM_RIGID_H

#include "sim/pool.h"
#include "sim/sim.h"

struct sim_rigid_conf {
	const struct trace *trace;
	const struct sim_scheduler *scheduler; /* one for pools */
	uint32_t processors;
	/* How often a run time its estimate is; 0: that of the trace, where it
	 * has one that is not below the run time. */
	uint32_t estimate_factor;
	const struct sim_watch *watch; /* of levels alone; or NULL */
};

/* Jobs that are wider than the pool are rejected, and so are those without
 * width.  No nodes, no rounds. */
struct sim_result *sim_rigid_run(const struct sim_rigid_conf *);

#endif
