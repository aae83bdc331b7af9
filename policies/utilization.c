/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utilization.c - as many nodes as keep a resource of a group in use by a
 * target: the rule of the Kubernetes HorizontalPodAutoscaler,
 *
 *	desired = ceil(nodes * in use / target)
 *
 * with its tolerance, its stabilisation window for scaling down (of what was
 * desired within it the most counts) and its default policy for scaling up
 * (within a period at most so many percent, or so many nodes, whichever is
 * more).  kubernetes.io, "Horizontal Pod Autoscaling", Algorithm details.
 *
 * It is a floor: nodes come before the last one is full, and idle ones stay
 * while they are desired; what does not fit is packed by the stage behind it.
 */
#include <math.h>
#include <string.h>

#include <raytide/kit.h>
#include <raytide/policy.h>

struct utilization_conf {
	int resource;
	double target, tolerance;
	int64_t window_ms, period_ms;
	double up_percent;
	int64_t up_nodes;
};

struct utilization_state {
	struct rt_most desired;
	int64_t period_ms;    /* began then */
	int64_t period_nodes; /* that there were */
};

enum { OF_CPU, OF_GPU, OF_MEMORY };
static const char *const resources[] = { "CPU", "GPU", "memory", NULL };

#define ROW(field_name, field, row_type, ...)                                  \
	{                                                                      \
		.name = (field_name), .type = (row_type),                      \
		.offset = offsetof(struct utilization_conf, field),            \
		.unit = "", __VA_ARGS__                                        \
	}

static const struct rt_param utilization_params[] = {
	ROW("resource", resource, RT_PARAM_CHOICE, .choices = resources,
	    .help = "what is looked at; groups without it are left alone"),
	ROW("target", target, RT_PARAM_DOUBLE, .def = 70, .min = 1, .max = 100,
	    .help = "percent of it that are to be in use"),
	ROW("tolerance", tolerance, RT_PARAM_DOUBLE, .def = 0.1, .max = 1,
	    .help = "nothing is done while in use / target is so near to 1"),
	ROW("down_window", window_ms, RT_PARAM_SPAN, .def = 300000,
	    .max = 864e5,
	    .help = "of what was desired within it the most counts"),
	ROW("up_period", period_ms, RT_PARAM_SPAN, .def = 15000, .min = 1000,
	    .max = 36e5, .help = "of the two below"),
	ROW("up_percent", up_percent, RT_PARAM_DOUBLE, .def = 100, .max = 1e6,
	    .help = "a group grows by at most so much in a period"),
	ROW("up_nodes", up_nodes, RT_PARAM_INT, .def = 4, .max = 1e6,
	    .help = "or by so many nodes, if that is more"),
	{ .name = NULL },
};

/* What a group has, in units, and its nodes. */
struct use {
	double total, used;
	int64_t nodes; /* that run, or are on their way */
};

static int64_t units_of(const struct rt_snapshot *s, struct rt_res res,
			const char *name)
{
	for (uint32_t i = 0; i < res.len; i++)
		if (strcmp(s->names.text[res.at[i].name], name) == 0)
			return res.at[i].units;
	return 0;
}

/* Nodes on their way are not in use yet. */
static void measure(const struct rt_snapshot *s, const char *name,
		    struct use *uses)
{
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		bool comes = node->status >= RT_NODE_QUEUED &&
			     node->status <= RT_NODE_RAY_INSTALLING;
		bool runs = node->status == RT_NODE_RAY_RUNNING && node->known;
		if (node->group == RT_NO_GROUP || (!comes && !runs))
			continue;
		struct use *use = &uses[node->group];
		int64_t total = units_of(
			s, runs ? node->total : s->groups[node->group].res,
			name);
		use->nodes++;
		use->total += (double)total;
		int64_t free = units_of(s, node->available, name);
		if (runs && free < total)
			use->used += (double)(total - free);
	}
}

static double desired_by(const struct utilization_conf *conf,
			 const struct use *use)
{
	double ratio = 100 * use->used / use->total / conf->target;

	if (fabs(ratio - 1) <= conf->tolerance)
		return (double)use->nodes;
	return ceil(ratio * (double)use->nodes - 1e-9);
}

/* The most that it may have grown to in this period. */
static double bound_of(const struct utilization_conf *conf,
		       struct utilization_state *state, int64_t now_ms,
		       int64_t nodes)
{
	if (now_ms - state->period_ms >= conf->period_ms ||
	    nodes < state->period_nodes) {
		state->period_ms = now_ms;
		state->period_nodes = nodes;
	}
	double from = (double)state->period_nodes;
	return from + fmax(ceil(from * conf->up_percent / 100),
			   (double)conf->up_nodes);
}

static void decide_group(const struct rt_ctx *ctx, struct rt_plan *plan,
			 uint32_t g, const struct use *use)
{
	const struct utilization_conf *conf = ctx->conf;
	struct utilization_state *state = rt_group_state(ctx, g);
	int64_t now_ms = plan->snapshot->now_ms;
	double now = desired_by(conf, use);
	double most = rt_most_note(&state->desired, now_ms, conf->window_ms,
				   now, now);
	double bound = bound_of(conf, state, now_ms, use->nodes);

	rt_floor(ctx, plan, g, (int64_t)fmin(fmin(most, bound), 1e9),
		 RT_WHY(USED, .n = llround(1e6 * use->used / use->total),
			.limit = llround(conf->target * RT_UNITS)));
	/* What is remembered, or bounds it, ends some time. */
	if (most > now)
		rt_until(ctx, plan, now_ms + rt_most_slot_ms(conf->window_ms));
	if (most > bound)
		rt_until(ctx, plan, state->period_ms + conf->period_ms);
}

static enum rt_status utilization_decide(const struct rt_ctx *ctx,
					 const struct rt_snapshot *s,
					 struct rt_plan *plan,
					 struct rt_error *err)
{
	const struct utilization_conf *conf = ctx->conf;
	struct use *uses = rt_alloc(ctx, s->groups_len * sizeof *uses);

	(void)err;
	measure(s, resources[conf->resource], uses);
	rt_until(ctx, plan, INT64_MAX);
	for (uint32_t g = 0; g < s->groups_len; g++)
		if (!s->groups[g].is_head && uses[g].total > 0)
			decide_group(ctx, plan, g, &uses[g]);
	return RT_OK;
}

const struct rt_policy_ops rt_policy_utilization = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "utilization",
	.summary = "as many nodes as keep them in use by a target",
	.about =
		"For long-lived work whose load rises and falls, as actors that "
		"serve: nodes come before the last one is full.  Batches of "
		"tasks fill their nodes at once, and it adds to each.",
	.example = "{target: 70, down_window: 5m}",
	.params = utilization_params,
	.conf_size = sizeof(struct utilization_conf),
	.group_state_size = sizeof(struct utilization_state),
	.decide = utilization_decide,
};
