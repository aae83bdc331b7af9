/* SPDX-License-Identifier: Apache-2.0 */
/*
 * easy0.c - EASY backfilling that lets pass only what ends before the job it
 * passes is to start.
 */
#include "sim/easy.h"

static void easy0_pass(void *state, struct sim_pool *pool)
{
	sim_easy_pass(state, pool, false);
}

static void easy0_ended(void *state, const struct sim_pool *pool, uint32_t job)
{
	sim_easy_ended(state, pool, job);
}

static void easy0_close(void *state)
{
	sim_easy_close(state);
}

static const struct sim_pool_ops pool_ops = {
	.state_size = sizeof(struct sim_easy),
	.pass = easy0_pass,
	.ended = easy0_ended,
	.close = easy0_close,
};

const struct sim_scheduler sim_scheduler_easy0 = {
	.name = "easy0",
	.summary = "EASY backfilling of what ends by the promised start only",
	.pool = &pool_ops,
};
