/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_twin.c - a bin is written down as a row of words, all that counts of it
 * and nothing else; equal rows have one number.  Rows are kept in a hash table
 * with open addressing, and written only when they are asked for.  The row of a
 * bin that was given up may be met again by one that holds something else at
 * the same address; no bin that is still there has its number.
 */
#include "core/sched/pack_twin.h"

#include <string.h>

#include "core/model/res.h"

#define SOME_NAME UINT32_MAX
#define BEHIND_RESOURCES UINT64_MAX

struct rt_twin {
	uint64_t hash;
	uint32_t number; /* 0: a free slot */
	uint32_t len;
	const uint64_t *words;
};

static void mention_res(struct rt_pack *p, struct rt_res res)
{
	for (uint32_t i = 0; i < res.len; i++)
		p->twins.mentioned[res.at[i].name] = true;
}

static void mention(struct rt_pack *p, const struct rt_request *requests,
		    uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		const struct rt_request *r = &requests[i];
		mention_res(p, r->res);
		for (uint32_t k = 0; k < r->placements_len; k++)
			p->twins.mentioned[r->placements[k].label] = true;
		for (uint32_t s = 0; s < r->selectors_len; s++)
			for (uint32_t k = 0; k < r->selectors[s].len; k++)
				p->twins.mentioned
					[r->selectors[s].rules[k].key] = true;
	}
}

void rt_twins_open(struct rt_pack *p)
{
	const struct rt_demand *d = &p->snapshot->demand;

	p->twins.mentioned =
		RT_ARENA_ARRAY(p->arena, bool, p->snapshot->names.len);
	if (p->gpu != UINT32_MAX) /* what conserve_gpu looks for */
		p->twins.mentioned[p->gpu] = true;
	mention(p, d->tasks, d->tasks_len);
	mention(p, d->spares, d->spares_len);
	for (uint32_t i = 0; i < d->gangs_len; i++)
		mention(p, d->gangs[i].bundles, d->gangs[i].len);
	for (uint32_t i = 0; i < d->constraints_len; i++)
		mention(p, d->constraints[i].requests, d->constraints[i].len);
}

/* Room for the whole of a bin. */
static void begin_row(struct rt_pack *p, const struct rt_bin *bin,
		      enum rt_source source)
{
	struct rt_twins *t = &p->twins;
	uint32_t most = 5 + 3 * bin->total.len +
			2 * bin->available[source].len + bin->labels.len;

	t->row_len = 0;
	if (t->row_cap >= most)
		return;
	t->row_cap = 2 * most;
	t->row = RT_ARENA_ARRAY(p->arena, uint64_t, t->row_cap);
}

static void put(struct rt_pack *p, uint64_t word)
{
	p->twins.row[p->twins.row_len++] = word;
}

/* Scores sum up over the totals in their order, so that one without a name that
 * counts still has its place. */
static void put_resources(struct rt_pack *p, const struct rt_bin *bin,
			  enum rt_source source, bool all_names)
{
	struct rt_res total = bin->total, available = bin->available[source];

	for (uint32_t i = 0; i < total.len; i++) {
		uint32_t name = total.at[i].name;
		bool counts = all_names || p->twins.mentioned[name];
		bool has = rt_res_has(available, name);
		put(p, (uint64_t)(counts ? name : SOME_NAME) << 1 | has);
		put(p, (uint64_t)total.at[i].units);
		put(p, (uint64_t)rt_res_get(available, name));
	}
	put(p, BEHIND_RESOURCES);
	for (uint32_t i = 0; i < available.len; i++) {
		uint32_t name = available.at[i].name;
		if (rt_res_has(total, name) ||
		    (!all_names && !p->twins.mentioned[name]))
			continue;
		put(p, name);
		put(p, (uint64_t)available.at[i].units);
	}
	put(p, BEHIND_RESOURCES);
}

static void write_row(struct rt_pack *p, const struct rt_bin *bin,
		      enum rt_source source)
{
	bool runs = bin->status == RT_NODE_RAY_RUNNING;

	begin_row(p, bin, source);
	put(p, bin->group);
	put(p, runs);
	put(p, runs ? (uintptr_t)bin->held[source] : bin->is_head);
	put_resources(p, bin, source, !runs);
	for (uint32_t i = 0; i < bin->labels.len; i++) {
		const struct rt_label *label = &bin->labels.at[i];
		if (!runs || p->twins.mentioned[label->key])
			put(p, (uint64_t)label->key << 32 | label->value);
	}
}

static uint64_t hash_of(const struct rt_twins *t)
{
	uint64_t hash = t->row_len;

	for (uint32_t i = 0; i < t->row_len; i++) {
		hash = (hash ^ t->row[i]) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return hash;
}

/* The slot that has the row, or the free one where it belongs. */
static struct rt_twin *slot_of(const struct rt_twins *t, uint64_t hash,
			       const uint64_t *row, uint32_t len)
{
	uint32_t i = (uint32_t)hash & (t->cap - 1);

	for (;; i = (i + 1) & (t->cap - 1)) {
		struct rt_twin *twin = &t->at[i];
		if (!twin->number ||
		    (twin->hash == hash && twin->len == len &&
		     memcmp(twin->words, row, len * sizeof *row) == 0))
			return twin;
	}
}

static void grow(struct rt_pack *p)
{
	struct rt_twins *t = &p->twins;
	struct rt_twins old = *t;

	t->cap = old.cap ? old.cap * 2 : 64;
	t->at = RT_ARENA_ARRAY(p->arena, struct rt_twin, t->cap);
	for (uint32_t i = 0; i < old.cap; i++) {
		const struct rt_twin *twin = &old.at[i];
		if (twin->number)
			*slot_of(t, twin->hash, twin->words, twin->len) = *twin;
	}
}

uint32_t rt_twin_of(struct rt_pack *p, struct rt_bin *bin,
		    enum rt_source source)
{
	struct rt_twins *t = &p->twins;

	if (bin->twin[source])
		return bin->twin[source];
	if (t->len * 2 >= t->cap)
		grow(p);
	write_row(p, bin, source);
	uint64_t hash = hash_of(t);
	struct rt_twin *slot = slot_of(t, hash, t->row, t->row_len);
	if (!slot->number)
		*slot = (struct rt_twin){
			.hash = hash,
			.number = ++t->len,
			.len = t->row_len,
			.words = rt_arena_dup(p->arena, t->row,
					      t->row_len * sizeof *t->row),
		};
	return bin->twin[source] = slot->number;
}

void rt_twin_forget(struct rt_bin *bin)
{
	for (enum rt_source s = 0; s < RT_SOURCES; s++)
		bin->twin[s] = 0;
}
