/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consolidate.c - fewer nodes, or cheaper ones, for the same work, as
 * Karpenter's consolidation (karpenter.sh, "Disruption": single and multi-node
 * consolidation, budgets, consolidateAfter; kubernetes-sigs/karpenter,
 * designs/consolidation.md).  While nothing is on its way, some nodes are left
 * out and all is packed anew: what is asked for, the room that is to stay free,
 * and what runs on those nodes.  Where it fits on the others, they go.  Where
 * it fits with new nodes that cost less, these are launched, and once they run
 * the first case is met.
 *
 * Who goes first: the dearest, idle ones, the least used, the newest.  As many
 * as the budget allows are tried, then a quarter of them, down to one, then to
 * replace that one; when all fails the next round begins with another.
 *
 * How what runs on a node is divided is not known, so it must fit in one piece,
 * on a node with the labels of its group.
 */
#include <math.h>
#include <stdlib.h>

#include <raytide/kit.h>
#include <raytide/policy.h>

#define TRIES 4   /* packings in a round, beside that of a replacement */
#define SHARE 4   /* from one to the next */
#define LESS 0.99 /* a saving below a hundredth is none */

struct consolidate_conf {
	int64_t after_ms, nodes;
	double budget;
	bool move, replace;
};

struct consolidate_state {
	uint32_t turn;   /* of the candidates, who is first */
	uint32_t failed; /* rounds in a row that found nothing */
};

struct consolidate_group {
	uint64_t load;    /* a hash of what is in use */
	int64_t since_ms; /* it has been so */
	int64_t replaces; /* nodes on their way for dearer ones */
};

#define ROW(field_name, field, row_type, ...)                                  \
	{                                                                      \
		.name = (field_name), .type = (row_type),                      \
		.offset = offsetof(struct consolidate_conf, field),            \
		.unit = "", __VA_ARGS__                                        \
	}

static const struct rt_param consolidate_params[] = {
	ROW("after", after_ms, RT_PARAM_SPAN, .def = 30000, .max = 864e5,
	    .help = "a node that has been idle for so long may go; one with "
		    "work, when its group's has not changed for so long"),
	ROW("budget", budget, RT_PARAM_DOUBLE, .def = 10, .max = 100,
	    .help = "percent of the workers that may be going at a time, one "
		    "at least"),
	ROW("nodes", nodes, RT_PARAM_INT, .max = 1e6,
	    .help = "and no more than so many; 0: no limit"),
	ROW("replace", replace, RT_PARAM_BOOL, .def = 1, .max = 1,
	    .help = "cheaper nodes are launched for dearer ones, by `prices`"),
	ROW("move", move, RT_PARAM_BOOL, .max = 1,
	    .help = "nodes with work may go: Ray ends it there, and tries it "
		    "again elsewhere as far as it was told to"),
	{ .name = NULL },
};

struct candidate {
	uint32_t node;
	bool idle;
	double price, used; /* used: of its resources, as a share */
};

struct round {
	const struct rt_ctx *ctx;
	const struct rt_snapshot *s;
	struct rt_plan *plan;
	int64_t *have; /* for each group, nodes that run and stay */
	int64_t workers, going;
	uint32_t len;
	struct candidate *at;
};

/* ---- who may go ---------------------------------------------------------- */

static bool stays(const struct round *r, uint32_t i)
{
	const struct rt_node *node = &r->s->nodes[i];

	return rt_runs(node) && node->group != RT_NO_GROUP &&
	       !r->plan->removed[i];
}

static int64_t units_in_use(const struct rt_node *node, uint32_t k)
{
	const struct rt_amount *total = &node->total.at[k];

	return total->units - rt_units_of(node->available, total->name);
}

static double share_in_use(const struct rt_node *node)
{
	double sum = 0;

	for (uint32_t k = 0; k < node->total.len; k++)
		if (node->total.at[k].units > 0)
			sum += (double)units_in_use(node, k) /
			       (double)node->total.at[k].units;
	return node->total.len ? sum / node->total.len : 0;
}

/* Since when the work of each group is what it is. */
static void watch_loads(const struct round *r)
{
	const struct rt_snapshot *s = r->s;
	uint64_t *load = rt_alloc(r->ctx, s->groups_len * sizeof *load);

	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		if (!rt_runs(node) || node->group == RT_NO_GROUP)
			continue;
		uint64_t *hash = &load[node->group];
		*hash = rt_mix(*hash, &i, sizeof i);
		for (uint32_t k = 0; k < node->total.len; k++) {
			int64_t units = units_in_use(node, k);
			*hash = rt_mix(*hash, &units, sizeof units);
		}
	}
	for (uint32_t g = 0; g < s->groups_len; g++) {
		struct consolidate_group *state = rt_group_state(r->ctx, g);
		if (state->since_ms && state->load == load[g])
			continue;
		state->load = load[g];
		state->since_ms = s->now_ms;
	}
}

/* For how long it might have gone already; below 0: it may not. */
static int64_t ripe_ms(const struct round *r, uint32_t i)
{
	const struct consolidate_conf *conf = r->ctx->conf;
	const struct rt_node *node = &r->s->nodes[i];

	if (!stays(r, i) || node->is_head ||
	    r->s->groups[node->group].num_of_hosts > 1)
		return INT64_MIN;
	if (node->idle_ms > 0)
		return node->idle_ms - conf->after_ms;
	if (!conf->move)
		return INT64_MIN;
	const struct consolidate_group *state =
		rt_group_state(r->ctx, node->group);
	return r->s->now_ms - state->since_ms - conf->after_ms;
}

static int by_order(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->price != y->price)
		return x->price > y->price ? -1 : 1;
	if (x->idle != y->idle)
		return x->idle ? -1 : 1;
	if (x->used != y->used)
		return x->used < y->used ? -1 : 1;
	return x->node > y->node ? -1 : 1;
}

static void count_nodes(struct round *r)
{
	for (uint32_t i = 0; i < r->s->nodes_len; i++) {
		const struct rt_node *node = &r->s->nodes[i];
		if (stays(r, i))
			r->have[node->group]++;
		if (node->is_head || node->status == RT_NODE_TERMINATED)
			continue;
		r->workers++;
		r->going += r->plan->removed[i] ||
			    node->ray_status == RT_RAY_DRAINING ||
			    node->status > RT_NODE_RAY_RUNNING;
	}
}

/* Those whose time has come, as far as the minima let them go. */
static void find_candidates(struct round *r)
{
	const struct rt_snapshot *s = r->s;
	int64_t *left = rt_alloc(r->ctx, s->groups_len * sizeof *left);
	uint32_t len = 0;

	rt_until(r->ctx, r->plan, INT64_MAX);
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		int64_t ripe = ripe_ms(r, i);
		if (ripe < 0 && ripe != INT64_MIN)
			rt_until(r->ctx, r->plan, s->now_ms - ripe);
		if (ripe < 0)
			continue;
		const struct rt_node *node = &s->nodes[i];
		r->at[r->len++] = (struct candidate){
			.node = i,
			.idle = node->idle_ms > 0,
			.price = s->groups[node->group].price,
			.used = share_in_use(node),
		};
	}
	qsort(r->at, r->len, sizeof *r->at, by_order);
	for (uint32_t g = 0; g < s->groups_len; g++)
		left[g] = r->have[g] - s->groups[g].min_nodes;
	for (uint32_t i = 0; i < r->len; i++)
		if (left[s->nodes[r->at[i].node].group]-- > 0)
			r->at[len++] = r->at[i];
	r->len = len;
}

/* ---- what would be without them ------------------------------------------ */

static struct candidate *candidate(const struct round *r, uint32_t i)
{
	const struct consolidate_state *state = r->ctx->state;

	return &r->at[(state->turn + i) % r->len];
}

/* What runs on a node, in one piece. */
static struct rt_request work_of(const struct round *r, uint32_t i)
{
	const struct rt_node *node = &r->s->nodes[i];
	struct rt_labels labels = r->s->groups[node->group].labels;
	struct rt_amount *at = rt_alloc(r->ctx, node->total.len * sizeof *at);
	struct rt_selector *selector = rt_alloc(r->ctx, sizeof *selector);
	struct rt_label_rule *rules =
		rt_alloc(r->ctx, labels.len * sizeof *rules);
	struct rt_request work = { .count = 1, .res.at = at };

	for (uint32_t k = 0; k < node->total.len; k++)
		if (units_in_use(node, k) > 0)
			at[work.res.len++] =
				(struct rt_amount){ node->total.at[k].name,
						    units_in_use(node, k) };
	for (uint32_t k = 0; k < labels.len; k++)
		rules[k] =
			(struct rt_label_rule){ labels.at[k].key, RT_LABEL_IN,
						1, &labels.at[k].value };
	*selector = (struct rt_selector){ labels.len, rules };
	work.selectors_len = labels.len > 0;
	work.selectors = selector;
	return work;
}

/* New nodes may only be of groups that cost less than all that goes; they come
 * before it goes, so it counts against the maxima. */
static struct rt_group *groups_without(const struct round *r, uint32_t n,
				       double price)
{
	const struct rt_snapshot *s = r->s;
	struct rt_group *groups =
		rt_alloc(r->ctx, s->groups_len * sizeof *groups);
	int64_t *out = rt_alloc(r->ctx, s->groups_len * sizeof *out);

	for (uint32_t i = 0; i < n; i++)
		out[s->nodes[candidate(r, i)->node].group]++;
	for (uint32_t g = 0; g < s->groups_len; g++) {
		const struct rt_group *group = &s->groups[g];
		int64_t have = r->have[g] - out[g];
		int64_t max = group->max_nodes - out[g];
		bool may = group->price > 0 && group->price < LESS * price &&
			   group->num_of_hosts == 1;
		groups[g] = *group;
		groups[g].max_nodes = may && max > have ? max : have;
	}
	return groups;
}

static void end_nodes(const struct round *r, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct candidate *c = candidate(r, i);
		const struct rt_removal removal = {
			.node = c->node,
			.cause = c->idle ? RT_CAUSE_IDLE : RT_CAUSE_CONSOLIDATE,
			.idle_ms = r->s->nodes[c->node].idle_ms,
		};
		rt_remove(r->ctx, r->plan, removal,
			  RT_WHY(CONSOLIDATED, .n = rt_as_units(c->price)));
	}
}

static void launch(const struct round *r, const struct rt_plan *other,
		   uint32_t n, double less)
{
	for (uint32_t g = 0; g < r->s->groups_len; g++) {
		struct consolidate_group *state = rt_group_state(r->ctx, g);
		if (!other->launch[g])
			continue;
		rt_launch(r->ctx, r->plan, g, other->launch[g],
			  RT_WHY(REPLACES, .n = n, .limit = rt_as_units(less)));
		state->replaces = other->launch[g];
	}
}

/* All without the first `n`; what they cost is known, or 0. */
static struct rt_change without(const struct round *r, uint32_t n, double price)
{
	const struct rt_snapshot *s = r->s;
	bool *out = rt_alloc(r->ctx, s->nodes_len * sizeof *out);
	struct rt_request *work = rt_alloc(r->ctx, n * sizeof *work);
	struct rt_change change = {
		.out = out,
		.work = work,
		.max_workers = s->max_workers,
	};

	for (uint32_t i = 0; i < s->nodes_len; i++)
		out[i] = !stays(r, i);
	for (uint32_t i = 0; i < n; i++) {
		const struct candidate *c = candidate(r, i);
		out[c->node] = true;
		if (!c->idle)
			work[change.work_len++] = work_of(r, c->node);
	}
	change.groups = groups_without(r, n, price);
	if (s->max_workers != RT_NONE)
		change.max_workers =
			s->max_workers > n ? s->max_workers - n : 0;
	return change;
}

static enum rt_status try(const struct round *r, uint32_t n, bool replace,
			  bool *done, struct rt_error *err)
{
	const struct rt_plan *other;
	double price = 0, cost = 0;
	int64_t launches = 0;
	bool known = true, holds_all;

	for (uint32_t i = 0; i < n; i++) {
		known &= candidate(r, i)->price > 0;
		price += candidate(r, i)->price;
	}
	struct rt_change change = without(r, n, replace && known ? price : 0);
	enum rt_status status =
		rt_what_if(r->ctx, r->plan, &change, &other, &holds_all, err);
	if (status || !holds_all)
		return status;
	for (uint32_t g = 0; g < r->s->groups_len; g++) {
		launches += other->launch[g];
		cost += (double)other->launch[g] * r->s->groups[g].price;
	}
	*done = launches == 0 || cost < LESS * price;
	if (launches == 0)
		end_nodes(r, n);
	else if (*done)
		launch(r, other, n, price - cost);
	return RT_OK;
}

/* ---- rounds -------------------------------------------------------------- */

static int64_t allowed(const struct round *r)
{
	const struct consolidate_conf *conf = r->ctx->conf;
	int64_t most =
		(int64_t)ceil((double)r->workers * conf->budget / 100 - 1e-9);

	if (most < 1)
		most = 1;
	if (conf->nodes && conf->nodes < most)
		most = conf->nodes;
	return most;
}

static enum rt_status search(const struct round *r, struct rt_error *err)
{
	const struct consolidate_conf *conf = r->ctx->conf;
	struct consolidate_state *state = r->ctx->state;
	int64_t most = allowed(r), left = most - r->going;
	enum rt_status status = RT_OK;
	bool done = false;

	for (uint32_t i = 0; left <= 0 && i < r->len; i++)
		rt_stay(r->ctx, r->plan, r->at[i].node,
			RT_WHY(STAYS_BUDGET, .n = r->going, .limit = most));
	if (left <= 0 || !r->len)
		return RT_OK;
	uint32_t n = left < r->len ? (uint32_t)left : r->len;
	for (int tries = TRIES; tries > 0 && !done && !status; tries--) {
		n = tries == 1 ? 1 : n;
		status = try(r, n, false, &done, err);
		if (n == 1)
			break;
		n = n / SHARE ? n / SHARE : 1;
	}
	if (!done && !status && conf->replace)
		status = try(r, 1, true, &done, err);
	if (status || done) {
		state->failed = 0;
		return status;
	}
	rt_stay(r->ctx, r->plan, candidate(r, 0)->node, RT_WHY(STAYS_PACKED));
	state->turn = (state->turn + 1) % r->len;
	if (++state->failed < r->len)
		rt_until(r->ctx, r->plan, r->s->now_ms); /* the next's turn */
	return RT_OK;
}

/* Nothing is wanted, nothing comes, nothing was put off. */
static bool is_quiet(const struct round *r)
{
	if (r->plan->tasks)
		return false;
	for (uint32_t g = 0; g < r->s->groups_len; g++)
		if (r->plan->launch[g])
			return false;
	for (uint32_t i = 0; i < r->s->nodes_len; i++)
		if (rt_comes(&r->s->nodes[i]))
			return false;
	return true;
}

/* Nobody needs them before those are gone that they replace. */
static void keep_replacements(const struct round *r)
{
	int64_t *coming = rt_alloc(r->ctx, r->s->groups_len * sizeof *coming);

	for (uint32_t i = 0; i < r->s->nodes_len; i++) {
		uint32_t g = r->s->nodes[i].group;
		if (g == RT_NO_GROUP || !rt_comes(&r->s->nodes[i]))
			continue;
		const struct consolidate_group *state =
			rt_group_state(r->ctx, g);
		if (++coming[g] <= state->replaces)
			rt_keep(r->ctx, r->plan, i, RT_WHY(REPLACING));
	}
	for (uint32_t g = 0; g < r->s->groups_len; g++) {
		struct consolidate_group *state = rt_group_state(r->ctx, g);
		if (coming[g] < state->replaces)
			state->replaces = coming[g];
	}
}

static enum rt_status consolidate_decide(const struct rt_ctx *ctx,
					 const struct rt_snapshot *s,
					 struct rt_plan *plan,
					 struct rt_error *err)
{
	struct round r = {
		.ctx = ctx,
		.s = s,
		.plan = plan,
		.have = rt_alloc(ctx, s->groups_len * sizeof *r.have),
		.at = rt_alloc(ctx, s->nodes_len * sizeof *r.at),
	};

	watch_loads(&r);
	keep_replacements(&r);
	count_nodes(&r);
	find_candidates(&r);
	return is_quiet(&r) ? search(&r, err) : RT_OK;
}

const struct rt_policy_ops rt_policy_consolidate = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "consolidate",
	.summary = "fewer or cheaper nodes where the work fits on them",
	.about =
		"For clusters that long work has left half empty, or with dear "
		"nodes that stand free for what cheap ones could hold.  Nodes "
		"with work stay unless `move` is set, which is for work that "
		"may be stopped and tried again.  It goes by `prices`, and "
		"without them by the number of nodes.",
	.example = "{after: 30s, budget: 10, move: true}",
	.flags = RT_REPACKS,
	.params = consolidate_params,
	.conf_size = sizeof(struct consolidate_conf),
	.state_size = sizeof(struct consolidate_state),
	.group_state_size = sizeof(struct consolidate_group),
	.decide = consolidate_decide,
};
