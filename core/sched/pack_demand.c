/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_demand.c - the constraint of request_resources(), the tasks, and the
 * spare room that policies want: each is one packing.
 */
#include "core/sched/pack_fit.h"
#include "core/sched/pack_sort.h"
#include "core/sched/pack_stages.h"

#include "core/model/plan.h"

/* There is one at a time; Ray gives up on more, here the first stands. */
void rt_pack_constraints(struct rt_pack *p)
{
	const struct rt_demand *demand = &p->snapshot->demand;
	const struct rt_constraint *first = demand->constraints;
	struct rt_asks asks = { 0 };

	if (!demand->constraints_len)
		return;
	for (uint32_t i = 0; i < first->len; i++)
		rt_asks_add(p, &asks, &first->requests[i],
			    first->requests[i].count,
			    (struct rt_entry){ RT_ENTRY_CONSTRAINT, 0 });
	rt_fit(p, &asks, RT_SOURCE_CONSTRAINT);
	if (asks.open == 0 || p->plan->mended)
		rt_fit_keep(p);
	if (asks.open)
		rt_plan_infeasible_constraint(p->plan, 0,
					      RT_WHY(NO_ROOM_FOR_ALL));
	for (uint32_t i = 1; i < demand->constraints_len; i++)
		rt_plan_infeasible_constraint(p->plan, i, RT_WHY(BAD_INPUT));
}

void rt_pack_tasks(struct rt_pack *p)
{
	const struct rt_demand *demand = &p->snapshot->demand;
	struct rt_asks asks = { 0 };

	for (uint32_t i = 0; i < demand->tasks_len; i++)
		rt_asks_add(p, &asks, &demand->tasks[i], demand->tasks[i].count,
			    (struct rt_entry){ RT_ENTRY_TASK, i });
	rt_fit(p, &asks, RT_SOURCE_DEMAND);
	rt_fit_keep(p);
	for (uint32_t i = 0; i < asks.len; i++)
		if (asks.at[i].left)
			rt_plan_infeasible_task(
				p->plan, asks.at[i].entry.index,
				asks.at[i].left,
				RT_WHY(NO_ROOM, .n = asks.at[i].left));
}

void rt_pack_spares(struct rt_pack *p)
{
	const struct rt_demand *demand = &p->snapshot->demand;
	struct rt_asks asks = { 0 };

	if (!demand->spares_len)
		return;
	for (uint32_t i = 0; i < demand->spares_len; i++)
		rt_asks_add(p, &asks, &demand->spares[i],
			    demand->spares[i].count,
			    (struct rt_entry){ RT_ENTRY_SPARE, i });
	rt_fit(p, &asks, RT_SOURCE_DEMAND);
	rt_fit_keep(p);
	for (uint32_t i = 0; i < asks.len; i++)
		if (asks.at[i].left)
			rt_plan_note(p->plan, RT_NO_GROUP, RT_NO_NODE, 0,
				     RT_WHY(SPARE_LEFT, .n = asks.at[i].left,
					    .entry = asks.at[i].entry));
}
