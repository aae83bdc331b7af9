/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_floor.c - minima and maxima, before any demand is looked at.  Nodes that
 * are ended stay in the list: later demand is placed on them too, as Ray does,
 * and they count against the maxima until they are gone.
 */
#include "core/sched/pack_bin.h"
#include "core/sched/pack_sort.h"
#include "core/sched/pack_stages.h"

void rt_floor_min(struct rt_pack *p)
{
	const struct rt_snapshot *s = p->snapshot;
	int64_t *have = RT_ARENA_ARRAY(p->arena, int64_t, s->groups_len);

	for (uint32_t i = 0; i < p->bins.len; i++)
		have[p->bins.at[i]->group]++;
	p->next.len = 0;
	for (uint32_t g = 0; g < s->groups_len; g++) {
		int64_t min = s->groups[g].min_nodes;
		if (have[g] >= min)
			continue;
		struct rt_why why =
			RT_WHY(MIN_NODES, .n = have[g], .limit = min);
		struct rt_bin *bin = rt_bin_fresh(p, g, why);
		for (int64_t n = have[g]; n < min; n++) {
			rt_bins_add(p, &p->next, bin);
			if (p->plan->mended)
				bin = rt_bin_fresh(p, g, why);
		}
	}
	for (uint32_t i = 0; i < p->bins.len; i++)
		rt_bins_add(p, &p->next, p->bins.at[i]);

	struct rt_bins old = p->bins;
	p->bins = p->next;
	p->next = old;
}

/* Puts `bins` into the order of termination with the head last and ends the
 * first `excess`; returns how many that were. */
static uint32_t end_first(struct rt_pack *p, struct rt_bin **bins, uint32_t len,
			  int64_t excess, enum rt_cause cause,
			  struct rt_why why)
{
	uint32_t head = 0;

	rt_bins_sort_for_termination(p, bins, len);
	while (head < len && !bins[head]->is_head)
		head++;
	uint32_t can_end = len - (head < len);
	if (head < len) {
		struct rt_bin *bin = bins[head];
		for (uint32_t i = head; i + 1 < len; i++)
			bins[i] = bins[i + 1];
		bins[len - 1] = bin;
	}
	if (excess > can_end)
		excess = can_end;
	for (uint32_t i = 0; i < excess; i++) {
		bins[i]->fate = RT_FATE_TERMINATE;
		bins[i]->cause = cause;
		bins[i]->why = why;
	}
	return (uint32_t)excess;
}

/* The list by groups, these in order of first appearance.  `first` is where
 * each of them begins, `groups` says which it is; both have one more entry. */
static uint32_t regroup(struct rt_pack *p, struct rt_bin **out,
			uint32_t *groups, uint32_t *first)
{
	uint32_t all = p->snapshot->groups_len, n = 0;
	uint32_t *count = RT_ARENA_ARRAY(p->arena, uint32_t, all);
	uint32_t *at = RT_ARENA_ARRAY(p->arena, uint32_t, all);

	for (uint32_t i = 0; i < p->bins.len; i++)
		if (count[p->bins.at[i]->group]++ == 0)
			groups[n++] = p->bins.at[i]->group;
	for (uint32_t i = 0; i < n; i++) {
		at[groups[i]] = first[i];
		first[i + 1] = first[i] + count[groups[i]];
	}
	for (uint32_t i = 0; i < p->bins.len; i++)
		out[at[p->bins.at[i]->group]++] = p->bins.at[i];
	return n;
}

void rt_floor_max_group(struct rt_pack *p)
{
	uint32_t all = p->snapshot->groups_len;
	struct rt_bin **bins =
		RT_ARENA_ARRAY(p->arena, struct rt_bin *, p->bins.len);
	uint32_t *groups = RT_ARENA_ARRAY(p->arena, uint32_t, all + 1);
	uint32_t *first = RT_ARENA_ARRAY(p->arena, uint32_t, all + 1);
	uint32_t *ended = RT_ARENA_ARRAY(p->arena, uint32_t, all + 1);
	uint32_t n = regroup(p, bins, groups, first);

	for (uint32_t i = 0; i < n; i++) {
		const struct rt_group *g = &p->snapshot->groups[groups[i]];
		uint32_t len = first[i + 1] - first[i];
		int64_t max = g->max_nodes + g->is_head;
		if (len > max)
			ended[i] = end_first(
				p, bins + first[i], len, len - max,
				RT_CAUSE_MAX_NUM_NODE_PER_TYPE,
				RT_WHY(MAX_GROUP, .n = len, .limit = max));
	}
	p->bins.len = 0;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = first[i]; k < first[i] + ended[i]; k++)
			rt_bins_add(p, &p->bins, bins[k]);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = first[i] + ended[i]; k < first[i + 1]; k++)
			rt_bins_add(p, &p->bins, bins[k]);
}

void rt_floor_max_cluster(struct rt_pack *p)
{
	int64_t max = p->snapshot->max_workers;
	uint32_t len = p->bins.len, rest_len = 0;
	struct rt_bin **rest = RT_ARENA_ARRAY(p->arena, struct rt_bin *, len);

	for (uint32_t i = 0; i < len; i++)
		if (p->bins.at[i]->fate != RT_FATE_TERMINATE)
			rest[rest_len++] = p->bins.at[i];
	if (max == RT_NONE || rest_len <= max + 1)
		return;

	uint32_t kept = 0;
	for (uint32_t i = 0; i < len; i++)
		if (p->bins.at[i]->fate == RT_FATE_TERMINATE)
			p->bins.at[kept++] = p->bins.at[i];
	end_first(p, rest, rest_len, rest_len - (max + 1),
		  RT_CAUSE_MAX_NUM_NODES,
		  RT_WHY(MAX_CLUSTER, .n = rest_len, .limit = max + 1));
	for (uint32_t i = 0; i < rest_len; i++)
		p->bins.at[kept++] = rest[i];
}
