/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first_fit.c - the textbook policy, and the example to read first.
 *
 * Up: each pending task, in order, goes into the first bin with room for it.
 * Bins are the running nodes (with what they have free), the nodes on their
 * way, those that a group has too few of, and new nodes: one is opened only
 * when no bin has room, in the first group that could hold the task and may
 * grow.  Every new node is launched.  What room other stages want beside is
 * packed last, in the same way.
 *
 * Down: workers that have been idle for the timeout go, longest idle first, of
 * equals the newest first, as long as their group keeps its minimum.
 *
 * It looks at tasks and their amounts only: not at labels, placement groups or
 * request_resources().
 */
#include <stdlib.h>
#include <string.h>

#include <raytide/kit.h>
#include <raytide/policy.h>

#define MEMOS 256
#define NO_NODE UINT32_MAX
#define BINS_MAX 200000 /* no more nodes, whatever the maxima say */

struct bin {
	uint32_t node; /* that is there; NO_NODE: it is not */
	uint32_t len;
	struct rt_amount *free;
};

/* Bins only fill up, so the next task of a shape need not look at those that an
 * earlier one has passed.  A shape that was forgotten looks again. */
struct memo {
	struct rt_res shape;
	uint32_t from; /* bins before it have no room */
};

struct fit {
	const struct rt_ctx *ctx;
	const struct rt_snapshot *s;
	int64_t *nodes;        /* for each group: up, on their way and new */
	int64_t *opened;       /* for each group: new */
	struct rt_why *why;    /* for each group: of the first of these */
	int64_t workers;       /* in all groups */
	struct rt_entry entry; /* in hand */
	struct rt_entry *held; /* for each node: spare room that is on it */
	uint32_t bins_len, bins_cap;
	struct bin *bins;
	struct memo memos[MEMOS];
};

/* A head without CPUs is meant to be kept free of tasks. */
static bool takes_tasks(const struct rt_snapshot *s, const struct rt_node *node)
{
	bool takes = !node->is_head;

	for (uint32_t i = 0; i < node->total.len && !takes; i++)
		takes = node->total.at[i].units > 0 &&
			strcmp(s->names.text[node->total.at[i].name], "CPU") ==
				0;
	return takes && rt_runs(node);
}

static void count(struct fit *fit, uint32_t group)
{
	if (group == RT_NO_GROUP || fit->s->groups[group].is_head)
		return;
	fit->nodes[group]++;
	fit->workers++;
}

/* ---- bins --------------------------------------------------------------- */

static void add_bin(struct fit *fit, struct rt_res room, uint32_t node)
{
	if (fit->bins_len == fit->bins_cap) {
		struct bin *old = fit->bins;
		fit->bins_cap = 2 * fit->bins_cap + 64;
		fit->bins = rt_alloc(fit->ctx, fit->bins_cap * sizeof *old);
		if (old)
			memcpy(fit->bins, old, fit->bins_len * sizeof *old);
	}
	struct bin *bin = &fit->bins[fit->bins_len++];
	bin->node = node;
	bin->len = room.len;
	bin->free = rt_alloc(fit->ctx, room.len * sizeof *bin->free);
	for (uint32_t i = 0; i < room.len; i++)
		bin->free[i] = room.at[i];
}

static int64_t fill(struct bin *bin, struct rt_res task, int64_t n)
{
	n = rt_places((struct rt_res){ bin->len, bin->free }, task, n);
	for (uint32_t i = 0; i < task.len; i++)
		for (uint32_t k = 0; k < bin->len; k++)
			if (bin->free[k].name == task.at[i].name)
				bin->free[k].units -= n * task.at[i].units;
	return n;
}

static struct memo *recall(struct fit *fit, struct rt_res shape)
{
	uint64_t hash = shape.len;

	for (uint32_t i = 0; i < shape.len; i++)
		hash = (hash ^ shape.at[i].name ^ (uint64_t)shape.at[i].units) *
		       0x9e3779b97f4a7c15u;
	struct memo *memo = &fit->memos[hash >> 56];
	bool same = memo->shape.len == shape.len;
	for (uint32_t i = 0; same && i < shape.len; i++)
		same = memo->shape.at[i].name == shape.at[i].name &&
		       memo->shape.at[i].units == shape.at[i].units;
	if (!same)
		*memo = (struct memo){ .shape = shape };
	return memo;
}

/* ---- scale up ----------------------------------------------------------- */

static bool may_grow(const struct fit *fit, uint32_t group)
{
	const struct rt_group *g = &fit->s->groups[group];

	return !g->is_head && fit->bins_len < BINS_MAX &&
	       fit->nodes[group] < g->max_nodes &&
	       (fit->s->max_workers == RT_NONE ||
		fit->workers < fit->s->max_workers);
}

static void open_bin(struct fit *fit, uint32_t g, struct rt_why why)
{
	add_bin(fit, fit->s->groups[g].res, NO_NODE);
	count(fit, g);
	if (fit->opened[g]++ == 0)
		fit->why[g] = why;
}

/* Of the groups that will do, the preferred one; the first of equals. */
static bool open_for(struct fit *fit, struct rt_res task)
{
	const struct rt_group *groups = fit->s->groups;
	uint32_t best = RT_NO_GROUP;

	for (uint32_t g = 0; g < fit->s->groups_len; g++)
		if (may_grow(fit, g) && rt_places(groups[g].res, task, 1) &&
		    (best == RT_NO_GROUP ||
		     groups[g].prefer > groups[best].prefer))
			best = g;
	if (best == RT_NO_GROUP)
		return false;
	open_bin(fit, best, RT_WHY(DEMAND, .entry = fit->entry));
	return true;
}

static void open_for_minima(struct fit *fit)
{
	for (uint32_t g = 0; g < fit->s->groups_len; g++) {
		int64_t min = fit->s->groups[g].min_nodes;
		while (fit->nodes[g] < min && may_grow(fit, g))
			open_bin(fit, g,
				 RT_WHY(MIN_NODES, .n = fit->nodes[g],
					.limit = min));
	}
}

/* Returns how many of such tasks have no room anywhere. */
static int64_t pack(struct fit *fit, const struct rt_request *tasks)
{
	struct memo *memo = recall(fit, tasks->res);
	int64_t left = tasks->count;

	for (; left > 0; memo->from++) {
		if (memo->from == fit->bins_len && !open_for(fit, tasks->res))
			return left;
		struct bin *bin = &fit->bins[memo->from];
		int64_t n = fill(bin, tasks->res, left);
		left -= n;
		if (n && bin->node != NO_NODE &&
		    fit->entry.kind == RT_ENTRY_SPARE)
			fit->held[bin->node] = fit->entry;
		if (left == 0)
			break; /* it may have room for more */
	}
	return left;
}

static void scale_up(struct fit *fit, struct rt_plan *plan)
{
	const struct rt_snapshot *s = fit->s;

	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (takes_tasks(s, &s->nodes[i])) {
			add_bin(fit, s->nodes[i].available, i);
			count(fit, s->nodes[i].group);
		}
	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (rt_comes(&s->nodes[i]) &&
		    s->nodes[i].group != RT_NO_GROUP) {
			add_bin(fit, s->groups[s->nodes[i].group].res, i);
			count(fit, s->nodes[i].group);
		}
	open_for_minima(fit);
	for (uint32_t i = 0; i < s->demand.tasks_len; i++) {
		fit->entry = (struct rt_entry){ RT_ENTRY_TASK, i };
		int64_t left = pack(fit, &s->demand.tasks[i]);
		if (left)
			rt_infeasible_task(fit->ctx, plan, i, left,
					   RT_WHY(NO_ROOM, .n = left));
	}
	for (uint32_t i = 0; i < s->demand.spares_len; i++) {
		fit->entry = (struct rt_entry){ RT_ENTRY_SPARE, i };
		pack(fit, &s->demand.spares[i]);
	}
	for (uint32_t g = 0; g < s->groups_len; g++)
		if (fit->opened[g])
			rt_launch(fit->ctx, plan, g, fit->opened[g],
				  fit->why[g]);
}

/* ---- scale down --------------------------------------------------------- */

static int64_t idle_timeout(const struct rt_snapshot *s, uint32_t group)
{
	int64_t own = s->groups[group].idle_timeout_ms;

	return own == RT_NONE ? s->idle_timeout_ms : own;
}

static bool is_idle(const struct rt_node *node)
{
	return !node->is_head && node->group != RT_NO_GROUP && rt_runs(node) &&
	       node->idle_ms > 0;
}

/* Idle for long enough to go; says so when it is not.  Room that is to stay
 * free keeps its node; work that waits does not, it will be there by then. */
static bool may_go(struct fit *fit, struct rt_plan *plan, uint32_t i)
{
	const struct rt_node *node = &fit->s->nodes[i];
	int64_t timeout = idle_timeout(fit->s, node->group);

	if (fit->held[i].kind) {
		rt_stay(fit->ctx, plan, i,
			RT_WHY(STAYS_NEEDED, .n = node->idle_ms,
			       .entry = fit->held[i]));
		return false;
	}
	if (timeout == RT_NONE)
		rt_stay(fit->ctx, plan, i,
			RT_WHY(STAYS_ALWAYS, .n = node->idle_ms));
	else if (node->idle_ms < timeout)
		rt_stay(fit->ctx, plan, i,
			RT_WHY(STAYS_YOUNG, .n = node->idle_ms,
			       .limit = timeout));
	return timeout != RT_NONE && node->idle_ms >= timeout;
}

/* Longest idle first; the newest of equals. */
static int by_age(const void *a, const void *b)
{
	const struct rt_removal *x = a, *y = b;

	if (x->idle_ms != y->idle_ms)
		return x->idle_ms > y->idle_ms ? -1 : 1;
	return x->node > y->node ? -1 : 1;
}

static void scale_down(struct fit *fit, struct rt_plan *plan)
{
	const struct rt_snapshot *s = fit->s;
	struct rt_removal *idle =
		rt_alloc(fit->ctx, s->nodes_len * sizeof *idle);
	uint32_t len = 0;

	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (is_idle(&s->nodes[i]) && may_go(fit, plan, i))
			idle[len++] = (struct rt_removal){
				.node = i,
				.cause = RT_CAUSE_IDLE,
				.idle_ms = s->nodes[i].idle_ms,
			};
	qsort(idle, len, sizeof *idle, by_age);
	for (uint32_t i = 0; i < len; i++) {
		uint32_t g = s->nodes[idle[i].node].group;
		if (fit->nodes[g] <= s->groups[g].min_nodes) {
			rt_stay(fit->ctx, plan, idle[i].node,
				RT_WHY(STAYS_MIN, .n = idle[i].idle_ms,
				       .limit = s->groups[g].min_nodes));
			continue;
		}
		fit->nodes[g]--;
		rt_remove(fit->ctx, plan, idle[i],
			  RT_WHY(IDLE, .n = idle[i].idle_ms,
				 .limit = idle_timeout(s, g)));
	}
}

/* Until the next node goes, if nothing comes between. */
static void say_until(const struct fit *fit, struct rt_plan *plan)
{
	const struct rt_snapshot *s = fit->s;
	int64_t until_ms = INT64_MAX;

	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		if (!is_idle(node) || fit->held[i].kind ||
		    idle_timeout(s, node->group) == RT_NONE ||
		    fit->nodes[node->group] <= s->groups[node->group].min_nodes)
			continue;
		int64_t left_ms = idle_timeout(s, node->group) - node->idle_ms;
		if (s->now_ms + left_ms < until_ms)
			until_ms = s->now_ms + left_ms;
	}
	rt_until(fit->ctx, plan, until_ms);
}

static enum rt_status decide(const struct rt_ctx *ctx,
			     const struct rt_snapshot *s, struct rt_plan *plan,
			     struct rt_error *err)
{
	struct fit *fit = rt_alloc(ctx, sizeof *fit);
	size_t size = s->groups_len * sizeof(int64_t);

	(void)err;
	fit->ctx = ctx;
	fit->s = s;
	fit->nodes = rt_alloc(ctx, size);
	fit->opened = rt_alloc(ctx, size);
	fit->held = rt_alloc(ctx, s->nodes_len * sizeof *fit->held);
	fit->why = rt_alloc(ctx, s->groups_len * sizeof *fit->why);
	scale_up(fit, plan);
	scale_down(fit, plan);
	say_until(fit, plan);
	return RT_OK;
}

static const struct rt_param no_params[] = { { .name = NULL } };

const struct rt_policy_ops rt_policy_first_fit = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "first-fit",
	.summary =
		"tasks in order onto the first node with room; idle nodes go",
	.about = "Simple enough to be worked out by hand, so a measure for "
		 "others.  It knows neither labels nor placement groups nor "
		 "request_resources().",
	.example = "{}",
	.flags = RT_PACKS,
	.params = no_params,
	.decide = decide,
};
