/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first_fit.c - whatever fits starts, in order of arrival; nothing is kept free
 * for what does not.
 */
#include "sim/pool.h"
#include "sim/world.h"

struct first_fit {
	struct sim_line line;
	uint32_t seen; /* jobs before it are or were in the line */
};

static void first_fit_pass(void *state, struct sim_pool *pool)
{
	struct first_fit *ff = state;
	uint32_t place;

	for (; ff->seen < pool->arrived; ff->seen++)
		sim_line_join(&ff->line, ff->seen, pool->jobs[ff->seen].width,
			      0);
	place = ff->line.front;
	for (;;) {
		const struct sim_gap room = { pool->free, pool->free, 0, 0 };
		place = sim_line_find(&ff->line, place, &room);
		if (place == SIM_NOWHERE)
			return;
		sim_pool_start(pool, ff->line.jobs[place]);
		sim_line_leave(&ff->line, place);
	}
}

static void first_fit_close(void *state)
{
	sim_line_free(&((struct first_fit *)state)->line);
}

static const struct sim_pool_ops pool_ops = {
	.state_size = sizeof(struct first_fit),
	.pass = first_fit_pass,
	.close = first_fit_close,
};

static const struct sim_node_ops node_ops = {
	.choose = sim_first_node,
};

const struct sim_scheduler sim_scheduler_first_fit = {
	.name = "first-fit",
	.summary = "whatever fits, in order of arrival",
	.pool = &pool_ops,
	.nodes = &node_ops,
};
