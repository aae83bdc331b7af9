/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slow_fit.c - the best node, again and again: of those that are there, of
 * those that can be resized, of those that can be launched.
 */
#include "tests/unit/core/sched/slow_fit.h"

#include <string.h>

struct fit {
	struct slow *s;
	enum slow_source source;
	struct slow_wants *left;
	struct slow_list result;
};

void slow_want(struct slow *s, struct slow_wants *wants,
	       const struct rt_request *request, int64_t count, uint32_t entry)
{
	for (int64_t i = 0; i < count; i++) {
		RT_ARENA_GROW(s->arena, wants->at, wants->len, wants->cap);
		wants->at[wants->len++] = (struct slow_want){ request, entry };
	}
}

static int64_t sum_of(struct rt_res res)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < res.len; i++)
		sum += res.at[i].units;
	return sum;
}

/* As a list of (name, amount) compares: below 0, 0 or above 0. */
static int compare_res(const struct rt_snapshot *s, struct rt_res a,
		       struct rt_res b)
{
	for (uint32_t i = 0; i < a.len && i < b.len; i++) {
		int c = strcmp(s->names.text[a.at[i].name],
			       s->names.text[b.at[i].name]);
		if (c)
			return c;
		if (a.at[i].units != b.at[i].units)
			return a.at[i].units < b.at[i].units ? -1 : 1;
	}
	return 0;
}

static bool is_larger(const struct rt_snapshot *s, const struct rt_request *a,
		      const struct rt_request *b)
{
	uint32_t a_rules = a->selectors_len ? a->selectors[0].len : 0;
	uint32_t b_rules = b->selectors_len ? b->selectors[0].len : 0;

	if (a->placements_len != b->placements_len)
		return a->placements_len > b->placements_len;
	if (a_rules != b_rules)
		return a_rules > b_rules;
	if (a->res.len != b->res.len)
		return a->res.len > b->res.len;
	if (sum_of(a->res) != sum_of(b->res))
		return sum_of(a->res) > sum_of(b->res);
	return compare_res(s, a->res, b->res) > 0;
}

static void sort_wants(const struct rt_snapshot *s, struct slow_wants *wants)
{
	for (uint32_t i = 1; i < wants->len; i++) {
		struct slow_want want = wants->at[i];
		uint32_t to = i;
		while (to > 0 &&
		       is_larger(s, want.request, wants->at[to - 1].request)) {
			wants->at[to] = wants->at[to - 1];
			to--;
		}
		wants->at[to] = want;
	}
}

/* Is the first better than the second? */
static bool is_better(const struct rt_snapshot *s, const struct slow_node *a,
		      struct slow_score x, const struct slow_node *b,
		      struct slow_score y)
{
	const struct rt_group *g = &s->groups[a->group];
	const struct rt_group *h = &s->groups[b->group];

	if (x.match != y.match)
		return x.match > y.match;
	if (x.gpu_ok != y.gpu_ok)
		return x.gpu_ok > y.gpu_ok;
	if (x.kinds != y.kinds)
		return x.kinds > y.kinds;
	if (x.min != y.min)
		return x.min > y.min;
	if (x.mean != y.mean)
		return x.mean > y.mean;
	if (g->recoverable_availability != h->recoverable_availability)
		return g->recoverable_availability >
		       h->recoverable_availability;
	if (g->priority != h->priority)
		return g->priority > h->priority;
	return g->availability > h->availability;
}

/* A copy of the node with all on it that it can take.  `rest` gets the others;
 * the result says whether anything was placed. */
static bool fill(struct fit *f, struct slow_node *copy, struct slow_wants *rest)
{
	*rest = (struct slow_wants){ 0 };
	for (uint32_t i = 0; i < f->left->len; i++) {
		struct slow_want want = f->left->at[i];
		if (!slow_try(f->s, copy, want.request, f->source))
			slow_want(f->s, rest, want.request, 1, want.entry);
	}
	return rest->len < f->left->len;
}

static bool is_hidden(const struct fit *f, const struct slow_list *candidates,
		      uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (slow_is_twin(&candidates->at[k], &candidates->at[i],
				 f->source))
			return true;
	return false;
}

/* Takes the best node out of the candidates and fills it; false when none can
 * take anything. */
static bool best_node(struct fit *f, struct slow_list *candidates,
		      struct slow_node *best)
{
	uint32_t best_at = candidates->len;
	struct slow_score best_score = { 0 };
	struct slow_wants best_rest = { 0 };

	for (uint32_t i = 0; i < candidates->len; i++) {
		struct slow_node copy = candidates->at[i];
		struct slow_wants rest;
		if (is_hidden(f, candidates, i) || !fill(f, &copy, &rest))
			continue;
		struct slow_score score = slow_score(f->s, &copy, f->source);
		if (best_at < candidates->len &&
		    !is_better(f->s->snapshot, &copy, score, best, best_score))
			continue;
		*best = copy;
		best_at = i;
		best_score = score;
		best_rest = rest;
	}
	if (best_at == candidates->len)
		return false;
	*f->left = best_rest;
	candidates->len--;
	for (uint32_t i = best_at; i < candidates->len; i++)
		candidates->at[i] = candidates->at[i + 1];
	return true;
}

static bool fits_any(const struct fit *f, const struct slow_node *node)
{
	for (uint32_t i = 0; i < f->left->len; i++)
		if (slow_has_room(f->s, node, f->left->at[i].request,
				  f->source))
			return true;
	return f->left->len == 0;
}

static void fit_existing(struct fit *f)
{
	struct slow_list candidates = { 0 }, exhausted = { 0 };
	struct slow_node best;

	for (uint32_t i = 0; i < f->s->list.len; i++) {
		struct slow_node node = f->s->list.at[i];
		if (node.resizable && (node.resize.resizing_at_s != RT_NONE ||
				       (node.resize.raylet_id &&
					node.resize.status == RT_RESIZE_NEW)))
			slow_set_total(f->s, &node, node.resize.desired_cpu,
				       node.resize.desired_memory);
		if (node.status == RT_NODE_RAY_RUNNING && !fits_any(f, &node))
			slow_add(f->s, &exhausted, &node);
		else
			slow_add(f->s, &candidates, &node);
	}
	while (f->left->len && best_node(f, &candidates, &best))
		slow_add(f->s, &f->result, &best);
	for (uint32_t i = 0; i < candidates.len; i++)
		slow_add(f->s, &f->result, &candidates.at[i]);
	for (uint32_t i = 0; i < exhausted.len; i++)
		slow_add(f->s, &f->result, &exhausted.at[i]);
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct rt_resize_caps caps_of(const struct slow *s,
				     const struct slow_node *node)
{
	struct rt_resize_caps caps = *s->snapshot->groups[node->group].resize;

	if (node->resize.max_cpu != RT_NONE)
		caps.cpu = node->resize.max_cpu;
	if (node->resize.max_memory != RT_NONE)
		caps.memory = node->resize.max_memory;
	return caps;
}

static bool can_grow(const struct slow *s, const struct slow_node *node)
{
	if (!node->resizable || node->resize.failed_at_s != RT_NONE ||
	    node->resize.resizing_at_s != RT_NONE ||
	    node->resize.status != RT_RESIZE_NONE)
		return false;
	struct rt_resize_caps caps = caps_of(s, node);
	return node->resize.current_cpu < caps.cpu ||
	       node->resize.current_memory < caps.memory;
}

static void ask_to_grow(struct slow_node *node, struct rt_resize_caps caps)
{
	if (node->resize.desired_cpu == caps.cpu &&
	    node->resize.desired_memory == caps.memory)
		return;
	node->resize.desired_cpu = caps.cpu;
	node->resize.desired_memory = caps.memory;
	node->resize.resizing_at_s = RT_NONE;
	node->resize.status = RT_RESIZE_NEW;
}

/* Non-candidates, chosen candidates, the others as they were. */
static void fit_resized(struct fit *f)
{
	struct slow_list all = f->result, candidates = { 0 }, same = { 0 };
	struct slow_node best;

	f->result = (struct slow_list){ 0 };
	for (uint32_t i = 0; i < all.len; i++) {
		struct slow_node node = all.at[i];
		if (!can_grow(f->s, &node)) {
			slow_add(f->s, &f->result, &node);
			continue;
		}
		slow_add(f->s, &same, &node);
		struct rt_resize_caps caps = caps_of(f->s, &node);
		slow_set_total(f->s, &node, caps.cpu, caps.memory);
		slow_add(f->s, &candidates, &node);
	}
	while (f->left->len && best_node(f, &candidates, &best)) {
		ask_to_grow(&best, caps_of(f->s, &best));
		slow_add(f->s, &f->result, &best);
	}
	for (uint32_t i = 0; i < same.len; i++)
		for (uint32_t k = 0; k < candidates.len; k++)
			if (candidates.at[k].index == same.at[i].index)
				slow_add(f->s, &f->result, &same.at[i]);
}

static struct slow_node fresh(const struct slow *s, uint32_t group)
{
	struct slow_node node = slow_new_node(s->snapshot, group);
	const struct rt_resize_caps *caps = s->snapshot->groups[group].resize;
	uint32_t cpu = slow_name(s->snapshot, "CPU");
	uint32_t memory = slow_name(s->snapshot, "memory");
	struct rt_resize_caps base = { 0 };

	if (!caps)
		return node;
	for (uint32_t i = 0; i < node.total.len; i++) {
		if (node.total.at[i].name == cpu)
			base.cpu = node.total.at[i].units;
		if (node.total.at[i].name == memory)
			base.memory = node.total.at[i].units;
	}
	slow_set_total(s, &node, larger(caps->cpu, base.cpu),
		       larger(caps->memory, base.memory));
	return node;
}

static int64_t room_of(const struct fit *f, uint32_t group)
{
	const struct rt_group *g = &f->s->snapshot->groups[group];
	int64_t room = g->max_nodes + g->is_head;

	for (uint32_t i = 0; i < f->result.len; i++)
		room -= f->result.at[i].group == group;
	return room;
}

static void fit_new(struct fit *f)
{
	const struct rt_snapshot *s = f->s->snapshot;
	struct slow_list pool = { 0 };
	struct slow_node best, next;

	for (uint32_t g = 0; g < s->groups_len; g++) {
		next = fresh(f->s, g);
		if (room_of(f, g) > 0)
			slow_add(f->s, &pool, &next);
	}
	while (f->left->len &&
	       (s->max_workers == RT_NONE ||
		f->result.len < s->max_workers + 1) &&
	       best_node(f, &pool, &best)) {
		slow_add(f->s, &f->result, &best);
		next = fresh(f->s, best.group);
		if (room_of(f, best.group) > 0)
			slow_add(f->s, &pool, &next);
	}
}

struct slow_list slow_fit(struct slow *s, struct slow_wants *wants,
			  enum slow_source source)
{
	struct fit f = { .s = s, .source = source, .left = wants };

	sort_wants(s->snapshot, wants);
	fit_existing(&f);
	fit_resized(&f);
	fit_new(&f);
	return f.result;
}
