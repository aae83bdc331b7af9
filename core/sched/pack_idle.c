/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_idle.c - nodes that nobody needs.  Running ones come with the time that
 * they have been idle.  For pending ones it is counted by group, not by node,
 * since it is chance which of them a packing uses: the k-th time of a group is
 * since when at least k of its pending nodes have been unneeded.
 */
#include "core/sched/pack_bin.h"
#include "core/sched/pack_sort.h"
#include "core/sched/pack_stages.h"

#include "core/model/plan.h"

/* Of the states before Ray runs, those that can be left again; a node that was
 * asked for and not yet allocated (REQUESTED) cannot. */
static bool is_waiting(const struct rt_bin *bin)
{
	return bin->status == RT_NODE_QUEUED ||
	       bin->status == RT_NODE_ALLOCATED ||
	       bin->status == RT_NODE_RAY_INSTALLING;
}

static bool is_needed(const struct rt_bin *bin)
{
	return bin->held[RT_SOURCE_DEMAND] || bin->held[RT_SOURCE_CONSTRAINT];
}

static bool is_unneeded(const struct rt_bin *bin)
{
	return bin->fate == RT_FATE_KEEP && !bin->is_head && is_waiting(bin) &&
	       !is_needed(bin);
}

static bool is_idle(const struct rt_bin *bin)
{
	return bin->fate == RT_FATE_KEEP && !bin->is_head && bin->idle_ms > 0;
}

/* By group, then the least advanced first: it is the cheapest to end. */
static int by_progress(const void *x, const void *y, const void *unused)
{
	const struct rt_bin *a = *(struct rt_bin *const *)x;
	const struct rt_bin *b = *(struct rt_bin *const *)y;

	(void)unused;
	if (a->group != b->group)
		return a->group > b->group ? 1 : -1;
	return (a->status > b->status) - (a->status < b->status);
}

/* Gives the `n` unneeded nodes of a group their times: the oldest known ones,
 * and from now on for those beyond. */
static void set_ages(struct rt_pack *p, struct rt_bin **bins, uint32_t n)
{
	const struct rt_snapshot *s = p->snapshot;
	uint32_t group = bins[0]->group;
	struct rt_times before = { 0 };
	int64_t *since = RT_ARENA_ARRAY(p->arena, int64_t, n);

	if (s->unneeded)
		before = s->unneeded[group];
	for (uint32_t i = 0; i < n; i++) {
		since[i] = i < before.len ? before.at[i] : s->now_ms;
		bins[i]->idle_ms = s->now_ms - since[i];
	}
	rt_plan_unneeded(p->plan, group, (struct rt_times){ n, since });
}

void rt_idle_pending(struct rt_pack *p)
{
	struct rt_bins unneeded = { 0 };

	if (p->snapshot->pending_idle_timeout_ms == RT_NONE)
		return;
	for (uint32_t i = 0; i < p->bins.len; i++)
		if (is_unneeded(p->bins.at[i]))
			rt_bins_add(p, &unneeded, p->bins.at[i]);
	rt_sort(unneeded.at, unneeded.len, sizeof *unneeded.at, by_progress,
		NULL, p->arena);
	for (uint32_t i = 0, end; i < unneeded.len; i = end) {
		for (end = i + 1; end < unneeded.len; end++)
			if (unneeded.at[end]->group != unneeded.at[i]->group)
				break;
		set_ages(p, unneeded.at + i, end - i);
	}
}

static int64_t timeout_of(const struct rt_pack *p, const struct rt_bin *bin)
{
	const struct rt_snapshot *s = p->snapshot;
	int64_t own = s->groups[bin->group].idle_timeout_ms;

	if (is_waiting(bin))
		return s->pending_idle_timeout_ms;
	return own != RT_NONE ? own : s->idle_timeout_ms;
}

/* The node's time was the oldest of its group: those that stay must not inherit
 * it. */
static void forget_oldest(struct rt_pack *p, uint32_t group)
{
	struct rt_times times = p->plan->unneeded[group];

	rt_plan_unneeded(p->plan, group,
			 (struct rt_times){ times.len - 1, times.at + 1 });
}

static void terminate(struct rt_pack *p, struct rt_bin *bin, int64_t timeout)
{
	bin->fate = RT_FATE_TERMINATE;
	bin->cause = RT_CAUSE_IDLE;
	if (is_waiting(bin)) {
		bin->why =
			RT_WHY(UNNEEDED, .n = bin->idle_ms, .limit = timeout);
		forget_oldest(p, bin->group);
	} else {
		bin->why = RT_WHY(IDLE, .n = bin->idle_ms, .limit = timeout);
	}
}

static void tell_why_it_stays(struct rt_pack *p, const struct rt_bin *bin)
{
	const struct rt_group *group = &p->snapshot->groups[bin->group];
	int64_t timeout = timeout_of(p, bin);
	struct rt_why why = RT_WHY(STAYS_MIN, .n = bin->idle_ms);

	why.limit = group->min_nodes;
	if (timeout == RT_NONE) {
		why.code = RT_WHY_STAYS_ALWAYS;
	} else if (bin->idle_ms <= timeout) {
		why.code = RT_WHY_STAYS_YOUNG;
		why.limit = timeout;
	} else if (is_needed(bin)) {
		why.code = RT_WHY_STAYS_NEEDED;
		why.entry = rt_bin_first_held(bin)->entry;
	}
	rt_plan_stay(p->plan, bin->node, why);
}

/* Goes when its time comes. */
static bool is_spare(const struct rt_pack *p, const struct rt_bin *bin)
{
	return bin->fate == RT_FATE_KEEP && !bin->is_head &&
	       timeout_of(p, bin) != RT_NONE && !is_needed(bin);
}

/* Before the first of those left has been idle for too long there is nothing to
 * end; 0 idle is busy, but for nodes that wait. */
static void say_until(struct rt_pack *p, const int64_t *have)
{
	const struct rt_snapshot *s = p->snapshot;
	int64_t until_ms = INT64_MAX;

	for (uint32_t i = 0; i < p->bins.len; i++) {
		const struct rt_bin *bin = p->bins.at[i];
		if (!is_spare(p, bin) || (!bin->idle_ms && !is_waiting(bin)) ||
		    have[bin->group] <= s->groups[bin->group].min_nodes)
			continue;
		int64_t left_ms = timeout_of(p, bin) - bin->idle_ms;
		if (s->now_ms + left_ms < until_ms)
			until_ms = s->now_ms + left_ms;
	}
	rt_plan_until(p->plan, until_ms);
}

void rt_idle_terminate(struct rt_pack *p)
{
	const struct rt_snapshot *s = p->snapshot;
	int64_t *have = RT_ARENA_ARRAY(p->arena, int64_t, s->groups_len);
	struct rt_bins turn = { 0 };

	for (uint32_t i = 0; i < p->bins.len; i++) {
		struct rt_bin *bin = p->bins.at[i];
		if (bin->fate != RT_FATE_TERMINATE)
			have[bin->group]++;
		if (is_spare(p, bin) && bin->idle_ms > timeout_of(p, bin))
			rt_bins_add(p, &turn, bin);
	}
	rt_bins_sort_for_termination(p, turn.at, turn.len);
	for (uint32_t i = 0; i < turn.len; i++) {
		struct rt_bin *bin = turn.at[i];
		if (have[bin->group] <= s->groups[bin->group].min_nodes)
			continue;
		have[bin->group]--;
		terminate(p, bin, timeout_of(p, bin));
	}
	say_until(p, have);
	for (uint32_t i = 0; p->plan->explain && i < p->bins.len; i++)
		if (is_idle(p->bins.at[i]))
			tell_why_it_stays(p, p->bins.at[i]);
}
