/* SPDX-License-Identifier: Apache-2.0 */
/* test_pack_heap.c - whatever is put in, changed and dropped: the best is on
 * top, and what is not there is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/sched/pack_heap.h"

#define NUMBERS 40
#define STEPS 20000

struct world {
	int worth[NUMBERS]; /* 0: not in the heap */
	uint32_t in;
};

static bool is_worth_more(const void *context, uint32_t a, uint32_t b)
{
	const int *worth = context;

	return worth[a] != worth[b] ? worth[a] > worth[b] : a < b;
}

static uint32_t best(const struct world *w)
{
	uint32_t found = 0;

	for (uint32_t i = 1; i < NUMBERS; i++)
		if (w->worth[i] > w->worth[found])
			found = i;
	return found;
}

static void check(const struct world *w, const struct rt_heap *heap)
{
	assert_int_equal(heap->len, w->in);
	if (w->in)
		assert_int_equal(heap->at[0], best(w));
}

static void test_the_best_is_on_top(void **state)
{
	struct rt_arena *arena = rt_arena_new();
	struct world w = { 0 };
	struct rt_heap heap = { .above = is_worth_more, .context = w.worth };
	uint32_t random = 1;
	(void)state;

	for (int step = 0; step < STEPS; step++) {
		random = random * 1664525 + 1013904223;
		uint32_t number = (random >> 8) % NUMBERS;
		int worth = (int)(random >> 16) % 25;
		if (w.worth[number])
			w.in--;
		if (worth)
			w.in++;
		w.worth[number] = worth;
		if (worth)
			rt_heap_put(&heap, arena, number);
		else
			rt_heap_drop(&heap, number);
		check(&w, &heap);
	}
	rt_heap_clear(&heap);
	rt_heap_put(&heap, arena, 7);
	assert_int_equal(heap.len, 1);
	assert_int_equal(heap.at[0], 7);
	rt_heap_drop(&heap, NUMBERS + 1); /* never was there */
	rt_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_best_is_on_top),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
