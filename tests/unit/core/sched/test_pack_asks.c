/* SPDX-License-Identifier: Apache-2.0 */
/* test_pack_asks.c - the index of asks passes over those that cannot fit and
 * over no other, whatever is taken in between. */
#include "core/sched/pack_asks.h"
#include "core/sched/pack_sort.h"
#include "core/sched/pack_trial.h"
#include "tests/unit/core/sched/fixture.h"

#define NAMES 6 /* more than the index knows */

static uint32_t draw(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % below;
}

static struct rt_res draw_res(struct fixture *f, uint64_t *seed)
{
	struct rt_amount *at =
		RT_ARENA_ARRAY(f->arena, struct rt_amount, NAMES);
	uint32_t len = 0;

	for (uint32_t name = 0; name < NAMES; name++)
		if (draw(seed, 2))
			at[len++] = (struct rt_amount){ name, draw(seed, 5) };
	return (struct rt_res){ len, at };
}

/* As many asks as may be, each for one or two. */
static struct rt_asks draw_asks(struct fixture *f, struct rt_pack *p,
				uint64_t *seed, uint32_t len)
{
	struct rt_asks asks = { 0 };

	for (uint32_t i = 0; i < len; i++) {
		struct rt_request *request =
			RT_ARENA_NEW(f->arena, struct rt_request);
		request->res = draw_res(f, seed);
		rt_asks_add(p, &asks, request, 1 + draw(seed, 2),
			    (struct rt_entry){ RT_ENTRY_TASK, i });
	}
	rt_asks_index(p, &asks);
	return asks;
}

static bool fits(const struct rt_pack *p, const struct rt_ask *ask,
		 struct rt_res available)
{
	return ask->left && rt_room_for(p, available, ask->request->res, 1);
}

/* Walks through all that may fit and takes one of some. */
static void walk(struct rt_pack *p, struct rt_asks *asks,
		 struct rt_res available, uint64_t *seed)
{
	struct rt_offer offer = rt_asks_offer(p, asks, available);
	uint32_t from = 0;

	while (from < asks->len) {
		uint32_t next = rt_asks_next(asks, from, &offer);
		for (uint32_t i = from; i < next; i++)
			assert_false(fits(p, &asks->at[i], available));
		if (next == asks->len)
			return;
		assert_true(asks->at[next].left > 0);
		if (draw(seed, 3) == 0)
			rt_asks_take(asks, next, 1);
		from = next + 1;
	}
}

static void test_only_what_cannot_fit_is_passed_over(void **state)
{
	struct fixture f;
	uint64_t seed = 1;
	(void)state;

	fixture_open(&f, "'config':{'node_types':[{'name':'a','resources':"
			 "{'b':1,'c':1,'d':1,'e':1,'f':1,'g':1,'h':1}}]}");
	struct rt_pack p = fixture_pack(&f);
	assert_true(f.snapshot->names.len >= NAMES);
	p.implicit[2] = true;
	for (uint32_t len = 0; len <= 70; len++) {
		struct rt_asks asks = draw_asks(&f, &p, &seed, len);
		for (int n = 0; n < 20; n++)
			walk(&p, &asks, draw_res(&f, &seed), &seed);
		uint32_t open = 0;
		for (uint32_t i = 0; i < len; i++)
			open += asks.at[i].left > 0;
		assert_int_equal(asks.open, open);
	}
	fixture_close(&f);
}

static void test_what_is_too_large_is_never_looked_at(void **state)
{
	struct fixture f;
	const struct rt_amount small[] = { { 0, 1 } }, large[] = { { 0, 9 } };
	const struct rt_request requests[] = { { .res = { 1, large } },
					       { .res = { 1, small } } };
	struct rt_asks asks = { 0 };
	(void)state;

	fixture_open(&f, "'config':{'node_types':[{'name':'a'}]}");
	struct rt_pack p = fixture_pack(&f);
	for (uint32_t i = 0; i < 9; i++)
		rt_asks_add(&p, &asks, &requests[i == 7], 1,
			    (struct rt_entry){ RT_ENTRY_TASK, i });
	rt_asks_index(&p, &asks);
	const struct rt_offer offer = { { 5 } };
	assert_int_equal(rt_asks_next(&asks, 0, &offer), 7);
	assert_int_equal(rt_asks_next(&asks, 8, &offer), 9);
	rt_asks_take(&asks, 7, 1);
	assert_int_equal(rt_asks_next(&asks, 0, &offer), 9);
	assert_int_equal(asks.open, 8);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_cannot_fit_is_passed_over),
		cmocka_unit_test(test_what_is_too_large_is_never_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
