/* SPDX-License-Identifier: Apache-2.0 */
/* test_res.c - byte order, overlays, rounding to units. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/model/res.h"

static void test_byte_order_and_later_wins(void **state)
{
	struct rt_names *names = rt_names_new();
	struct rt_arena *arena = rt_arena_new();
	struct rt_res_builder b = { .arena = arena, .names = names };
	(void)state;

	rt_res_add(&b, "memory", 1);
	rt_res_add(&b, "CPU", 2);
	rt_res_add(&b, "node:10.0.0.1", 3);
	rt_res_add(&b, "GPU", 4);
	rt_res_add(&b, "CPU", 5);
	struct rt_res res = rt_res_build(&b);
	static const char *const order[] = { "CPU", "GPU", "memory",
					     "node:10.0.0.1" };
	assert_int_equal(res.len, 4);
	for (uint32_t i = 0; i < res.len; i++)
		assert_string_equal(rt_name_text(names, res.at[i].name),
				    order[i]);
	assert_int_equal(rt_res_get(res, rt_name_intern(names, "CPU")), 5);
	assert_int_equal(rt_res_get(res, rt_name_intern(names, "TPU")), 0);
	assert_false(rt_res_has(res, rt_name_intern(names, "TPU")));
	rt_names_free(&names);
	rt_arena_free(&arena);
}

static void test_labels_overlay(void **state)
{
	struct rt_names *names = rt_names_new();
	struct rt_arena *arena = rt_arena_new();
	struct rt_labels_builder b = { .arena = arena, .names = names };
	(void)state;

	rt_labels_add(&b, "zone", "a");
	rt_labels_add(&b, "market", "spot");
	rt_labels_add(&b, "zone", "b");
	struct rt_labels labels = rt_labels_build(&b);
	assert_int_equal(labels.len, 2);
	assert_string_equal(rt_name_text(names, labels.at[0].key), "market");
	assert_string_equal(rt_name_text(names, labels.at[1].value), "b");
	rt_names_free(&names);
	rt_arena_free(&arena);
}

static void test_units(void **state)
{
	(void)state;
	assert_int_equal(rt_units(0.1), 1000);
	assert_int_equal(rt_units(0.00005), 1);
	assert_int_equal(rt_units(0.00004), 0);
	assert_int_equal(rt_units(0.99999), 10000);
	/* Beyond 2^53 units a product of doubles would lose the last digits. */
	assert_int_equal(rt_units(1099511627777.0), 10995116277770000);
	assert_int_equal(rt_units(-1), 0);
	assert_int_equal(rt_units(NAN), 0);
	assert_int_equal(rt_units(INFINITY), RT_AMOUNT_MAX);
	assert_int_equal(rt_units(1e300), RT_AMOUNT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_byte_order_and_later_wins),
		cmocka_unit_test(test_labels_overlay),
		cmocka_unit_test(test_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
