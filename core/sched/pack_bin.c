/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_bin.c - what is there and what is to come, as bins.  Pending nodes have
 * the form of their group, running ones what Ray reports.
 */
#include "core/sched/pack_bin.h"

#include "core/model/plan.h"
#include "core/model/res.h"

void rt_bins_add(struct rt_pack *p, struct rt_bins *bins, struct rt_bin *bin)
{
	RT_ARENA_GROW(p->arena, bins->at, bins->len, bins->cap);
	bins->at[bins->len++] = bin;
}

const struct rt_held *rt_bin_first_held(const struct rt_bin *bin)
{
	const struct rt_held *held = bin->held[RT_SOURCE_DEMAND];

	if (!held)
		held = bin->held[RT_SOURCE_CONSTRAINT];
	while (held && held->before)
		held = held->before;
	return held;
}

/* A node in the form of its group, with nothing on it. */
static struct rt_bin *bin_of_group(struct rt_pack *p, uint32_t group)
{
	const struct rt_group *g = &p->snapshot->groups[group];
	struct rt_bin *bin = RT_ARENA_NEW(p->arena, struct rt_bin);

	*bin = (struct rt_bin){
		.node = RT_NO_NODE,
		.group = group,
		.total = g->res,
		.labels = g->labels,
		.available = { g->res, g->res },
	};
	return bin;
}

struct rt_bin *rt_bin_fresh(struct rt_pack *p, uint32_t group,
			    struct rt_why why)
{
	struct rt_bin *bin = bin_of_group(p, group);

	bin->fate = RT_FATE_LAUNCH;
	bin->why = why;
	return bin;
}

/* The raylet that Ray reports is newer than the one that was recorded. */
static const struct rt_resize *resize_of(struct rt_pack *p,
					 const struct rt_node *node)
{
	if (!node->resize || !node->ray_node_id[0])
		return node->resize;
	struct rt_resize *resize =
		rt_arena_dup(p->arena, node->resize, sizeof *resize);
	resize->raylet_id = node->ray_node_id;
	return resize;
}

static void take_in_running(struct rt_pack *p, uint32_t index)
{
	const struct rt_node *node = &p->snapshot->nodes[index];
	struct rt_bin *bin = RT_ARENA_NEW(p->arena, struct rt_bin);

	*bin = (struct rt_bin){
		.node = index,
		.group = node->group,
		.is_head = node->is_head,
		.has_ray = node->ray_node_id[0] != '\0',
		.status = node->status,
		.idle_ms = node->idle_ms,
		.total = node->total,
		.labels = node->labels,
		.available = { node->available, node->total },
		.resize = resize_of(p, node),
	};
	rt_bins_add(p, &p->bins, bin);
}

static void take_in_pending(struct rt_pack *p, uint32_t index)
{
	const struct rt_node *node = &p->snapshot->nodes[index];
	struct rt_bin *bin = bin_of_group(p, node->group);

	bin->node = index;
	bin->is_head = node->is_head;
	bin->status = node->status;
	bin->resize = node->resize;
	rt_bins_add(p, &p->bins, bin);
}

/* More available than there is: Ray gives the whole round up when it looks at
 * such a node.  Here it is used as reported and scores as unused. */
static bool is_overfull(const struct rt_node *node)
{
	for (uint32_t i = 0; i < node->total.len; i++)
		if (rt_res_get(node->available, node->total.at[i].name) >
		    node->total.at[i].units)
			return true;
	return false;
}

void rt_bins_take_in(struct rt_pack *p)
{
	for (uint32_t i = 0; i < p->snapshot->nodes_len; i++) {
		const struct rt_node *node = &p->snapshot->nodes[i];
		bool runs = node->status == RT_NODE_RAY_RUNNING;

		if (node->status < RT_NODE_QUEUED ||
		    node->status > RT_NODE_RAY_STOP_REQUESTED)
			continue;
		if (runs && !node->known)
			continue;
		if (node->group == RT_NO_GROUP) {
			/* Ray gives up on a running one. */
			if (runs)
				rt_plan_note(p->plan, RT_NO_GROUP, i, 1,
					     RT_WHY(NO_GROUP));
			continue;
		}
		if (!runs) {
			take_in_pending(p, i);
			continue;
		}
		if (is_overfull(node))
			rt_plan_note(p->plan, node->group, i, 1,
				     RT_WHY(OVERFULL));
		take_in_running(p, i);
	}
}
