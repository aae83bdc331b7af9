/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linger.c - a policy as a plug-in: the last idle nodes of each group stay.
 *
 *	cc -shared -fPIC -I include -o linger.so policies/examples/linger.c
 *
 *	policy:
 *	  - ray
 *	  - {plugin: ./linger.so, params: {nodes: 2}}
 */
#include <raytide/policy.h>

struct linger_conf {
	int64_t nodes;
};

static const struct rt_param linger_params[] = {
	{ .name = "nodes",
	  .type = RT_PARAM_INT,
	  .offset = offsetof(struct linger_conf, nodes),
	  .def = 1,
	  .max = 1000,
	  .unit = "",
	  .help = "of each group that stay when all are idle" },
	{ .name = NULL },
};

static int64_t staying(const struct rt_plan *plan, uint32_t group)
{
	const struct rt_snapshot *s = plan->snapshot;
	int64_t n = 0;

	for (uint32_t i = 0; i < s->nodes_len; i++)
		n += s->nodes[i].group == group && !plan->removed[i] &&
		     s->nodes[i].status <= RT_NODE_RAY_RUNNING;
	return n;
}

static enum rt_status linger_decide(const struct rt_ctx *ctx,
				    const struct rt_snapshot *s,
				    struct rt_plan *plan, struct rt_error *err)
{
	const struct linger_conf *conf = ctx->conf;

	(void)err;
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		uint32_t group = s->nodes[i].group;
		if (plan->removed[i] && group != RT_NO_GROUP &&
		    staying(plan, group) < conf->nodes)
			rt_keep(ctx, plan, i,
				RT_WHY(WANTED, .limit = conf->nodes));
	}
	rt_until(ctx, plan, INT64_MAX);
	return RT_OK;
}

const struct rt_policy_ops rt_policy = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "linger",
	.summary = "the last idle nodes of each group stay",
	.about = "An example of a plug-in.",
	.example = "{nodes: 2}",
	.flags = RT_TRIMS,
	.params = linger_params,
	.conf_size = sizeof(struct linger_conf),
	.decide = linger_decide,
};
