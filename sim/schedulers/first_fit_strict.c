/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first_fit_strict.c - on nodes what fcfs is on processors: what fits nowhere
 * holds up all that came after it.
 */
#include "sim/world.h"

static const struct sim_node_ops node_ops = {
	.strict = true,
	.choose = sim_first_node,
};

const struct sim_scheduler sim_scheduler_first_fit_strict = {
	.name = "first-fit-strict",
	.summary = "the oldest node that fits, first come, first served",
	.nodes = &node_ops,
};
