/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ray.c - decides as Ray 2.60's own autoscaler does.  The packing is the
 * host's, since other policies build on it too; this policy adds the speed.
 */
#include <math.h>

#include <raytide/policy.h>

enum { QUIRKS_KEEP, QUIRKS_MEND };

struct ray_conf {
	double upscaling_speed;
	int quirks;
};

static const char *const quirks[] = { "keep", "mend", NULL };

static const struct rt_param ray_params[] = {
	{ .name = "upscaling_speed",
	  .type = RT_PARAM_DOUBLE,
	  .offset = offsetof(struct ray_conf, upscaling_speed),
	  .max = INFINITY,
	  .unit = "",
	  .help = "launch at most this times a group's running nodes in a "
		  "round, but one at least; 0: as the manifest's "
		  "upscalingMode says" },
	{ .name = "quirks",
	  .type = RT_PARAM_CHOICE,
	  .offset = offsetof(struct ray_conf, quirks),
	  .unit = "",
	  .help = "Ray's faults, as docs/parity.md lists them",
	  .choices = quirks },
	{ 0 },
};

static enum rt_status ray_decide(const struct rt_ctx *ctx,
				 const struct rt_snapshot *snapshot,
				 struct rt_plan *plan, struct rt_error *err)
{
	const struct ray_conf *conf = ctx->conf;

	if (conf->upscaling_speed > 0)
		rt_pace(ctx, plan, conf->upscaling_speed);
	if (conf->quirks == QUIRKS_MEND)
		rt_mend(ctx, plan);
	return rt_pack(ctx, snapshot, plan, err);
}

const struct rt_policy_ops rt_policy_ray = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "ray",
	.summary = "decides as Ray 2.60's own autoscaler does",
	.about = "Packs demand onto nodes with the decisions of Ray's own "
		 "scheduler, and ends nodes that have been idle for longer "
		 "than the cluster's idle timeout.  The stage to end a list "
		 "with.",
	.example = "{upscaling_speed: 1, quirks: mend}",
	.flags = RT_PACKS,
	.params = ray_params,
	.conf_size = sizeof(struct ray_conf),
	.decide = ray_decide,
};
