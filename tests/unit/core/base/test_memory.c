/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_memory.c - arenas and bounded buffers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

static void test_arena_gives_zeroed_aligned_memory_again(void **state)
{
	(void)state;
	struct rt_arena *arena = rt_arena_new();
	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 3000; size += 7) {
			unsigned char *p = rt_arena_alloc(arena, size);
			assert_int_equal(
				(uintptr_t)p % sizeof(max_align_t) % 16, 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xAA, size);
		}
		rt_arena_reset(arena);
	}
	rt_arena_free(&arena);
	assert_null(arena);
	rt_arena_free(&arena);
}

static void test_arena_takes_what_is_larger_than_a_block(void **state)
{
	(void)state;
	struct rt_arena *arena = rt_arena_new();
	char *small = rt_arena_strdup(arena, "small");
	char *large = rt_arena_alloc(arena, 1 << 20);
	memset(large, 'x', 1 << 20);
	assert_string_equal(small, "small");
	rt_arena_free(&arena);
}

static void test_arena_forgets_from_a_mark_on(void **state)
{
	(void)state;
	struct rt_arena *arena = rt_arena_new();
	struct rt_arena_mark empty = rt_arena_mark(arena);
	const char *kept = rt_arena_strdup(arena, "kept");
	struct rt_arena_mark mark = rt_arena_mark(arena);
	char *next = rt_arena_strdup(arena, "forgotten");
	for (size_t size = 1; size < 1 << 20; size *= 3)
		memset(rt_arena_alloc(arena, size), 1, size);
	rt_arena_rewind(arena, mark);
	assert_string_equal(kept, "kept");
	assert_ptr_equal(rt_arena_alloc(arena, 3), next);
	assert_memory_equal(next, "\0\0\0", 3);
	rt_arena_rewind(arena, empty);
	assert_string_equal(rt_arena_strdup(arena, "anew"), "anew");
	rt_arena_free(&arena);
}

static void test_arena_grow_keeps_elements(void **state)
{
	(void)state;
	struct rt_arena *arena = rt_arena_new();
	uint32_t len = 0, cap = 0;
	int *array = NULL;
	for (int i = 0; i < 1000; i++) {
		RT_ARENA_GROW(arena, array, len, cap);
		array[len++] = i;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(array[i], i);
	rt_arena_free(&arena);
}

static void test_arena_text(void **state)
{
	(void)state;
	struct rt_arena *arena = rt_arena_new();
	assert_string_equal(rt_arena_strndup(arena, "abcdef", 3), "abc");
	assert_string_equal(rt_arena_printf(arena, "%s-%d", "n", 12), "n-12");
	assert_memory_equal(rt_arena_dup(arena, "a\0b", 3), "a\0b", 3);
	rt_arena_free(&arena);
}

static void test_buf_refuses_more_than_its_maximum(void **state)
{
	(void)state;
	struct rt_buf buf = RT_BUF(10);
	assert_true(rt_buf_add(&buf, "12345", 5));
	assert_true(rt_buf_addf(&buf, "%d", 67890));
	assert_string_equal(buf.data, "1234567890");
	assert_false(rt_buf_add(&buf, "x", 1));
	assert_false(rt_buf_addf(&buf, "x"));
	assert_true(rt_buf_add(&buf, "", 0));
	assert_string_equal(buf.data, "1234567890");
	rt_buf_drop(&buf, 7);
	assert_string_equal(buf.data, "890");
	assert_true(rt_buf_add(&buf, "1234567", 7));
	rt_buf_drop(&buf, 0);
	assert_string_equal(buf.data, "8901234567");
	rt_buf_drop(&buf, 10);
	assert_string_equal(buf.data, "");
	rt_buf_clear(&buf);
	assert_string_equal(buf.data, "");
	assert_false(rt_buf_add(&buf, "12345678901", 11));
	assert_int_equal(buf.len, 0);
	rt_buf_free(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.max, 10);
}

static void test_buf_grows(void **state)
{
	(void)state;
	struct rt_buf buf = RT_BUF(100000);
	for (int i = 0; i < 20000; i++)
		assert_true(rt_buf_addf(&buf, "%05d", i));
	assert_int_equal(buf.len, 100000);
	assert_memory_equal(buf.data + 5 * 12345, "12345", 5);
	rt_buf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena_gives_zeroed_aligned_memory_again),
		cmocka_unit_test(test_arena_takes_what_is_larger_than_a_block),
		cmocka_unit_test(test_arena_forgets_from_a_mark_on),
		cmocka_unit_test(test_arena_grow_keeps_elements),
		cmocka_unit_test(test_arena_text),
		cmocka_unit_test(test_buf_refuses_more_than_its_maximum),
		cmocka_unit_test(test_buf_grows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
