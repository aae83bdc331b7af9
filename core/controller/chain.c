/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.c - stages run one after the other on one plan; this file also is the
 * host that a policy sees.
 */
#include "core/controller/chain.h"

#include <string.h>

#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/base/param.h"
#include "core/model/plan.h"
#include "core/sched/pack.h"

static const struct rt_host host = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_host),
	.alloc = rt_arena_alloc,
	.launch = rt_plan_launch,
	.remove = rt_plan_remove,
	.infeasible_task = rt_plan_infeasible_task,
	.pace = rt_plan_pace,
	.pack = rt_pack_run,
	.until = rt_plan_until,
	.stay = rt_plan_stay,
};

static const struct rt_policy_ops *
find_policy(const struct rt_policy_ops *const *policies, const char *name,
	    const char **nearest)
{
	const char *names[64];
	size_t len = 0;

	for (; policies[len] && len < sizeof names / sizeof *names; len++) {
		if (strcmp(policies[len]->name, name) == 0)
			return policies[len];
		names[len] = policies[len]->name;
	}
	*nearest = rt_nearest(name, names, len);
	return NULL;
}

static enum rt_status add_stage(struct rt_chain *chain,
				const struct rt_json *item,
				const struct rt_policy_ops *const *policies,
				struct rt_error *err)
{
	const char *name, *nearest;
	enum rt_status status = rt_json_str(item, &name, err);

	if (status)
		return status;
	if (chain->len == RT_STAGES_MAX)
		return rt_json_fail(item, err, "more than %d stages",
				    RT_STAGES_MAX);
	const struct rt_policy_ops *ops = find_policy(policies, name, &nearest);
	if (!ops && nearest)
		return rt_json_fail(item, err,
				    "%s: no such policy; did you mean %s?",
				    name, nearest);
	if (!ops)
		return rt_json_fail(item, err, "%s: no such policy or file",
				    name);
	if (ops->abi != RT_POLICY_ABI || ops->size != sizeof *ops)
		return rt_json_fail(item, err,
				    "%s: built for another raytide (ABI %u, "
				    "not %d)",
				    name, ops->abi, RT_POLICY_ABI);
	/* Each would launch for the same demand. */
	if (chain->len && chain->stages[chain->len - 1].ops->flags & RT_PACKS)
		return rt_json_fail(
			item, err, "%s: nothing may follow %s, which packs",
			name, chain->stages[chain->len - 1].ops->name);
	struct rt_stage *stage = &chain->stages[chain->len++];
	stage->ops = ops;
	stage->conf = rt_calloc(1, ops->conf_size ? ops->conf_size : 1);
	rt_params_default(ops->params, stage->conf);
	return RT_OK;
}

enum rt_status rt_chain_open(struct rt_chain *chain,
			     const struct rt_json *names,
			     const struct rt_policy_ops *const *policies,
			     struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = RT_OK;

	*chain = (struct rt_chain){ 0 };
	if (!cJSON_IsArray(names->node))
		return add_stage(chain, names, policies, err);
	if (rt_json_len(names) == 0)
		return rt_json_fail(names, err, "no stage; name a policy");
	for (bool more = rt_json_first(names, &item); more && !status;
	     more = rt_json_next(&item))
		status = add_stage(chain, &item, policies, err);
	if (status)
		rt_chain_close(chain);
	return status;
}

void rt_chain_close(struct rt_chain *chain)
{
	for (uint32_t i = 0; i < chain->len; i++)
		rt_free(chain->stages[i].conf);
	chain->len = 0;
}

const struct rt_param *rt_chain_param(const struct rt_chain *chain,
				      const char *key, void **conf)
{
	for (uint32_t i = 0; i < chain->len; i++) {
		const struct rt_stage *stage = &chain->stages[i];
		size_t len = strlen(stage->ops->name);
		if (strncmp(key, stage->ops->name, len) != 0 || key[len] != '.')
			continue;
		const struct rt_param *row =
			rt_param_find(stage->ops->params, key + len + 1);
		*conf = stage->conf;
		if (row)
			return row;
	}
	return NULL;
}

static bool wants_something(const struct rt_plan *plan)
{
	for (uint32_t g = 0; g < plan->snapshot->groups_len; g++)
		if (plan->launch[g] || plan->cancelled[g])
			return true;
	return plan->removals_len || plan->resizes_len;
}

enum rt_status rt_chain_decide(const struct rt_chain *chain,
			       struct rt_plan *plan, struct rt_error *err)
{
	int64_t until_ms = INT64_MAX;

	for (uint32_t i = 0; i < chain->len; i++) {
		const struct rt_stage *stage = &chain->stages[i];
		struct rt_ctx ctx = {
			.host = &host,
			.arena = plan->arena,
			.conf = stage->conf,
		};
		plan->until_ms = RT_NONE;
		rt_plan_enter(plan, stage->ops->name);
		if (stage->ops->decide(&ctx, plan->snapshot, plan, err))
			return rt_wrap(err, "policy %s", stage->ops->name);
		if (plan->until_ms < until_ms)
			until_ms = plan->until_ms;
	}
	plan->until_ms = wants_something(plan) ? RT_NONE : until_ms;
	return RT_OK;
}
