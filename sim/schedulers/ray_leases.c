/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ray_leases.c - ray-hybrid with all that makes Ray's own placement a little
 * wrong and a little late: requests on their way, views that are old, workers
 * that are kept (leases.h).  Placement groups go as under ray-hybrid.
 */
#include "sim/hybrid.h"

static const struct sim_node_ops node_ops = {
	.leases = true,
	.by_class = true,
	.backs_off = true,
	.shuffled = true,
	.worth = sim_hybrid_worth,
};

const struct sim_scheduler sim_scheduler_ray_leases = {
	.name = "ray-leases",
	.summary = "ray-hybrid, each request for a worker on its way; slower",
	.nodes = &node_ops,
};
