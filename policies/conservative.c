/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conservative.c - grows a group at a pace: in a round at most by so many times
 * its running nodes, one at least.  With 1 it is what Ray calls
 * upscalingMode Conservative (ray/autoscaler/_private/kuberay,
 * autoscaling_config.py: "rate-limited; the number of pending worker pods is at
 * most the size of the Ray cluster"), for clusters whose manifest says
 * otherwise.
 */
#include <raytide/policy.h>

struct conservative_conf {
	double speed;
};

static const struct rt_param conservative_params[] = {
	{ .name = "speed",
	  .type = RT_PARAM_DOUBLE,
	  .offset = offsetof(struct conservative_conf, speed),
	  .def = 1,
	  .min = 0.001,
	  .max = 1000,
	  .unit = "",
	  .help = "launch at most this times a group's running nodes in a "
		  "round, but one at least" },
	{ .name = NULL },
};

static enum rt_status conservative_decide(const struct rt_ctx *ctx,
					  const struct rt_snapshot *snapshot,
					  struct rt_plan *plan,
					  struct rt_error *err)
{
	const struct conservative_conf *conf = ctx->conf;

	(void)snapshot;
	(void)err;
	rt_pace(ctx, plan, conf->speed);
	rt_until(ctx, plan, INT64_MAX);
	return RT_OK;
}

const struct rt_policy_ops rt_policy_conservative = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "conservative",
	.summary = "grows each group in proportion to what runs of it",
	.about = "For clusters where a burst of demand is not to become a "
		 "burst of nodes.  Work waits longer while the cluster is "
		 "small.",
	.example = "{speed: 0.5}",
	.params = conservative_params,
	.conf_size = sizeof(struct conservative_conf),
	.decide = conservative_decide,
};
