/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spread.c - all nodes in turn, as Ray's SPREAD strategy for tasks does it: the
 * next one, in an order that is random and stays, that has room.
 */
#include "sim/world.h"

static struct sim_node *next_node(struct sim_world *w,
				  const struct sim_shape *shape)
{
	uint32_t len = sim_rooms_search(&w->rooms, shape);
	struct sim_node *node;

	if (len == 0)
		return NULL;
	node = sim_rooms_from(&w->rooms, len,
			      w->last ? w->last->position + 1 : 0);
	if (!node)
		node = sim_rooms_from(&w->rooms, len, 0);
	w->last = node;
	return node;
}

static const struct sim_node_ops node_ops = {
	.shuffled = true,
	.choose = next_node,
};

const struct sim_scheduler sim_scheduler_spread = {
	.name = "spread",
	.summary = "each task on the next node that fits, round robin",
	.nodes = &node_ops,
};
