/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first_fit.c - the textbook policy, and the example to read first.
 *
 * Up: each pending task, in order, goes into the first bin with room for it.
 * Bins are the running nodes (with what they have free), the nodes on their
 * way, and new nodes: one is opened only when no bin has room, in the first
 * group that could hold the task and may grow.  Every new node is launched.
 *
 * Down: workers that have been idle for the timeout go, longest idle first, of
 * equals the newest first, as long as their group keeps its minimum.  (It need
 * not raise a group to its minimum: KubeRay does.)
 *
 * It looks at tasks and their amounts only: not at labels, placement groups or
 * request_resources().
 */
#include <stdlib.h>
#include <string.h>

#include <raytide/policy.h>

#define MEMOS 256
#define BINS_MAX 200000 /* no more nodes, whatever the maxima say */

struct bin {
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
	int64_t *nodes;   /* for each group: up, on their way and new */
	int64_t *opened;  /* for each group: new */
	uint32_t *opener; /* for each group: the task of the first of these */
	int64_t workers;  /* in all groups */
	uint32_t task;    /* in hand */
	uint32_t bins_len, bins_cap;
	struct bin *bins;
	struct memo memos[MEMOS];
};

static bool is_pending(const struct rt_node *node)
{
	return node->status >= RT_NODE_QUEUED &&
	       node->status <= RT_NODE_RAY_INSTALLING;
}

static bool is_running(const struct rt_node *node)
{
	return node->status == RT_NODE_RAY_RUNNING && node->known &&
	       node->ray_status != RT_RAY_DRAINING;
}

/* A head without CPUs is meant to be kept free of tasks. */
static bool takes_tasks(const struct rt_snapshot *s, const struct rt_node *node)
{
	bool takes = !node->is_head;

	for (uint32_t i = 0; i < node->total.len && !takes; i++)
		takes = node->total.at[i].units > 0 &&
			strcmp(s->names.text[node->total.at[i].name], "CPU") ==
				0;
	return takes && is_running(node);
}

static void count(struct fit *fit, uint32_t group)
{
	if (group == RT_NO_GROUP || fit->s->groups[group].is_head)
		return;
	fit->nodes[group]++;
	fit->workers++;
}

/* ---- bins --------------------------------------------------------------- */

static void add_bin(struct fit *fit, struct rt_res room)
{
	if (fit->bins_len == fit->bins_cap) {
		struct bin *old = fit->bins;
		fit->bins_cap = 2 * fit->bins_cap + 64;
		fit->bins = rt_alloc(fit->ctx, fit->bins_cap * sizeof *old);
		if (old)
			memcpy(fit->bins, old, fit->bins_len * sizeof *old);
	}
	struct bin *bin = &fit->bins[fit->bins_len++];
	bin->len = room.len;
	bin->free = rt_alloc(fit->ctx, room.len * sizeof *bin->free);
	for (uint32_t i = 0; i < room.len; i++)
		bin->free[i] = room.at[i];
}

/* How many of `n` such tasks there is room for; a resource that is not there
 * has none. */
static int64_t fits(struct rt_res room, struct rt_res task, int64_t n)
{
	for (uint32_t i = 0; i < task.len; i++) {
		int64_t have = 0, need = task.at[i].units;
		for (uint32_t k = 0; k < room.len; k++)
			if (room.at[k].name == task.at[i].name)
				have = room.at[k].units;
		if (need > 0 && have / need < n)
			n = have / need;
	}
	return n;
}

static int64_t fill(struct bin *bin, struct rt_res task, int64_t n)
{
	n = fits((struct rt_res){ bin->len, bin->free }, task, n);
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

static bool open_for(struct fit *fit, struct rt_res task)
{
	for (uint32_t g = 0; g < fit->s->groups_len; g++) {
		struct rt_res room = fit->s->groups[g].res;
		if (!may_grow(fit, g) || !fits(room, task, 1))
			continue;
		add_bin(fit, room);
		count(fit, g);
		if (fit->opened[g]++ == 0)
			fit->opener[g] = fit->task;
		return true;
	}
	return false;
}

/* Returns how many of the tasks in hand have no room anywhere. */
static int64_t pack(struct fit *fit)
{
	const struct rt_request *tasks = &fit->s->demand.tasks[fit->task];
	struct memo *memo = recall(fit, tasks->res);
	int64_t left = tasks->count;

	for (; left > 0; memo->from++) {
		if (memo->from == fit->bins_len && !open_for(fit, tasks->res))
			return left;
		left -= fill(&fit->bins[memo->from], tasks->res, left);
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
			add_bin(fit, s->nodes[i].available);
			count(fit, s->nodes[i].group);
		}
	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (is_pending(&s->nodes[i]) &&
		    s->nodes[i].group != RT_NO_GROUP) {
			add_bin(fit, s->groups[s->nodes[i].group].res);
			count(fit, s->nodes[i].group);
		}
	for (fit->task = 0; fit->task < s->demand.tasks_len; fit->task++) {
		int64_t left = pack(fit);
		if (left)
			rt_infeasible_task(fit->ctx, plan, fit->task, left,
					   RT_WHY(NO_ROOM, .n = left));
	}
	for (uint32_t g = 0; g < s->groups_len; g++) {
		const struct rt_entry opener = { RT_ENTRY_TASK,
						 fit->opener[g] };
		if (fit->opened[g])
			rt_launch(fit->ctx, plan, g, fit->opened[g],
				  RT_WHY(DEMAND, .entry = opener));
	}
}

/* ---- scale down --------------------------------------------------------- */

static int64_t idle_timeout(const struct rt_snapshot *s, uint32_t group)
{
	int64_t own = s->groups[group].idle_timeout_ms;

	return own == RT_NONE ? s->idle_timeout_ms : own;
}

static bool is_idle(const struct rt_node *node)
{
	return !node->is_head && node->group != RT_NO_GROUP &&
	       is_running(node) && node->idle_ms > 0;
}

/* Idle for long enough to go; says so when it is not. */
static bool may_go(struct fit *fit, struct rt_plan *plan, uint32_t i)
{
	const struct rt_node *node = &fit->s->nodes[i];
	int64_t timeout = idle_timeout(fit->s, node->group);

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
		if (!is_idle(node) || idle_timeout(s, node->group) == RT_NONE ||
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
	fit->opener = rt_alloc(ctx, s->groups_len * sizeof *fit->opener);
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
	.flags = RT_PACKS,
	.params = no_params,
	.decide = decide,
};
