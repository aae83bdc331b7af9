/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cost.c - the cheapest group first, of those that can hold the request: prices
 * (`prices` of the policy file) are compared for the same amount of a resource,
 * so that large nodes are not dear for being large.  It is the expander "price"
 * of the Kubernetes cluster-autoscaler reduced to an order of the groups; with
 * `by_priority` the group's own priority comes first, as in its expander
 * "priority".  Spot groups come last while their share is used up.
 *
 * A group whose launches fail, or are slower than the controller's time-outs
 * (stuck_timeout_s, request_timeout_s, allocate_timeout_s), needs nothing here:
 * it backs off (backoff_s, twice as long after each further failure, up to
 * backoff_max_s), as long as that takes the next in order has its turn, and
 * then it has its own again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <raytide/kit.h>
#include <raytide/policy.h>

#define SAME 0.01 /* prices that differ by less, as a share, are equal */
#define GIB 1073741824.0
#define SPOT_LABEL "ray.io/market-type"

enum { PER_CPU, PER_GPU, PER_MEMORY, PER_NODE };

struct cost_conf {
	int per;
	bool by_priority;
	double spot_share;
};

static const char *const per[] = { "CPU", "GPU", "memory", "node", NULL };

#define ROW(field, row_type, ...)                                              \
	{                                                                      \
		.name = #field, .type = (row_type),                            \
		.offset = offsetof(struct cost_conf, field), .unit = "",       \
		__VA_ARGS__                                                    \
	}

static const struct rt_param cost_params[] = {
	ROW(per, RT_PARAM_CHOICE, .choices = per,
	    .help = "what prices are compared for"),
	ROW(by_priority, RT_PARAM_BOOL, .max = 1,
	    .help = "the group's priority comes before its price"),
	ROW(spot_share, RT_PARAM_DOUBLE, .def = 1, .max = 1,
	    .help = "of the workers that may be spot nodes, those of groups "
		    "with the label " SPOT_LABEL ": spot"),
	{ .name = NULL },
};

struct offer {
	uint32_t group;
	double price; /* for the same amount */
	int64_t priority;
	bool is_last;
};

static double amount_in(const struct rt_snapshot *s,
			const struct rt_group *group, int what)
{
	double unit = what == PER_MEMORY ? GIB : 1;

	for (uint32_t i = 0; what != PER_NODE && i < group->res.len; i++)
		if (strcmp(s->names.text[group->res.at[i].name], per[what]) ==
		    0)
			return (double)group->res.at[i].units / RT_UNITS / unit;
	return 1; /* one that has none of it is compared by the node */
}

static bool is_spot(const struct rt_snapshot *s, const struct rt_group *group)
{
	for (uint32_t i = 0; i < group->labels.len; i++) {
		const struct rt_label *label = &group->labels.at[i];
		if (strcmp(s->names.text[label->key], SPOT_LABEL) == 0)
			return strcmp(s->names.text[label->value], "spot") == 0;
	}
	return false;
}

/* Workers that are there or on their way, and those of spot groups. */
static void count_spot(const struct rt_snapshot *s, int64_t *spot, int64_t *all)
{
	*spot = *all = 0;
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		if (node->is_head || node->group == RT_NO_GROUP ||
		    node->status < RT_NODE_QUEUED ||
		    node->status > RT_NODE_RAY_RUNNING)
			continue;
		*spot += is_spot(s, &s->groups[node->group]);
		++*all;
	}
}

static int by_order(const void *a, const void *b)
{
	const struct offer *x = a, *y = b;

	if (x->is_last != y->is_last)
		return x->is_last ? 1 : -1;
	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	if (x->price != y->price)
		return x->price > y->price ? 1 : -1;
	return (x->group > y->group) - (x->group < y->group);
}

static bool is_same(const struct offer *a, const struct offer *b)
{
	return a->is_last == b->is_last && a->priority == b->priority &&
	       b->price - a->price <= SAME * a->price;
}

/* Groups of the same price share a rank, that of the first; those without a
 * price are left as they are. */
static void prefer(const struct rt_ctx *ctx, struct rt_plan *plan,
		   const struct offer *offers, uint32_t len, int64_t spot,
		   int64_t all)
{
	uint32_t first = 0;

	for (uint32_t i = 0; i < len; i++) {
		const struct offer *offer = &offers[i];
		if (!is_same(&offers[first], offer))
			first = i;
		struct rt_why why =
			RT_WHY(PRICE, .n = rt_as_units(offer->price),
			       .limit = rt_as_units(offers[0].price));
		if (offer->is_last)
			why = RT_WHY(SPOT, .n = spot, .limit = all);
		rt_prefer(ctx, plan, offer->group, (int64_t)(len - first), why);
	}
}

static enum rt_status cost_decide(const struct rt_ctx *ctx,
				  const struct rt_snapshot *s,
				  struct rt_plan *plan, struct rt_error *err)
{
	const struct cost_conf *conf = ctx->conf;
	struct offer *offers = rt_alloc(ctx, s->groups_len * sizeof *offers);
	uint32_t len = 0;
	int64_t spot, all;

	(void)err;
	count_spot(s, &spot, &all);
	bool enough = conf->spot_share < 1 &&
		      (double)spot >= conf->spot_share * (double)all;
	for (uint32_t g = 0; g < s->groups_len; g++) {
		const struct rt_group *group = &s->groups[g];
		double amount = amount_in(s, group, conf->per);
		if (group->is_head || group->price <= 0 || amount <= 0)
			continue;
		offers[len++] = (struct offer){
			.group = g,
			.price = group->price / amount,
			.priority = conf->by_priority ? group->priority : 0,
			.is_last = enough && is_spot(s, group),
		};
	}
	qsort(offers, len, sizeof *offers, by_order);
	prefer(ctx, plan, offers, len, spot, all);
	rt_until(ctx, plan, INT64_MAX);
	return RT_OK;
}

const struct rt_policy_ops rt_policy_cost = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "cost",
	.summary = "the cheapest group first, of those that will do",
	.about =
		"For clusters with several groups that could do the same work. "
		"It wants `prices` in the policy file, and does nothing for "
		"groups without one.  It may fill large nodes less well than "
		"ray alone.",
	.example = "{per: CPU, spot_share: 0.7}",
	.params = cost_params,
	.conf_size = sizeof(struct cost_conf),
	.decide = cost_decide,
};
