/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_sort.c - a bottom-up merge sort, and what is sorted by it.
 */
#include "core/sched/pack_sort.h"

#include <string.h>

#include "core/model/same.h"
#include "core/sched/pack_score.h"

struct sorting {
	size_t size; /* of an element */
	rt_order_fn *order;
	const void *context;
};

static void merge(const struct sorting *s, const char *from, size_t middle,
		  size_t len, char *to)
{
	size_t a = 0, b = middle;

	for (size_t i = 0; i < len; i++) {
		bool first =
			b == len || (a < middle && s->order(from + a * s->size,
							    from + b * s->size,
							    s->context) <= 0);
		memcpy(to + i * s->size, from + (first ? a++ : b++) * s->size,
		       s->size);
	}
}

void rt_sort(void *base, size_t len, size_t size, rt_order_fn *order,
	     const void *context, struct rt_arena *scratch)
{
	const struct sorting s = { size, order, context };
	char *from = base, *to = rt_arena_alloc(scratch, len * size);

	for (size_t run = 1; run < len; run *= 2) {
		for (size_t i = 0; i < len; i += 2 * run) {
			size_t rest = len - i;
			merge(&s, from + i * size, run < rest ? run : rest,
			      2 * run < rest ? 2 * run : rest, to + i * size);
		}
		char *swap = from;
		from = to;
		to = swap;
	}
	if (from != base)
		memcpy(base, from, len * size);
}

static bool same_ask(const struct rt_ask *a, const struct rt_ask *b)
{
	return rt_entry_same(a->entry, b->entry) &&
	       rt_same_res(a->request->res, b->request->res) &&
	       rt_same_terms(a->request, b->request);
}

void rt_asks_add(struct rt_pack *p, struct rt_asks *asks,
		 const struct rt_request *request, int64_t count,
		 struct rt_entry entry)
{
	const struct rt_ask ask = { request, count, entry };

	if (count == 0)
		return;
	/* Most bundles of a gang are equal: no need to sort each. */
	if (asks->len > 0 && same_ask(&asks->at[asks->len - 1], &ask)) {
		asks->at[asks->len - 1].left += count;
		return;
	}
	RT_ARENA_GROW(p->draft, asks->at, asks->len, asks->cap);
	asks->at[asks->len++] = ask;
	asks->open++;
}

static int cmp(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* In two halves: all amounts together may be more than an int64 holds. */
static int cmp_sums(struct rt_res a, struct rt_res b)
{
	const int64_t half = (int64_t)1 << 32;
	int64_t high = 0, low = 0; /* of the difference */

	for (uint32_t i = 0; i < a.len; i++) {
		high += a.at[i].units / half;
		low += a.at[i].units % half;
	}
	for (uint32_t i = 0; i < b.len; i++) {
		high -= b.at[i].units / half;
		low -= b.at[i].units % half;
	}
	high += low / half;
	return high ? cmp(high, 0) : cmp(low % half, 0);
}

static int cmp_res(struct rt_res a, struct rt_res b, const uint32_t *rank)
{
	for (uint32_t i = 0; i < a.len; i++) {
		int c = cmp(rank[a.at[i].name], rank[b.at[i].name]);
		if (!c)
			c = cmp(a.at[i].units, b.at[i].units);
		if (c)
			return c;
	}
	return 0;
}

static uint32_t rules_of(const struct rt_request *request)
{
	return request->selectors_len ? request->selectors[0].len : 0;
}

static int larger_first(const void *x, const void *y, const void *names)
{
	const struct rt_request *a = ((const struct rt_ask *)x)->request;
	const struct rt_request *b = ((const struct rt_ask *)y)->request;
	int c = cmp(b->placements_len, a->placements_len);

	if (!c)
		c = cmp(rules_of(b), rules_of(a));
	if (!c)
		c = cmp(b->res.len, a->res.len);
	if (!c)
		c = cmp_sums(b->res, a->res);
	if (!c)
		c = cmp_res(b->res, a->res,
			    ((const struct rt_name_table *)names)->rank);
	return c;
}

void rt_asks_sort(struct rt_pack *p, struct rt_asks *asks)
{
	const struct rt_name_table *names = &p->snapshot->names;
	uint32_t len = 0;

	rt_sort(asks->at, asks->len, sizeof *asks->at, larger_first, names,
		p->draft);
	for (uint32_t i = 0; i < asks->len; i++) {
		const struct rt_ask *ask = &asks->at[i];
		struct rt_ask *last = len ? &asks->at[len - 1] : NULL;
		if (last && same_ask(last, ask))
			last->left += ask->left;
		else
			asks->at[len++] = *ask;
	}
	asks->len = asks->open = len;
}

static int goes_first(const void *x, const void *y, const void *unused)
{
	const struct rt_bin *a = *(struct rt_bin *const *)x;
	const struct rt_bin *b = *(struct rt_bin *const *)y;

	(void)unused;
	if (a->has_ray != b->has_ray)
		return a->has_ray ? 1 : -1;
	if (a->idle_ms != b->idle_ms)
		return cmp(b->idle_ms, a->idle_ms);
	return (a->used > b->used) - (a->used < b->used);
}

void rt_bins_sort_for_termination(struct rt_pack *p, struct rt_bin **at,
				  uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		at[i]->used = rt_bin_used(at[i]);
	rt_sort(at, len, sizeof *at, goes_first, NULL, p->arena);
}
