/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_supply.c - sums that stay at INT64_MAX when they get there, on both
 * sides, so that what is too large to be summed is tried.
 */
#include "core/sched/pack_supply.h"

#include <string.h>

static void add(int64_t *sum, int64_t units, int64_t count)
{
	int64_t product;

	if (__builtin_mul_overflow(units, count, &product) ||
	    __builtin_add_overflow(*sum, product, sum))
		*sum = INT64_MAX;
}

static void add_bin(struct rt_supply *supply, const struct rt_bin *bin,
		    int64_t count)
{
	struct rt_res res = bin->available[RT_SOURCE_DEMAND];

	supply->unknown |= bin->resize != NULL;
	for (uint32_t i = 0; i < res.len; i++)
		if (res.at[i].units > 0)
			add(&supply->units[res.at[i].name], res.at[i].units,
			    count);
	for (uint32_t i = 0; i < bin->labels.len; i++)
		supply->label[bin->labels.at[i].key] = true;
}

/* As many new nodes of each group as its own maximum allows. */
static void add_new(struct rt_pack *p, struct rt_supply *supply)
{
	const struct rt_snapshot *s = p->snapshot;
	int64_t *room = RT_ARENA_ARRAY(p->arena, int64_t, s->groups_len);

	if (s->max_workers != RT_NONE && p->bins.len >= s->max_workers + 1)
		return;
	for (uint32_t g = 0; g < s->groups_len; g++)
		room[g] = s->groups[g].max_nodes + s->groups[g].is_head;
	for (uint32_t i = 0; i < p->bins.len; i++)
		room[p->bins.at[i]->group]--;
	for (uint32_t g = 0; g < s->groups_len; g++)
		if (room[g] > 0)
			add_bin(supply, p->fresh[g], room[g]);
}

void rt_supply_count(struct rt_pack *p, struct rt_supply *supply)
{
	uint32_t names = p->snapshot->names.len;

	if (!supply->units) {
		supply->units = RT_ARENA_ARRAY(p->arena, int64_t, names);
		supply->label = RT_ARENA_ARRAY(p->arena, bool, names);
		supply->asked = RT_ARENA_ARRAY(p->arena, int64_t, names);
	}
	memset(supply->units, 0, names * sizeof *supply->units);
	for (uint32_t i = 0; i < p->bins.len; i++)
		add_bin(supply, p->bins.at[i], 1);
	add_new(p, supply);
}

/* Bundles that must lie apart from what has their label: a node of another
 * value is told. */
static bool may_clash(const struct rt_supply *supply,
		      const struct rt_request *bundle)
{
	for (uint32_t i = 0; i < bundle->placements_len; i++)
		if (supply->label[bundle->placements[i].label])
			return true;
	return false;
}

bool rt_supply_lacks(const struct rt_pack *p, const struct rt_supply *supply,
		     const struct rt_gang *gang)
{
	bool lacks = false;

	for (uint32_t b = 0; b < gang->len; b++)
		if (supply->unknown || may_clash(supply, &gang->bundles[b]))
			return false;
	for (uint32_t b = 0; b < gang->len; b++) {
		struct rt_res res = gang->bundles[b].res;
		for (uint32_t i = 0; i < res.len; i++) {
			uint32_t name = res.at[i].name;
			add(&supply->asked[name], res.at[i].units,
			    gang->bundles[b].count);
			lacks |= !p->implicit[name] &&
				 supply->asked[name] > supply->units[name];
		}
	}
	for (uint32_t b = 0; b < gang->len; b++)
		for (uint32_t i = 0; i < gang->bundles[b].res.len; i++)
			supply->asked[gang->bundles[b].res.at[i].name] = 0;
	return lacks;
}
