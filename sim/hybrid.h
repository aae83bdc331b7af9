/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hybrid.h - Ray's default rule for the node of a task: nodes are filled to
 * half one by one, then all to the same level.
 */
#ifndef SIM_HYBRID_H
#define SIM_HYBRID_H

#include "sim/world.h"

/* The largest part in use of a node's CPUs, memory and object store, 0 below
 * one half; `left` as the group has resources. */
double sim_hybrid_score(const struct sim_world *, uint32_t group,
			const struct rt_amount *left);
/* Of the nodes by score and position, one of the first so many is drawn. */
uint32_t sim_hybrid_top(const struct sim_world *);

/* Of a node for a bundle: the GCS takes the emptiest. */
double sim_hybrid_worth(const struct rt_amount *left, const struct sim_shape *);

struct sim_choice {
	struct sim_node *node;
	double score;
};

/* Of these nodes, whose order is lost; NULL: of none.  `fits`: they have room
 * for it now. */
struct sim_node *sim_hybrid_choose(struct sim_world *, const struct sim_shape *,
				   struct sim_choice *, uint32_t len,
				   bool fits);

#endif
