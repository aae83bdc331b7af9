/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_fit.c - the three passes of a packing: nodes as they are, pods that can
 * be made larger, new nodes.  Each takes what the one before has left.
 */
#include "core/sched/pack_fit.h"

#include "core/model/plan.h"
#include "core/sched/pack_asks.h"
#include "core/sched/pack_bin.h"
#include "core/sched/pack_pool.h"
#include "core/sched/pack_resize.h"
#include "core/sched/pack_sort.h"

/* It takes no work any more, and Ray places demand on it all the same. */
static bool is_ending(const struct rt_pack *p, const struct rt_bin *bin)
{
	if (!p->plan->mended || bin->node == RT_NO_NODE)
		return false;
	return bin->fate == RT_FATE_TERMINATE ||
	       bin->status == RT_NODE_RAY_STOP_REQUESTED ||
	       p->snapshot->nodes[bin->node].ray_status == RT_RAY_DRAINING;
}

/* The order of the result: nodes as they are chosen, candidates not chosen,
 * nodes that were none since they run and are full. */
static void fit_existing(struct rt_pack *p, const struct rt_asks *asks)
{
	struct rt_bin *bin;

	p->exhausted.len = 0;
	for (uint32_t i = 0; i < p->bins.len; i++) {
		bin = rt_resize_under_way(p, p->bins.at[i]);
		if (is_ending(p, bin) || rt_pool_is_exhausted(p, bin))
			rt_bins_add(p, &p->exhausted, bin);
		else
			rt_pool_add(p, bin, bin);
	}
	while (asks->open && (bin = rt_pool_choose(p)))
		rt_bins_add(p, &p->next, bin);
	rt_pool_rest(p, &p->next);
	for (uint32_t i = 0; i < p->exhausted.len; i++)
		rt_bins_add(p, &p->next, p->exhausted.at[i]);
}

/* The order of the result: nodes that cannot be resized, those that will be as
 * they are chosen, those that will not. */
static void fit_resized(struct rt_pack *p, const struct rt_asks *asks)
{
	struct rt_bin *bin;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < p->next.len; i++) {
		bin = p->next.at[i];
		if (!is_ending(p, bin) && rt_resize_is_possible(p, bin))
			rt_pool_add(p, rt_resize_raise(p, bin), bin);
		else
			p->next.at[kept++] = bin;
	}
	p->next.len = kept;
	while (asks->open && (bin = rt_pool_choose(p)))
		rt_bins_add(p, &p->next, rt_resize_queue(p, bin));
	rt_pool_rest(p, &p->next);
}

static int64_t *rooms(struct rt_pack *p)
{
	const struct rt_snapshot *s = p->snapshot;
	int64_t *room = RT_ARENA_ARRAY(p->draft, int64_t, s->groups_len);

	for (uint32_t g = 0; g < s->groups_len; g++)
		room[g] = s->groups[g].max_nodes + s->groups[g].is_head;
	for (uint32_t i = 0; i < p->bins.len; i++)
		room[p->bins.at[i]->group]--;
	return room;
}

static bool is_full(const struct rt_pack *p)
{
	int64_t max_workers = p->snapshot->max_workers;

	return p->next.len >= RT_PACK_NODES_MAX ||
	       (max_workers != RT_NONE && p->next.len >= max_workers + 1);
}

/* The pool has one new node of each group with room; when it is taken the next
 * of the group comes last, so equal groups take turns. */
static void fit_new(struct rt_pack *p, const struct rt_asks *asks)
{
	int64_t *room = rooms(p);
	struct rt_bin *bin;

	for (uint32_t g = 0; g < p->snapshot->groups_len; g++)
		if (room[g] > 0)
			rt_pool_add(p, p->fresh[g], NULL);
	while (asks->open && !is_full(p) && (bin = rt_pool_choose(p))) {
		rt_bins_add(p, &p->next, bin);
		if (--room[bin->group] > 0)
			rt_pool_add(p, p->fresh[bin->group], NULL);
	}
}

/* Ray gives the whole round up there. */
static void note_clash(struct rt_pack *p)
{
	const struct rt_bin *bin = p->trial.clash;

	if (bin && bin->node != RT_NO_NODE)
		rt_plan_note(p->plan, bin->group, bin->node, 1,
			     p->trial.clash_why);
}

void rt_fit(struct rt_pack *p, struct rt_asks *asks, enum rt_source source)
{
	p->next.len = 0;
	rt_asks_sort(p, asks);
	rt_asks_index(p, asks);
	p->trial.clash = NULL;
	rt_pool_open(p, asks, source);
	fit_existing(p, asks);
	rt_pool_open(p, asks, source);
	fit_resized(p, asks);
	rt_pool_open(p, asks, source);
	fit_new(p, asks);
	note_clash(p);
}

void rt_fit_keep(struct rt_pack *p)
{
	struct rt_bins old = p->bins;

	p->bins = p->next;
	p->next = old;
}
