/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.c - from instant to instant: completions, arrivals, a pass of the
 * scheduler.  What starts and ends at one instant is the next turn of the loop,
 * at the same instant.
 */
#include "sim/pool.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"

const struct sim_scheduler *sim_scheduler_find(const char *name)
{
	for (size_t i = 0; sim_schedulers[i]; i++)
		if (strcmp(sim_schedulers[i]->name, name) == 0)
			return sim_schedulers[i];
	return NULL;
}

void sim_pool_start(struct sim_pool *pool, uint32_t job)
{
	pool->starts[job] = pool->now_s;
	pool->free -= pool->jobs[job].width;
	sim_evq_push(&pool->ends,
		     (struct sim_event){ pool->now_s + pool->jobs[job].run_s,
					 SIM_TASK_DONE, job });
}

static void complete(struct sim_pool *pool)
{
	const struct sim_pool_ops *ops = pool->scheduler->pool;
	uint32_t job = sim_evq_pop(&pool->ends).number;

	pool->free += pool->jobs[job].width;
	pool->events++;
	if (ops->ended)
		ops->ended(pool->state, pool, job);
}

static double next_arrival_s(const struct sim_pool *pool)
{
	return pool->arrived < pool->len ? pool->jobs[pool->arrived].submit_s
					 : INFINITY;
}

uint64_t sim_pool_run(const struct sim_scheduler *scheduler, uint32_t size,
		      const struct sim_pool_job *jobs, uint32_t len,
		      double *starts)
{
	const struct sim_pool_ops *ops = scheduler->pool;
	struct sim_pool pool = {
		.scheduler = scheduler,
		.state = rt_calloc(1, ops->state_size),
		.size = size,
		.free = size,
		.len = len,
		.jobs = jobs,
		.starts = starts,
	};

	while (pool.arrived < len || pool.ends.len) {
		pool.now_s =
			fmin(sim_evq_next(&pool.ends), next_arrival_s(&pool));
		while (sim_evq_next(&pool.ends) == pool.now_s)
			complete(&pool);
		while (next_arrival_s(&pool) == pool.now_s) {
			pool.arrived++;
			pool.events++;
		}
		ops->pass(pool.state, &pool);
	}
	if (ops->close)
		ops->close(pool.state);
	rt_free(pool.state);
	sim_evq_free(&pool.ends);
	return pool.events;
}
