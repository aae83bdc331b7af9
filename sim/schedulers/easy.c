/* SPDX-License-Identifier: Apache-2.0 */
/*
 * easy.c - EASY backfilling, as most clusters run it.
 */
#include "sim/easy.h"

static void easy_pass(void *state, struct sim_pool *pool)
{
	sim_easy_pass(state, pool, true);
}

static void easy_ended(void *state, const struct sim_pool *pool, uint32_t job)
{
	sim_easy_ended(state, pool, job);
}

static void easy_close(void *state)
{
	sim_easy_close(state);
}

static const struct sim_pool_ops pool_ops = {
	.state_size = sizeof(struct sim_easy),
	.pass = easy_pass,
	.ended = easy_ended,
	.close = easy_close,
};

const struct sim_scheduler sim_scheduler_easy = {
	.name = "easy",
	.summary = "EASY backfilling",
	.pool = &pool_ops,
};
