/* SPDX-License-Identifier: Apache-2.0 */
/* test_pack_takes.c - lists of who took and lists of the asks agree, whatever
 * is added and dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/sched/pack_takes.h"

#define ASKS 7
#define TAKERS 9
#define STEPS 5000

struct world {
	struct rt_arena *arena;
	struct rt_takes takes;
	uint32_t list[TAKERS];
	int64_t count[TAKERS][ASKS];
};

static void check(const struct world *w)
{
	for (uint32_t ask = 0; ask < ASKS; ask++) {
		const struct rt_taken *taken = &w->takes.asks[ask];
		int64_t left[TAKERS];
		for (uint32_t who = 0; who < TAKERS; who++) {
			left[who] = w->count[who][ask];
			assert_true(left[who] <= taken->most);
		}
		for (uint32_t i = taken->first; i != RT_NO_TAKE;
		     i = w->takes.at[i].after) {
			const struct rt_take *take = &w->takes.at[i];
			assert_int_equal(take->ask, ask);
			left[take->who] -= take->count;
		}
		for (uint32_t who = 0; who < TAKERS; who++)
			assert_int_equal(left[who], 0);
	}
}

static void test_both_lists_agree(void **state)
{
	struct world w = { .arena = rt_arena_new() };
	uint32_t random = 1;
	(void)state;

	rt_takes_open(&w.takes, w.arena, 2);
	rt_takes_open(&w.takes, w.arena, ASKS);
	for (uint32_t who = 0; who < TAKERS; who++)
		w.list[who] = RT_NO_TAKE;
	for (int step = 0; step < STEPS; step++) {
		random = random * 1664525 + 1013904223;
		uint32_t who = (random >> 8) % TAKERS;
		uint32_t ask = (random >> 16) % ASKS;
		if (random >> 28 == 0) {
			rt_takes_drop(&w.takes, &w.list[who]);
			for (uint32_t i = 0; i < ASKS; i++)
				w.count[who][i] = 0;
		} else if (!w.count[who][ask]) {
			w.count[who][ask] = 1 + (random >> 24) % 9;
			rt_takes_add(&w.takes, w.arena, &w.list[who], who, ask,
				     w.count[who][ask]);
		}
		check(&w);
	}
	/* What was dropped is used again. */
	assert_true(w.takes.len <= TAKERS * ASKS);
	rt_arena_free(&w.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_lists_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
