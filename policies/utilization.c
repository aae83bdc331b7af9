/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utilization.c - as many nodes as keep a resource of a group in use by a
 * target: the rule of the Kubernetes HorizontalPodAutoscaler,
 *
 *	desired = ceil(nodes * in use / target)
 *
 * with its tolerance, its stabilisation windows (of what was desired within
 * them the most counts on the way down, the least on the way up) and its
 * scaling policies (within a period so many percent, or so many nodes; of both
 * the more, the less, or nothing at all).  kubernetes.io, "Horizontal Pod
 * Autoscaling", Algorithm details and Configurable scaling behavior.
 *
 * With `panic_window` it is also Knative's rule: what is in use, or waits, is
 * the mean over `stable_window`, and over the panic window, which is shorter.
 *When that asks for so many times the nodes that run, there is panic: the
 *greater of both counts, nothing bounds the way up, and there is no way down
 *before the stable window has passed without cause for it (knative.dev,
 *"Additional autoscaling configuration for Knative Pod Autoscaler").
 *
 * It is a floor: nodes come before the last one is full, and idle ones stay
 * while they are desired; what does not fit is packed by the stage behind it.
 */
#include <math.h>
#include <string.h>

#include <raytide/kit.h>
#include <raytide/policy.h>

/* A direction: HPA's scaleUp or scaleDown. */
struct way {
	int64_t window_ms, period_ms, nodes;
	double percent;
	int select;
};

struct utilization_conf {
	int resource;
	double target, tolerance;
	struct way up, down;
	int64_t panic_ms, stable_ms;
	double panic_percent;
};

struct period {
	int64_t began_ms;
	int64_t nodes; /* that there were */
};

struct utilization_state {
	struct rt_most most, least; /* desired; the latter below 0 */
	struct period up, down;
	struct rt_mean stable, panic; /* in use */
	int64_t panic_ms;             /* until then; 0: there is none */
	double panicked;              /* the most that was desired in it */
};

enum { SELECT_MAX, SELECT_MIN, SELECT_DISABLED };
static const char *const selects[] = { "Max", "Min", "Disabled", NULL };

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
	ROW("up_window", up.window_ms, RT_PARAM_SPAN, .max = 36e5,
	    .help = "of what was desired within it the least counts, to grow"),
	ROW("up_period", up.period_ms, RT_PARAM_SPAN, .def = 15000, .min = 1000,
	    .max = 36e5, .help = "of the two below"),
	ROW("up_percent", up.percent, RT_PARAM_DOUBLE, .def = 100, .max = 1e6,
	    .help = "a group grows by at most so much in a period"),
	ROW("up_nodes", up.nodes, RT_PARAM_INT, .def = 4, .max = 1e6,
	    .help = "or by so many nodes"),
	ROW("up_select", up.select, RT_PARAM_CHOICE, .choices = selects,
	    .help = "which of both counts; Disabled: it does not grow"),
	ROW("down_window", down.window_ms, RT_PARAM_SPAN, .def = 300000,
	    .max = 864e5,
	    .help = "of what was desired within it the most counts, to shrink"),
	ROW("down_period", down.period_ms, RT_PARAM_SPAN, .def = 15000,
	    .min = 1000, .max = 36e5, .help = "of the two below"),
	ROW("down_percent", down.percent, RT_PARAM_DOUBLE, .def = 100,
	    .max = 100, .help = "it shrinks by at most so much in a period"),
	ROW("down_nodes", down.nodes, RT_PARAM_INT, .max = 1e6,
	    .help = "or by so many nodes"),
	ROW("down_select", down.select, RT_PARAM_CHOICE, .choices = selects,
	    .help = "which of both counts; Disabled: it does not shrink"),
	ROW("panic_window", panic_ms, RT_PARAM_SPAN, .max = 36e5,
	    .help = "of a sudden rise, as 6s; 0s: there is no panic"),
	ROW("panic_threshold", panic_percent, RT_PARAM_DOUBLE, .def = 200,
	    .min = 100, .max = 1000,
	    .help = "panic, when so much of the nodes that run is desired"),
	ROW("stable_window", stable_ms, RT_PARAM_SPAN, .def = 60000,
	    .min = 1000, .max = 36e5,
	    .help = "with panic: of what is in use, or waits, at other times"),
	{ .name = NULL },
};

/* What a group has, in units, and its nodes. */
struct use {
	double total, used;
	int64_t nodes;   /* that run, or are on their way */
	int64_t running; /* of these */
};

/* Nodes on their way are not in use yet. */
static void measure(const struct rt_snapshot *s, uint32_t name,
		    struct use *uses)
{
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		bool runs = node->status == RT_NODE_RAY_RUNNING && node->known;
		if (node->group == RT_NO_GROUP || (!rt_comes(node) && !runs))
			continue;
		struct use *use = &uses[node->group];
		int64_t total = rt_units_of(
			runs ? node->total : s->groups[node->group].res, name);
		use->nodes++;
		use->running += runs;
		use->total += (double)total;
		int64_t free = rt_units_of(node->available, name);
		if (runs && free < total)
			use->used += (double)(total - free);
	}
}

/* What waits for a place counts with panic, as Knative's queued requests do:
 * what is in use alone never passes what there is. */
static void add_waiting(const struct rt_snapshot *s, uint32_t name,
			struct use *uses)
{
	for (uint32_t i = 0; i < s->demand.tasks_len; i++) {
		const struct rt_request *task = &s->demand.tasks[i];
		double units = (double)rt_units_of(task->res, name) *
			       (double)task->count;
		for (uint32_t g = 0; g < s->groups_len; g++)
			if (rt_places(s->groups[g].res, task->res, 1))
				uses[g].used += units;
	}
}

static double desired_by(const struct utilization_conf *conf,
			 const struct use *use, double used)
{
	double ratio = 100 * used / use->total / conf->target;

	if (fabs(ratio - 1) <= conf->tolerance)
		return (double)use->nodes;
	return ceil(ratio * (double)use->nodes - 1e-9);
}

/* ---- Kubernetes ---------------------------------------------------------- */

/* By how many nodes it may change in this period. */
static double step_of(const struct way *way, double from)
{
	double percent = ceil(from * way->percent / 100);
	double nodes = (double)way->nodes;

	if (way->select == SELECT_DISABLED)
		return 0;
	return way->select == SELECT_MAX ? fmax(percent, nodes)
					 : fmin(percent, nodes);
}

/* What there was as the period began; it begins anew when it is over, or when
 * it went the other way. */
static double began_with(const struct way *way, struct period *period,
			 int64_t now_ms, int64_t nodes, bool back)
{
	if (now_ms - period->began_ms >= way->period_ms || back)
		*period = (struct period){ now_ms, nodes };
	return (double)period->nodes;
}

/* Changes that windows and periods put off come later. */
static void wait_for(const struct rt_ctx *ctx, struct rt_plan *plan,
		     const struct way *way, const struct period *period)
{
	int64_t now_ms = plan->snapshot->now_ms;

	rt_until(ctx, plan, now_ms + rt_most_slot_ms(way->window_ms));
	rt_until(ctx, plan, period->began_ms + way->period_ms);
}

static double behave(const struct rt_ctx *ctx, struct rt_plan *plan,
		     struct utilization_state *state, const struct use *use,
		     double desired)
{
	const struct utilization_conf *conf = ctx->conf;
	int64_t now_ms = plan->snapshot->now_ms, nodes = use->nodes;
	double have = (double)nodes;
	double most = rt_most_note(&state->most, now_ms, conf->down.window_ms,
				   desired, desired);
	double least = -rt_most_note(&state->least, now_ms, conf->up.window_ms,
				     -desired, -desired);
	double up = began_with(&conf->up, &state->up, now_ms, nodes,
			       nodes < state->up.nodes);
	double down = began_with(&conf->down, &state->down, now_ms, nodes,
				 nodes > state->down.nodes);
	double wanted = have;

	if (least > have)
		wanted = fmin(least, up + step_of(&conf->up, up));
	else if (most < have)
		wanted = fmax(most, down - step_of(&conf->down, down));
	if (desired > wanted || least < desired)
		wait_for(ctx, plan, &conf->up, &state->up);
	if (desired < wanted || most > desired)
		wait_for(ctx, plan, &conf->down, &state->down);
	return wanted;
}

/* ---- Knative ------------------------------------------------------------- */

static double panic(const struct rt_ctx *ctx, struct rt_plan *plan,
		    struct utilization_state *state, const struct use *use)
{
	const struct utilization_conf *conf = ctx->conf;
	int64_t now_ms = plan->snapshot->now_ms;
	double stable = desired_by(conf, use,
				   rt_mean_note(&state->stable, now_ms,
						conf->stable_ms, use->used));
	double sudden = desired_by(
		conf, use,
		rt_mean_note(&state->panic, now_ms, conf->panic_ms, use->used));
	double running = (double)(use->running > 0 ? use->running : 1);

	rt_until(ctx, plan, now_ms); /* the means move */
	if (sudden >= running * conf->panic_percent / 100)
		state->panic_ms = now_ms + conf->stable_ms;
	if (now_ms >= state->panic_ms) {
		state->panic_ms = 0;
		state->panicked = 0;
		return behave(ctx, plan, state, use, stable);
	}
	state->panicked = fmax(fmax(stable, sudden),
			       fmax(state->panicked, (double)use->nodes));
	return state->panicked;
}

static void decide_group(const struct rt_ctx *ctx, struct rt_plan *plan,
			 uint32_t g, const struct use *use)
{
	const struct utilization_conf *conf = ctx->conf;
	struct utilization_state *state = rt_group_state(ctx, g);
	double wanted = conf->panic_ms
				? panic(ctx, plan, state, use)
				: behave(ctx, plan, state, use,
					 desired_by(conf, use, use->used));

	rt_floor(ctx, plan, g, (int64_t)fmin(wanted, 1e9),
		 RT_WHY(USED, .n = llround(1e6 * use->used / use->total),
			.limit = llround(conf->target * RT_UNITS)));
}

static enum rt_status utilization_decide(const struct rt_ctx *ctx,
					 const struct rt_snapshot *s,
					 struct rt_plan *plan,
					 struct rt_error *err)
{
	const struct utilization_conf *conf = ctx->conf;
	struct use *uses = rt_alloc(ctx, s->groups_len * sizeof *uses);
	uint32_t name = rt_find_name(s, resources[conf->resource]);

	(void)err;
	measure(s, name, uses);
	if (conf->panic_ms)
		add_waiting(s, name, uses);
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
