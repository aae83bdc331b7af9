/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fcfs.c - first come, first served: a job that does not fit holds up all that
 * came after it.
 */
#include "sim/pool.h"

struct fcfs {
	uint32_t next; /* jobs before it have started */
};

static void fcfs_pass(void *state, struct sim_pool *pool)
{
	struct fcfs *fcfs = state;

	while (fcfs->next < pool->arrived &&
	       pool->jobs[fcfs->next].width <= pool->free)
		sim_pool_start(pool, fcfs->next++);
}

static const struct sim_pool_ops pool_ops = {
	.state_size = sizeof(struct fcfs),
	.pass = fcfs_pass,
};

const struct sim_scheduler sim_scheduler_fcfs = {
	.name = "fcfs",
	.summary = "first come, first served",
	.pool = &pool_ops,
};
