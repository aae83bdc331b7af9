/* SPDX-License-Identifier: Apache-2.0 */
/*
 * headroom.c - room that stays free, so that what comes next need not wait for
 * a node.  It is asked for as demand that nobody has made and that is placed
 * after all else, so that a small free part of many nodes counts, and a new
 * node comes when the last room is taken.  On Kubernetes the same is done with
 * pods of a low priority (cluster-autoscaler FAQ, "overprovisioning").
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <raytide/kit.h>
#include <raytide/policy.h>

#define COUNT_MAX 100000 /* of what is asked for at once */

struct headroom_shape {
	struct rt_pairs resources;
	int64_t count;
};

struct headroom_conf {
	double cpus, gpus;
	double percent;
	struct rt_list shapes;
};

static const struct rt_param shape_rows[] = {
	{ .name = "resources",
	  .type = RT_PARAM_PAIRS,
	  .offset = offsetof(struct headroom_shape, resources),
	  .max = 1e14,
	  .unit = "",
	  .help = "of one",
	  .needed = true },
	{ .name = "count",
	  .type = RT_PARAM_INT,
	  .offset = offsetof(struct headroom_shape, count),
	  .def = 1,
	  .max = COUNT_MAX,
	  .unit = "",
	  .help = "how many there is to be room for" },
	{ .name = NULL },
};

#define ROW(field, row_type, ...)                                              \
	{                                                                      \
		.name = #field, .type = (row_type),                            \
		.offset = offsetof(struct headroom_conf, field), .unit = "",   \
		__VA_ARGS__                                                    \
	}

static const struct rt_param headroom_params[] = {
	ROW(cpus, RT_PARAM_DOUBLE, .max = COUNT_MAX,
	    .help = "CPUs that stay free, one by one where there is room"),
	ROW(gpus, RT_PARAM_DOUBLE, .max = COUNT_MAX,
	    .help = "the same of GPUs"),
	ROW(percent, RT_PARAM_DOUBLE, .max = 1000,
	    .help = "CPUs and GPUs that stay free, each in percent of those in "
		    "use"),
	ROW(shapes, RT_PARAM_LIST, .help = "tasks that there is to be room for",
	    .rows = shape_rows, .row_size = sizeof(struct headroom_shape)),
	{ .name = NULL },
};

static int by_name(const void *a, const void *b)
{
	const struct rt_pair *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Nobody has a resource whose name is not known; there is no room to keep. */
static void ask(const struct rt_ctx *ctx, struct rt_plan *plan,
		struct rt_pairs resources, int64_t count)
{
	const struct rt_snapshot *s = plan->snapshot;
	struct rt_pair *sorted = rt_alloc(ctx, resources.len * sizeof *sorted);
	struct rt_amount *at = rt_alloc(ctx, resources.len * sizeof *at);

	if (!resources.len || count <= 0)
		return;
	memcpy(sorted, resources.at, resources.len * sizeof *sorted);
	qsort(sorted, resources.len, sizeof *sorted, by_name);
	for (uint32_t i = 0; i < resources.len; i++) {
		at[i].name = rt_find_name(s, sorted[i].name);
		at[i].units = llround(sorted[i].value * RT_UNITS);
		if (at[i].name == UINT32_MAX)
			return;
	}
	rt_spare(ctx, plan,
		 (struct rt_request){
			 .count = count,
			 .res = { resources.len, at },
		 },
		 RT_WHY(SPARE));
}

/* Whole ones, so that they need not be free on one and the same node. */
static void ask_for(const struct rt_ctx *ctx, struct rt_plan *plan,
		    const char *name, double amount)
{
	const struct rt_pair one = { name, 1 };

	ask(ctx, plan, (struct rt_pairs){ 1, &one },
	    (int64_t)ceil(fmin(amount, COUNT_MAX) - 1e-9));
}

static double in_use(const struct rt_snapshot *s, const char *name)
{
	uint32_t id = rt_find_name(s, name);
	double units = 0;

	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (s->nodes[i].known &&
		    s->nodes[i].status == RT_NODE_RAY_RUNNING)
			units += (double)(rt_units_of(s->nodes[i].total, id) -
					  rt_units_of(s->nodes[i].available,
						      id));
	return units / RT_UNITS;
}

static enum rt_status headroom_decide(const struct rt_ctx *ctx,
				      const struct rt_snapshot *snapshot,
				      struct rt_plan *plan,
				      struct rt_error *err)
{
	const struct headroom_conf *conf = ctx->conf;
	const struct headroom_shape *shapes = conf->shapes.at;
	double share = conf->percent / 100;

	(void)err;
	ask_for(ctx, plan, "CPU",
		fmax(conf->cpus, share * in_use(snapshot, "CPU")));
	ask_for(ctx, plan, "GPU",
		fmax(conf->gpus, share * in_use(snapshot, "GPU")));
	for (uint32_t i = 0; i < conf->shapes.len; i++)
		ask(ctx, plan, shapes[i].resources, shapes[i].count);
	rt_until(ctx, plan, INT64_MAX);
	return RT_OK;
}

const struct rt_policy_ops rt_policy_headroom = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "headroom",
	.summary = "keeps room free for what comes next",
	.about = "For work that cannot wait until a node is there, when it is "
		 "not known when it comes.  It costs about what the spare room "
		 "costs, all the time.",
	.example = "{percent: 20, shapes: [{resources: {GPU: 1}, count: 2}]}",
	.params = headroom_params,
	.conf_size = sizeof(struct headroom_conf),
	.decide = headroom_decide,
};
