/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision.c - sealing: removals in a fixed order, and the totals that the
 * cluster will have.
 */
#include "core/model/decision.h"

#include <stdlib.h>
#include <string.h>

struct named_removal {
	const char *instance_id;
	struct rt_removal removal;
};

static int by_instance(const void *a, const void *b)
{
	const struct named_removal *x = a, *y = b;

	return strcmp(x->instance_id, y->instance_id);
}

static const struct rt_removal *sort_removals(const struct rt_plan *plan,
					      struct rt_arena *arena)
{
	uint32_t len = plan->removals_len;
	struct named_removal *named =
		RT_ARENA_ARRAY(arena, struct named_removal, len);
	struct rt_removal *out = RT_ARENA_ARRAY(arena, struct rt_removal, len);

	for (uint32_t i = 0; i < len; i++)
		named[i] = (struct named_removal){
			plan->snapshot->nodes[plan->removals[i].node]
				.instance_id,
			plan->removals[i],
		};
	qsort(named, len, sizeof *named, by_instance);
	for (uint32_t i = 0; i < len; i++)
		out[i] = named[i].removal;
	return out;
}

/* Whole things apart: 10,000 nodes have more bytes, in 1/10000, than a double
 * can tell. */
struct total {
	double whole;
	int64_t part; /* units */
};

static void add(struct total *totals, struct rt_res res, int64_t count)
{
	for (uint32_t i = 0; i < res.len; i++) {
		struct total *total = &totals[res.at[i].name];
		int64_t units = res.at[i].units;
		total->whole += (double)count * (double)(units / RT_UNITS);
		total->part += count * (units % RT_UNITS);
	}
}

/* The double that is next to the sum, where that is small enough to have broken
 * parts at all. */
static double value_of(const struct total *total)
{
	double units = total->whole * RT_UNITS + (double)total->part;

	if (units < 0x1p53)
		return units / RT_UNITS;
	return total->whole + (double)total->part / RT_UNITS;
}

static bool counts(enum rt_node_status status)
{
	return status >= RT_NODE_QUEUED && status <= RT_NODE_RAY_STOP_REQUESTED;
}

static void sum_totals(struct rt_decision *d, const bool *removed,
		       struct rt_arena *arena)
{
	const struct rt_snapshot *s = d->snapshot;
	struct total *sums = RT_ARENA_ARRAY(arena, struct total, s->names.len);
	double *totals = RT_ARENA_ARRAY(arena, double, s->names.len);

	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		if (removed[i] || !counts(node->status))
			continue;
		if (node->status == RT_NODE_RAY_RUNNING) {
			if (node->known)
				add(sums, node->total, 1);
		} else if (node->group != RT_NO_GROUP) {
			add(sums, s->groups[node->group].res, 1);
		}
	}
	for (uint32_t g = 0; g < s->groups_len; g++)
		add(sums, s->groups[g].res, d->launch[g]);
	for (uint32_t i = 0; i < s->names.len; i++)
		totals[i] = value_of(&sums[i]);
	d->totals_len = s->names.len;
	d->totals = totals;
}

struct rt_decision *rt_decision_seal(const struct rt_plan *plan,
				     struct rt_arena *arena)
{
	struct rt_decision *d = RT_ARENA_NEW(arena, struct rt_decision);

	*d = (struct rt_decision){
		.snapshot = plan->snapshot,
		.held = plan->held,
		.launch = plan->launch,
		.launch_why = plan->launch_why,
		.cancelled = plan->cancelled,
		.removals_len = plan->removals_len,
		.removals = sort_removals(plan, arena),
		.resizes_len = plan->resizes_len,
		.resizes = plan->resizes,
		.infeasible_tasks = plan->infeasible_tasks,
		.infeasible_gangs = plan->infeasible_gangs,
		.infeasible_constraints = plan->infeasible_constraints,
		.unneeded = plan->unneeded,
		.upscaling_speed = plan->upscaling_speed,
		.notes_len = plan->notes_len,
		.notes = plan->notes,
	};
	sum_totals(d, plan->removed, arena);
	return d;
}

int64_t rt_decision_target(const struct rt_decision *d, uint32_t group)
{
	const struct rt_snapshot *s = d->snapshot;
	int64_t target = d->launch[group];

	for (uint32_t i = 0; i < s->nodes_len; i++)
		target += s->nodes[i].group == group &&
			  s->nodes[i].status < RT_NODE_RAY_STOP_REQUESTED;
	for (uint32_t i = 0; i < d->removals_len; i++)
		target -= s->nodes[d->removals[i].node].group == group;
	return target;
}

bool rt_decision_differs(const struct rt_decision *a,
			 const struct rt_decision *b)
{
	for (uint32_t g = 0; g < a->snapshot->groups_len; g++)
		if (a->launch[g] != b->launch[g])
			return true;
	if (a->removals_len != b->removals_len)
		return true;
	for (uint32_t i = 0; i < a->removals_len; i++)
		if (a->removals[i].node != b->removals[i].node)
			return true;
	return false;
}
