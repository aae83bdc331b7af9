/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_gang.c - placement groups.  The bundles of one that must be together
 * (affinity) become one request, the others are packed as they are; a group of
 * which anything is left is given up whole.
 */
#include "core/sched/pack_gang.h"

#include "core/model/plan.h"
#include "core/sched/pack_fit.h"
#include "core/sched/pack_sort.h"
#include "core/sched/pack_stages.h"
#include "core/sched/pack_supply.h"

struct turn {
	uint32_t gang;
	int64_t placements;
	int64_t bundles;
};

static int demanding_first(const void *x, const void *y, const void *unused)
{
	const struct turn *a = x, *b = y;

	(void)unused;
	if (a->placements != b->placements)
		return a->placements > b->placements ? -1 : 1;
	return (b->bundles > a->bundles) - (b->bundles < a->bundles);
}

static struct turn *turns(struct rt_pack *p)
{
	const struct rt_demand *demand = &p->snapshot->demand;
	struct turn *turns =
		RT_ARENA_ARRAY(p->arena, struct turn, demand->gangs_len);

	for (uint32_t i = 0; i < demand->gangs_len; i++) {
		const struct rt_gang *gang = &demand->gangs[i];
		turns[i] = (struct turn){ i, 0, rt_gang_size(gang) };
		for (uint32_t b = 0; b < gang->len; b++)
			turns[i].placements += gang->bundles[b].count *
					       gang->bundles[b].placements_len;
	}
	rt_sort(turns, demand->gangs_len, sizeof *turns, demanding_first, NULL,
		p->arena);
	return turns;
}

static uint32_t times_in(const struct rt_label_rule *rule, uint32_t value)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rule->len; i++)
		n += rule->values[i] == value;
	return n;
}

/* The same but for the order of the values. */
static bool same_rule(const struct rt_label_rule *a,
		      const struct rt_label_rule *b)
{
	if (a->key != b->key || a->op != b->op || a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++)
		if (times_in(a, a->values[i]) != times_in(b, a->values[i]))
			return false;
	return true;
}

static bool belong_together(const struct rt_request *a,
			    const struct rt_request *b)
{
	if (a->placements[0].label != b->placements[0].label ||
	    a->placements[0].value != b->placements[0].value ||
	    a->selectors_len != b->selectors_len)
		return false;
	for (uint32_t i = 0; i < a->selectors_len; i++) {
		if (a->selectors[i].len != b->selectors[i].len)
			return false;
		for (uint32_t r = 0; r < a->selectors[i].len; r++)
			if (!same_rule(&a->selectors[i].rules[r],
				       &b->selectors[i].rules[r]))
				return false;
	}
	return true;
}

/* Beyond all bounds stays there: it fits nowhere. */
static int64_t add_units(int64_t a, int64_t b)
{
	return __builtin_add_overflow(a, b, &a) ? INT64_MAX : a;
}

static struct rt_res add_res(const uint32_t *rank, struct rt_arena *arena,
			     struct rt_res a, struct rt_res b)
{
	struct rt_amount *sum =
		RT_ARENA_ARRAY(arena, struct rt_amount, a.len + b.len);
	uint32_t len = 0, i = 0, k = 0;

	while (i < a.len || k < b.len) {
		if (k == b.len ||
		    (i < a.len && rank[a.at[i].name] < rank[b.at[k].name])) {
			sum[len++] = a.at[i++];
		} else if (i == a.len ||
			   rank[b.at[k].name] < rank[a.at[i].name]) {
			sum[len++] = b.at[k++];
		} else {
			sum[len] = a.at[i++];
			sum[len].units =
				add_units(sum[len].units, b.at[k++].units);
			len++;
		}
	}
	return (struct rt_res){ len, sum };
}

bool rt_gang_is_sane(const struct rt_gang *gang)
{
	for (uint32_t b = 0; b < gang->len; b++)
		if (gang->bundles[b].placements_len > 1)
			return false;
	return true;
}

static bool is_affine(const struct rt_request *bundle)
{
	return bundle->placements_len &&
	       bundle->placements[0].kind == RT_AFFINITY;
}

static struct rt_res times_res(struct rt_arena *arena, struct rt_res res,
			       int64_t count)
{
	struct rt_amount *at =
		rt_arena_dup(arena, res.at, res.len * sizeof *at);

	for (uint32_t i = 0; i < res.len; i++)
		if (__builtin_mul_overflow(at[i].units, count, &at[i].units))
			at[i].units = INT64_MAX;
	return (struct rt_res){ res.len, at };
}

/* Into the first of the requests that it must be together with, or behind them
 * all. */
static void merge_in(const uint32_t *rank, struct rt_arena *arena,
		     struct rt_request *merged, uint32_t *len,
		     const struct rt_request *bundle)
{
	struct rt_request whole = *bundle;

	whole.count = 1;
	whole.res = times_res(arena, bundle->res, bundle->count);
	for (uint32_t i = 0; i < *len; i++) {
		if (!belong_together(&merged[i], bundle))
			continue;
		merged[i].res = add_res(rank, arena, merged[i].res, whole.res);
		return;
	}
	merged[(*len)++] = whole;
}

const struct rt_request **rt_gang_requests(const struct rt_snapshot *snapshot,
					   const struct rt_gang *gang,
					   struct rt_arena *arena,
					   uint32_t *len)
{
	const struct rt_request **out =
		RT_ARENA_ARRAY(arena, const struct rt_request *, gang->len);
	struct rt_request *merged =
		RT_ARENA_ARRAY(arena, struct rt_request, gang->len);
	uint32_t merged_len = 0;

	*len = 0;
	for (uint32_t b = 0; b < gang->len; b++) {
		const struct rt_request *bundle = &gang->bundles[b];
		if (is_affine(bundle))
			merge_in(snapshot->names.rank, arena, merged,
				 &merged_len, bundle);
		else
			out[(*len)++] = bundle;
	}
	for (uint32_t i = 0; i < merged_len; i++)
		out[(*len)++] = &merged[i];
	return out;
}

static bool pack_gang(struct rt_pack *p, uint32_t index)
{
	const struct rt_entry entry = { RT_ENTRY_GANG, index };
	struct rt_arena_mark mark = rt_arena_mark(p->draft);
	struct rt_asks asks = { 0 };
	uint32_t len;
	const struct rt_request **requests = rt_gang_requests(
		p->snapshot, &p->snapshot->demand.gangs[index], p->draft, &len);

	for (uint32_t i = 0; i < len; i++)
		rt_asks_add(p, &asks, requests[i], requests[i]->count, entry);
	rt_fit(p, &asks, RT_SOURCE_DEMAND);
	if (asks.open) {
		rt_arena_rewind(p->draft, mark);
		return false;
	}
	rt_fit_keep(p);
	return true;
}

/* A supply that was counted holds until a gang is placed. */
static bool place(struct rt_pack *p, uint32_t index, struct rt_supply *supply,
		  bool *counted)
{
	const struct rt_gang *gang = &p->snapshot->demand.gangs[index];

	if (*counted && rt_supply_lacks(p, supply, gang))
		return false;
	if (pack_gang(p, index)) {
		*counted = false;
		return true;
	}
	if (!*counted)
		rt_supply_count(p, supply);
	*counted = true;
	return false;
}

void rt_pack_gangs(struct rt_pack *p)
{
	const struct rt_demand *demand = &p->snapshot->demand;
	const struct turn *turn = turns(p);
	struct rt_supply supply = { 0 };
	bool counted = false;

	for (uint32_t i = 0; i < demand->gangs_len; i++) {
		uint32_t g = turn[i].gang;
		if (!rt_gang_is_sane(&demand->gangs[g]))
			rt_plan_infeasible_gang(p->plan, g, RT_WHY(BAD_INPUT));
		else if (!place(p, g, &supply, &counted))
			rt_plan_infeasible_gang(p->plan, g,
						RT_WHY(NO_ROOM_FOR_ALL));
	}
}
