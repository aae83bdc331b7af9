/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.h - the classic case: rigid jobs on a pool of identical processors.  A
 * job needs `width` of them at once until it ends, by itself.  A scheduler says
 * who starts when; README.md tells what an instant is.
 */
#ifndef SIM_POOL_H
#define SIM_POOL_H

#include "sim/evq.h"
#include "sim/line.h"
#include "sim/scheduler.h"

#define SIM_PROCESSORS_MAX 1000000000

struct sim_pool_job {
	double submit_s, run_s;
	double estimate_s; /* what the scheduler goes by; never below run_s */
	uint32_t width;    /* from 1 to the pool's size */
};

struct sim_pool {
	const struct sim_scheduler *scheduler;
	void *state; /* the scheduler's */
	uint32_t size, free;
	double now_s;
	uint32_t len; /* jobs, in order of the queue */
	const struct sim_pool_job *jobs;
	double *starts;   /* of those that did */
	uint32_t arrived; /* jobs before it have been submitted */
	struct sim_evq ends;
	uint64_t events; /* arrivals and completions */
};

/* All of them, from the first arrival to the last completion; `starts` has
 * room for `len`.  The number of events. */
uint64_t sim_pool_run(const struct sim_scheduler *, uint32_t size,
		      const struct sim_pool_job *, uint32_t len,
		      double *starts);

/* For schedulers: the job has come, and fits. */
void sim_pool_start(struct sim_pool *, uint32_t job);

#endif
