/* SPDX-License-Identifier: Apache-2.0 */
/*
 * what_if.c - the snapshot is copied as far as it is changed, and packed as Ray
 * packs.  Two outcomes are compared by what they leave without a place.
 */
#include "core/controller/what_if.h"

#include "core/base/arena.h"
#include "core/model/plan.h"
#include "core/sched/pack.h"

static struct rt_snapshot *changed(const struct rt_plan *plan,
				   const struct rt_change *change)
{
	const struct rt_snapshot *s = plan->snapshot;
	uint32_t tasks_len = s->demand.tasks_len + change->work_len, len = 0;
	struct rt_snapshot *other = rt_arena_dup(plan->arena, s, sizeof *s);
	struct rt_node *nodes =
		RT_ARENA_ARRAY(plan->arena, struct rt_node, s->nodes_len);
	struct rt_request *tasks =
		RT_ARENA_ARRAY(plan->arena, struct rt_request, tasks_len);

	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (!change->out[i])
			nodes[len++] = s->nodes[i];
	for (uint32_t i = 0; i < tasks_len; i++)
		tasks[i] = i < s->demand.tasks_len
				   ? s->demand.tasks[i]
				   : change->work[i - s->demand.tasks_len];
	other->nodes_len = len;
	other->nodes = nodes;
	other->groups = change->groups;
	other->max_workers = change->max_workers;
	other->demand.tasks_len = tasks_len;
	other->demand.tasks = tasks;
	return other;
}

/* Room that was to stay free, and is not there. */
static int64_t spares_left(const struct rt_plan *plan)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < plan->notes_len; i++)
		if (plan->notes[i].why.code == RT_WHY_SPARE_LEFT)
			n += plan->notes[i].why.n;
	return n;
}

/* Of what is in both. */
static bool demand_has_room(const struct rt_plan *plan,
			    const struct rt_plan *other)
{
	const struct rt_demand *demand = &plan->snapshot->demand;

	for (uint32_t i = 0; i < demand->tasks_len; i++)
		if (other->infeasible_tasks[i] > plan->infeasible_tasks[i])
			return false;
	for (uint32_t i = 0; i < demand->gangs_len; i++)
		if (other->infeasible_gangs[i] && !plan->infeasible_gangs[i])
			return false;
	for (uint32_t i = 0; i < demand->constraints_len; i++)
		if (other->infeasible_constraints[i] &&
		    !plan->infeasible_constraints[i])
			return false;
	return spares_left(other) <= spares_left(plan);
}

/* And nothing but launches is needed for it. */
static bool as_good(const struct rt_plan *plan, const struct rt_plan *other)
{
	uint32_t known = plan->snapshot->demand.tasks_len;

	for (uint32_t i = known; i < other->snapshot->demand.tasks_len; i++)
		if (other->infeasible_tasks[i])
			return false;
	for (uint32_t g = 0; g < plan->snapshot->groups_len; g++)
		if (other->cancelled[g])
			return false;
	for (uint32_t i = 0; i < other->removals_len; i++)
		if (other->removals[i].cause != RT_CAUSE_IDLE)
			return false;
	return other->resizes_len <= plan->resizes_len &&
	       demand_has_room(plan, other);
}

enum rt_status rt_what_if_run(const struct rt_plan *plan,
			      const struct rt_change *change,
			      const struct rt_plan **outcome, bool *holds_all,
			      struct rt_error *err)
{
	struct rt_plan *other = rt_plan_new(plan->arena, changed(plan, change));

	other->mended = plan->mended;
	enum rt_status status = rt_pack_run(other->snapshot, other, err);
	*holds_all = !status && as_good(plan, other);
	*outcome = other;
	return status;
}
