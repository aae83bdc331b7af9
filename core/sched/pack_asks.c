/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_asks.c - a tree over the asks in their order.  A leaf has what its ask
 * wants of a few names, those above the least of the two below: where that is
 * too much already, the whole run of asks is passed over.  A leaf with nothing
 * left wants more than there is.
 */
#include "core/sched/pack_asks.h"

#include "core/sched/pack_trial.h"

#define TOO_MUCH INT64_MAX

static uint32_t column_of(struct rt_asks *asks, uint32_t name)
{
	uint32_t c = 0;

	while (c < asks->columns_len && asks->columns[c] != name)
		c++;
	if (c == asks->columns_len && c < RT_OFFERED)
		asks->columns[asks->columns_len++] = name;
	return c;
}

static void set_leaf(struct rt_asks *asks, uint32_t i)
{
	struct rt_offer *leaf = &asks->tree[asks->leaves + i];
	struct rt_res want = asks->at[i].request->res;

	for (uint32_t k = 0; k < want.len; k++) {
		uint32_t c = column_of(asks, want.at[k].name);
		if (c < RT_OFFERED)
			leaf->units[c] = want.at[k].units;
	}
}

static void close_leaf(struct rt_asks *asks, uint32_t i)
{
	for (uint32_t c = 0; c < RT_OFFERED; c++)
		asks->tree[asks->leaves + i].units[c] = TOO_MUCH;
}

static void sum_up(struct rt_asks *asks, uint32_t i)
{
	const struct rt_offer *a = &asks->tree[2 * i];
	const struct rt_offer *b = &asks->tree[2 * i + 1];

	for (uint32_t c = 0; c < RT_OFFERED; c++)
		asks->tree[i].units[c] =
			a->units[c] < b->units[c] ? a->units[c] : b->units[c];
}

void rt_asks_index(struct rt_pack *p, struct rt_asks *asks)
{
	asks->leaves = 1;
	while (asks->leaves < asks->len)
		asks->leaves *= 2;
	asks->tree = RT_ARENA_ARRAY(p->draft, struct rt_offer,
				    (size_t)asks->leaves * 2);
	asks->columns_len = 0;
	for (uint32_t i = 0; i < asks->leaves; i++) {
		if (i < asks->len)
			set_leaf(asks, i);
		else
			close_leaf(asks, i);
	}
	for (uint32_t i = asks->leaves - 1; i > 0; i--)
		sum_up(asks, i);
}

struct rt_offer rt_asks_offer(const struct rt_pack *p,
			      const struct rt_asks *asks,
			      struct rt_res available)
{
	struct rt_offer offer = { 0 };

	for (uint32_t c = 0; c < asks->columns_len; c++)
		offer.units[c] = rt_available(p, available, asks->columns[c]);
	return offer;
}

static bool may_fit(const struct rt_offer *want, const struct rt_offer *have)
{
	for (uint32_t c = 0; c < RT_OFFERED; c++)
		if (want->units[c] > have->units[c])
			return false;
	return true;
}

/* Down where something may fit, else on to the next run; a run that begins a
 * larger one stands for it. */
uint32_t rt_asks_next(const struct rt_asks *asks, uint32_t from,
		      const struct rt_offer *have)
{
	uint32_t i = asks->leaves + from;

	if (from >= asks->len)
		return asks->len;
	for (;;) {
		while (i % 2 == 0)
			i /= 2;
		while (may_fit(&asks->tree[i], have)) {
			if (i >= asks->leaves)
				return i - asks->leaves;
			i *= 2;
		}
		i++;
		if ((i & (i - 1)) == 0) /* it was the last of its row */
			return asks->len;
	}
}

void rt_asks_take(struct rt_asks *asks, uint32_t i, int64_t count)
{
	asks->at[i].left -= count;
	if (asks->at[i].left)
		return;
	asks->open--;
	close_leaf(asks, i);
	for (i = (asks->leaves + i) / 2; i > 0; i /= 2)
		sum_up(asks, i);
}
