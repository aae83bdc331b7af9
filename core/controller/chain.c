/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.c - stages run one after the other on one plan.
 */
#include "core/controller/chain.h"

#include <stdalign.h>
#include <string.h>

#include "core/base/error.h"
#include "core/controller/host.h"
#include "core/controller/memory.h"
#include "core/model/decision.h"
#include "core/model/plan.h"

static size_t aligned(size_t size)
{
	size_t to = alignof(max_align_t);

	return (size + to - 1) / to * to;
}

struct rt_layout rt_chain_layout(const struct rt_chain *chain, uint32_t stage)
{
	struct rt_layout at = { 0, 0 };

	for (uint32_t i = 0; i < chain->len && i < stage; i++) {
		at.cluster += aligned(chain->stages[i].ops->state_size);
		at.group += aligned(chain->stages[i].ops->group_state_size);
	}
	if (stage == RT_LAYOUT_END) {
		at.cluster += aligned(sizeof(struct rt_guard_state));
		at.group += aligned(sizeof(struct rt_guard_group_state));
	}
	return at;
}

static void set_prices(const struct rt_chain *chain, struct rt_plan *plan)
{
	for (uint32_t i = 0; i < chain->prices.len; i++)
		for (uint32_t g = 0; g < plan->snapshot->groups_len; g++)
			if (strcmp(plan->snapshot->groups[g].name,
				   chain->prices.at[i].name) == 0)
				rt_plan_price(plan, g,
					      chain->prices.at[i].value);
}

static bool wants_something(const struct rt_plan *plan)
{
	for (uint32_t g = 0; g < plan->snapshot->groups_len; g++)
		if (plan->launch[g] || plan->cancelled[g])
			return true;
	return plan->removals_len || plan->resizes_len;
}

static enum rt_status run(const struct rt_chain *chain, uint32_t i,
			  const struct rt_recall *recall, struct rt_plan *plan,
			  struct rt_error *err)
{
	const struct rt_stage *stage = &chain->stages[i];
	struct rt_layout at = rt_chain_layout(chain, i);
	const struct rt_ctx ctx = {
		.host = &rt_host_of_stages,
		.arena = plan->arena,
		.conf = stage->conf,
		.state = recall->cluster + at.cluster,
		.group_states = recall->groups + at.group,
		.group_states_step = recall->step,
	};

	plan->until_ms = RT_NONE;
	rt_plan_enter(plan, stage->ops->name, stage->ops->flags);
	if (stage->ops->decide(&ctx, plan->snapshot, plan, err))
		return rt_wrap(err, "policy %s", stage->ops->name);
	if (plan->misuse)
		return rt_fail(err, RT_EINPUT, "policy %s: %s",
			       stage->ops->name, plan->misuse);
	return RT_OK;
}

enum rt_status rt_chain_decide(const struct rt_chain *chain,
			       const struct rt_recall *recall,
			       struct rt_plan *plan, struct rt_error *err)
{
	int64_t until_ms = INT64_MAX;
	enum rt_status status = RT_OK;

	set_prices(chain, plan);
	for (uint32_t i = 0; i < chain->len && !status; i++) {
		status = run(chain, i, recall, plan, err);
		if (plan->until_ms < until_ms)
			until_ms = plan->until_ms;
	}
	plan->until_ms = wants_something(plan) ? RT_NONE : until_ms;
	return status;
}

enum rt_status rt_chain_try(const struct rt_chain *chain,
			    const struct rt_recall *before,
			    const struct rt_snapshot *s, bool explain,
			    struct rt_arena *arena,
			    struct rt_decision **decision, struct rt_error *err)
{
	struct rt_plan *plan = rt_plan_new(arena, s);
	struct rt_recall recall = rt_recall_nothing(chain, s, arena);

	if (before) {
		size_t groups = s->groups_len * before->step;
		size_t size = rt_chain_layout(chain, RT_LAYOUT_END).cluster;
		recall.cluster = rt_arena_dup(arena, before->cluster, size);
		recall.groups = rt_arena_dup(arena, before->groups, groups);
	}
	if (explain)
		rt_plan_explain(plan);
	enum rt_status status = rt_chain_decide(chain, &recall, plan, err);
	if (!status)
		*decision = rt_decision_seal(plan, arena);
	return status;
}
