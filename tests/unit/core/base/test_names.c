/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_names.c - ids are stable, ranks are the order of the bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/names.h"

static void test_equal_texts_are_equal_ids(void **state)
{
	(void)state;
	struct rt_names *names = rt_names_new();
	char text[] = "CPU";
	uint32_t cpu = rt_name_intern(names, text);
	text[0] = 'G'; /* the table has its own copy */
	assert_int_equal(rt_name_intern(names, "CPU"), cpu);
	assert_int_not_equal(rt_name_intern(names, "GPU"), cpu);
	assert_int_not_equal(rt_name_intern(names, ""), cpu);
	assert_string_equal(rt_name_text(names, cpu), "CPU");
	assert_int_equal(rt_names_len(names), 3);
	rt_names_free(&names);
	assert_null(names);
}

static void test_many(void **state)
{
	(void)state;
	struct rt_names *names = rt_names_new();
	char text[32];
	for (int again = 0; again < 2; again++)
		for (uint32_t i = 0; i < 20000; i++) {
			snprintf(text, sizeof text, "node:10.0.%u", i);
			assert_int_equal(rt_name_intern(names, text), i);
		}
	assert_int_equal(rt_names_len(names), 20000);
	rt_names_free(&names);
}

static void test_ranks_follow_bytes_and_new_names(void **state)
{
	(void)state;
	struct rt_names *names = rt_names_new();
	struct rt_name_table table = rt_names_table(names);
	assert_int_equal(table.len, 0);
	uint32_t b = rt_name_intern(names, "b");
	uint32_t high = rt_name_intern(names, "\xC3\xA9");
	table = rt_names_table(names);
	assert_int_equal(table.rank[b], 0);
	assert_int_equal(table.rank[high], 1); /* bytes have no sign */
	uint32_t upper = rt_name_intern(names, "B");
	uint32_t longer = rt_name_intern(names, "ba");
	table = rt_names_table(names);
	assert_int_equal(table.len, 4);
	assert_int_equal(table.rank[upper], 0);
	assert_int_equal(table.rank[b], 1);
	assert_int_equal(table.rank[longer], 2);
	assert_int_equal(table.rank[high], 3);
	assert_string_equal(table.text[longer], "ba");
	rt_names_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_texts_are_equal_ids),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_ranks_follow_bytes_and_new_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
