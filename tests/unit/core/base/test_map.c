/* SPDX-License-Identifier: Apache-2.0 */
/* test_map.c - things are found under their names, and under no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/map.h"

#define NAMES 1000

static void test_map(void **state)
{
	struct rt_arena *arena = rt_arena_new();
	struct rt_map map = rt_map_new(arena, NAMES);
	int things[NAMES];

	(void)state;
	for (int i = 0; i < NAMES; i++)
		rt_map_put(&map, rt_arena_printf(arena, "name-%d", i),
			   &things[i]);
	for (int i = 0; i < NAMES; i++)
		assert_ptr_equal(
			rt_map_get(&map, rt_arena_printf(arena, "name-%d", i)),
			&things[i]);
	assert_null(rt_map_get(&map, "name-1000"));
	assert_null(rt_map_get(&map, ""));
	rt_map_put(&map, "name-7", &things[0]);
	assert_ptr_equal(rt_map_get(&map, "name-7"), &things[0]);
	rt_arena_free(&arena);
}

static void test_empty(void **state)
{
	struct rt_arena *arena = rt_arena_new();
	struct rt_map map = rt_map_new(arena, 0);

	(void)state;
	assert_null(rt_map_get(&map, "a"));
	rt_arena_free(&arena);
}

/* Equal texts at other places, of all lengths; each byte counts. */
static void test_hash(void **state)
{
	char a[40], b[48];

	(void)state;
	for (size_t len = 0; len < sizeof a - 1; len++) {
		memset(a, 'x', len);
		a[len] = '\0';
		memcpy(b + len % 7, a, len + 1);
		assert_int_equal(rt_text_hash(a), rt_text_hash(b + len % 7));
		for (size_t i = 0; i < len; i++) {
			a[i] = 'y';
			assert_int_not_equal(rt_text_hash(a),
					     rt_text_hash(b + len % 7));
			a[i] = 'x';
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_hash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
