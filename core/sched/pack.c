/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.c - the stages in Ray's order, and their outcome as edits of the plan.
 */
#include "core/sched/pack.h"

#include <string.h>

#include "core/base/error.h"
#include "core/model/plan.h"
#include "core/sched/pack_bin.h"
#include "core/sched/pack_fit.h"
#include "core/sched/pack_resize.h"
#include "core/sched/pack_stages.h"
#include "core/sched/pack_twin.h"

static uint32_t find_name(const struct rt_name_table *names, const char *text)
{
	for (uint32_t i = 0; i < names->len; i++)
		if (strcmp(names->text[i], text) == 0)
			return i;
	return UINT32_MAX;
}

static enum rt_status check_size(const struct rt_snapshot *s,
				 struct rt_error *err)
{
	int64_t nodes = s->nodes_len;

	for (uint32_t g = 0; g < s->groups_len; g++) {
		if (s->groups[g].min_nodes > RT_PACK_NODES_MAX)
			nodes = RT_PACK_NODES_MAX + 1;
		else if (nodes <= RT_PACK_NODES_MAX)
			nodes += s->groups[g].min_nodes;
	}
	if (nodes <= RT_PACK_NODES_MAX)
		return RT_OK;
	return rt_fail(err, RT_ELIMIT,
		       "the cluster is too large: nodes and minima together "
		       "pass %d; lower the minima",
		       RT_PACK_NODES_MAX);
}

static void open_names(struct rt_pack *p)
{
	const struct rt_name_table *names = &p->snapshot->names;

	p->cpu = find_name(names, "CPU");
	p->gpu = find_name(names, "GPU");
	p->memory = find_name(names, "memory");
	p->implicit = RT_ARENA_ARRAY(p->arena, bool, names->len);
	p->stamp = RT_ARENA_ARRAY(p->arena, uint32_t, names->len);
	for (uint32_t i = 0; i < names->len; i++) {
		p->implicit[i] = strncmp(names->text[i], RT_IMPLICIT,
					 strlen(RT_IMPLICIT)) == 0;
	}
	rt_twins_open(p);
}

static void open_groups(struct rt_pack *p)
{
	uint32_t n = p->snapshot->groups_len;

	p->fresh = RT_ARENA_ARRAY(p->arena, struct rt_bin *, n);
	for (uint32_t g = 0; g < n; g++)
		p->fresh[g] =
			rt_resize_fresh(p, rt_bin_fresh(p, g, RT_WHY(DEMAND)));
}

struct tally {
	int64_t floor; /* launched for the minimum */
	int64_t demand;
	int64_t cancelled;
	struct rt_why floor_why, demand_why;
};

static void end_node(struct rt_pack *p, const struct rt_bin *bin)
{
	struct rt_removal removal = {
		.node = bin->node,
		.cause = bin->cause,
		.idle_ms = bin->idle_ms,
	};

	rt_plan_remove(p->plan, removal, bin->why);
}

static void resize_node(struct rt_pack *p, const struct rt_bin *bin)
{
	struct rt_resizing resizing = {
		.node = bin->node,
		.raylet_id = bin->resize->raylet_id,
		.cpu = bin->resize->desired_cpu,
		.memory = bin->resize->desired_memory,
	};

	rt_plan_resize(p->plan, resizing, rt_resize_why(p, bin));
}

static void count_launch(struct tally *t, const struct rt_bin *bin)
{
	if (bin->why.code == RT_WHY_MIN_NODES) {
		t->floor++;
		t->floor_why = bin->why;
		return;
	}
	if (t->demand++ == 0)
		t->demand_why =
			RT_WHY(DEMAND, .entry = rt_bin_first_held(bin)->entry);
	for (enum rt_source k = 0; k < RT_SOURCES; k++)
		for (const struct rt_held *h = bin->held[k]; h; h = h->before)
			if (!rt_entry_same(h->entry, t->demand_why.entry))
				t->demand_why.code = RT_WHY_DEMAND_AND_MORE;
}

static void count_bins(struct rt_pack *p, struct tally *tally)
{
	for (uint32_t i = 0; i < p->bins.len; i++) {
		const struct rt_bin *bin = p->bins.at[i];
		struct tally *t = &tally[bin->group];
		if (rt_resize_is_due(bin))
			resize_node(p, bin);
		if (bin->fate == RT_FATE_TERMINATE) {
			if (bin->node == RT_NO_NODE)
				t->cancelled++;
			else
				end_node(p, bin);
		} else if (bin->fate == RT_FATE_LAUNCH) {
			count_launch(t, bin);
		}
	}
}

static void edit_plan(struct rt_pack *p)
{
	uint32_t groups = p->snapshot->groups_len;
	struct tally *tally = RT_ARENA_ARRAY(p->arena, struct tally, groups);

	count_bins(p, tally);
	for (uint32_t g = 0; g < groups; g++) {
		const struct tally *t = &tally[g];
		if (t->floor)
			rt_plan_launch(p->plan, g, t->floor, t->floor_why);
		if (t->demand)
			rt_plan_launch(p->plan, g, t->demand, t->demand_why);
		if (t->cancelled)
			rt_plan_cancel(p->plan, g, t->cancelled,
				       RT_WHY(CANCELLED));
	}
}

enum rt_status rt_pack_run(const struct rt_snapshot *snapshot,
			   struct rt_plan *plan, struct rt_error *err)
{
	struct rt_pack p = {
		.snapshot = snapshot,
		.plan = plan,
		.arena = plan->arena,
	};
	enum rt_status status = check_size(snapshot, err);

	if (status)
		return status;
	p.draft = rt_arena_new();
	open_names(&p);
	open_groups(&p);
	rt_bins_take_in(&p);
	rt_floor_min(&p);
	rt_floor_max_group(&p);
	rt_floor_max_cluster(&p);
	rt_pack_constraints(&p);
	rt_pack_gangs(&p);
	rt_pack_tasks(&p);
	rt_pack_spares(&p);
	rt_idle_pending(&p);
	rt_idle_terminate(&p);
	edit_plan(&p);
	rt_arena_free(&p.draft);
	return RT_OK;
}
