/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - every verb edits one field and notes why.
 */
#include "core/model/plan.h"

#include "core/base/error.h"

#define NO_NODE UINT32_MAX

struct rt_plan *rt_plan_new(struct rt_arena *arena,
			    const struct rt_snapshot *snapshot)
{
	struct rt_plan *plan = RT_ARENA_NEW(arena, struct rt_plan);
	const struct rt_demand *demand = &snapshot->demand;
	uint32_t groups = snapshot->groups_len;

	plan->snapshot = snapshot;
	plan->arena = arena;
	plan->stage = "";
	plan->launch = RT_ARENA_ARRAY(arena, int64_t, groups);
	plan->launch_why = RT_ARENA_ARRAY(arena, struct rt_why, groups);
	plan->cancelled = RT_ARENA_ARRAY(arena, int64_t, groups);
	plan->infeasible_tasks =
		RT_ARENA_ARRAY(arena, int64_t, demand->tasks_len);
	plan->infeasible_gangs = RT_ARENA_ARRAY(arena, bool, demand->gangs_len);
	plan->infeasible_constraints =
		RT_ARENA_ARRAY(arena, bool, demand->constraints_len);
	plan->unneeded = RT_ARENA_ARRAY(arena, struct rt_times, groups);
	plan->removed = RT_ARENA_ARRAY(arena, bool, snapshot->nodes_len);
	plan->until_ms = RT_NONE;
	return plan;
}

void rt_plan_enter(struct rt_plan *plan, const char *stage, uint32_t flags)
{
	plan->stage = stage;
	plan->flags = flags;
}

void rt_plan_explain(struct rt_plan *plan)
{
	plan->explain = true;
}

void rt_plan_note(struct rt_plan *plan, uint32_t group, uint32_t node,
		  int64_t count, struct rt_why why)
{
	RT_ARENA_GROW(plan->arena, plan->notes, plan->notes_len,
		      plan->notes_cap);
	plan->notes[plan->notes_len++] = (struct rt_note){
		.stage = plan->stage,
		.why = why,
		.group = group,
		.node = node,
		.count = count,
	};
}

static struct rt_snapshot *shape(struct rt_plan *plan)
{
	if (!plan->shaped)
		plan->snapshot = plan->shaped = rt_arena_dup(
			plan->arena, plan->snapshot, sizeof *plan->snapshot);
	return plan->shaped;
}

static struct rt_group *shape_group(struct rt_plan *plan, uint32_t group)
{
	struct rt_snapshot *s = shape(plan);

	if (!plan->groups)
		s->groups = plan->groups =
			rt_arena_dup(plan->arena, s->groups,
				     s->groups_len * sizeof *s->groups);
	return &plan->groups[group];
}

void rt_plan_floor(struct rt_plan *plan, uint32_t group, int64_t nodes,
		   struct rt_why why)
{
	const struct rt_group *g = &plan->snapshot->groups[group];

	if (nodes > g->max_nodes)
		nodes = g->max_nodes;
	if (nodes <= g->min_nodes)
		return;
	shape_group(plan, group)->min_nodes = nodes;
	rt_plan_note(plan, group, NO_NODE, nodes, why);
}

void rt_plan_spare(struct rt_plan *plan, struct rt_request request,
		   struct rt_why why)
{
	struct rt_demand *demand = &shape(plan)->demand;
	struct rt_request *spares =
		(struct rt_request *)(uintptr_t)demand->spares;

	RT_ARENA_GROW(plan->arena, spares, demand->spares_len,
		      plan->spares_cap);
	spares[demand->spares_len] = request;
	demand->spares = spares;
	why.entry = (struct rt_entry){ RT_ENTRY_SPARE, demand->spares_len++ };
	rt_plan_note(plan, RT_NO_GROUP, NO_NODE, request.count, why);
}

void rt_plan_prefer(struct rt_plan *plan, uint32_t group, int64_t rank,
		    struct rt_why why)
{
	if (plan->snapshot->groups[group].prefer == rank)
		return;
	shape_group(plan, group)->prefer = rank;
	rt_plan_note(plan, group, NO_NODE, RT_NONE, why);
}

void rt_plan_defer(struct rt_plan *plan, uint32_t task, int64_t count,
		   struct rt_why why)
{
	struct rt_demand *demand = &shape(plan)->demand;

	if (!plan->tasks)
		demand->tasks = plan->tasks =
			rt_arena_dup(plan->arena, demand->tasks,
				     demand->tasks_len * sizeof *demand->tasks);
	if (count > plan->tasks[task].count)
		count = plan->tasks[task].count;
	if (!count)
		return;
	plan->tasks[task].count -= count;
	why.entry = (struct rt_entry){ RT_ENTRY_TASK, task };
	rt_plan_note(plan, RT_NO_GROUP, NO_NODE, count, why);
}

void rt_plan_price(struct rt_plan *plan, uint32_t group, double price)
{
	shape_group(plan, group)->price = price;
}

void rt_plan_launch(struct rt_plan *plan, uint32_t group, int64_t count,
		    struct rt_why why)
{
	if (plan->launch[group] == 0)
		plan->launch_why[group] = why;
	plan->launch[group] += count;
	rt_plan_note(plan, group, NO_NODE, count, why);
}

void rt_plan_remove(struct rt_plan *plan, struct rt_removal removal,
		    struct rt_why why)
{
	if (plan->removed[removal.node])
		return;
	plan->removed[removal.node] = true;
	RT_ARENA_GROW(plan->arena, plan->removals, plan->removals_len,
		      plan->removals_cap);
	removal.why = why;
	plan->removals[plan->removals_len++] = removal;
	rt_plan_note(plan, plan->snapshot->nodes[removal.node].group,
		     removal.node, 1, why);
}

void rt_plan_cancel(struct rt_plan *plan, uint32_t group, int64_t count,
		    struct rt_why why)
{
	plan->cancelled[group] += count;
	rt_plan_note(plan, group, NO_NODE, count, why);
}

void rt_plan_resize(struct rt_plan *plan, struct rt_resizing resizing,
		    struct rt_why why)
{
	RT_ARENA_GROW(plan->arena, plan->resizes, plan->resizes_len,
		      plan->resizes_cap);
	resizing.why = why;
	plan->resizes[plan->resizes_len++] = resizing;
	rt_plan_note(plan, plan->snapshot->nodes[resizing.node].group,
		     resizing.node, 1, why);
}

void rt_plan_infeasible_task(struct rt_plan *plan, uint32_t i, int64_t count,
			     struct rt_why why)
{
	plan->infeasible_tasks[i] += count;
	why.entry = (struct rt_entry){ RT_ENTRY_TASK, i };
	rt_plan_note(plan, RT_NO_GROUP, NO_NODE, count, why);
}

void rt_plan_infeasible_gang(struct rt_plan *plan, uint32_t i,
			     struct rt_why why)
{
	plan->infeasible_gangs[i] = true;
	why.entry = (struct rt_entry){ RT_ENTRY_GANG, i };
	rt_plan_note(plan, RT_NO_GROUP, NO_NODE, 1, why);
}

void rt_plan_infeasible_constraint(struct rt_plan *plan, uint32_t i,
				   struct rt_why why)
{
	plan->infeasible_constraints[i] = true;
	why.entry = (struct rt_entry){ RT_ENTRY_CONSTRAINT, i };
	rt_plan_note(plan, RT_NO_GROUP, NO_NODE, 1, why);
}

void rt_plan_stay(struct rt_plan *plan, uint32_t node, struct rt_why why)
{
	if (plan->explain)
		rt_plan_note(plan, plan->snapshot->nodes[node].group, node, 1,
			     why);
}

void rt_plan_unneeded(struct rt_plan *plan, uint32_t group,
		      struct rt_times times)
{
	plan->unneeded[group] = times;
}

void rt_plan_pace(struct rt_plan *plan, double speed)
{
	plan->upscaling_speed = speed;
}

void rt_plan_mend(struct rt_plan *plan)
{
	plan->mended = true;
}

void rt_plan_until(struct rt_plan *plan, int64_t until_ms)
{
	if (plan->until_ms == RT_NONE || until_ms < plan->until_ms)
		plan->until_ms = until_ms;
}

void rt_plan_cut(struct rt_plan *plan, uint32_t group, int64_t count,
		 struct rt_why why)
{
	if (count > plan->launch[group])
		RT_BUG("a guard may only cut");
	plan->launch[group] = count;
	rt_plan_note(plan, group, NO_NODE, count, why);
}

void rt_plan_keep(struct rt_plan *plan, uint32_t node, struct rt_why why)
{
	if (!plan->removed[node])
		return;
	plan->removed[node] = false;
	uint32_t i = 0;
	while (plan->removals[i].node != node)
		i++;
	plan->removals[i] = plan->removals[--plan->removals_len];
	rt_plan_note(plan, plan->snapshot->nodes[node].group, node, 1, why);
}

void rt_plan_hold(struct rt_plan *plan, struct rt_why why)
{
	plan->held = true;
	for (uint32_t g = 0; g < plan->snapshot->groups_len; g++)
		if (plan->launch[g])
			rt_plan_cut(plan, g, 0, why);
	while (plan->removals_len)
		rt_plan_keep(plan, plan->removals[0].node, why);
	plan->resizes_len = 0;
	rt_plan_note(plan, RT_NO_GROUP, NO_NODE, 0, why);
}
