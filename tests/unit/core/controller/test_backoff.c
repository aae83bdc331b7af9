/* SPDX-License-Identifier: Apache-2.0 */
/* test_backoff.c - groups whose launches fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/controller/backoff.h"

static const struct rt_controller_settings settings = {
	.backoff_s = 60,
	.backoff_max_s = 200,
	.recovery_s = 600,
};

static int64_t until(const struct rt_backoff *b, const char *group)
{
	return rt_failing_until(rt_backoff_find(b, group), &settings);
}

static void test_twice_as_long_each_time(void **state)
{
	struct rt_backoff b = { 0 };
	(void)state;

	assert_null(rt_backoff_find(&b, "a"));
	rt_backoff_fail(&b, "a", 1000, 5000);
	assert_int_equal(until(&b, "a"), 65000);
	rt_backoff_fail(&b, "a", 65000, 70000);
	assert_int_equal(until(&b, "a"), 190000);
	rt_backoff_fail(&b, "a", 190000, 200000); /* 240 s, but at most 200 */
	assert_int_equal(until(&b, "a"), 400000);
	assert_null(rt_backoff_find(&b, "b"));
	rt_backoff_free(&b);
}

/* Nodes that were asked for together time out one after the other. */
static void test_one_failure_for_all_of_a_launch(void **state)
{
	struct rt_backoff b = { 0 };
	(void)state;

	rt_backoff_fail(&b, "a", 1000, 5000);
	rt_backoff_fail(&b, "a", 1500, 5500);
	rt_backoff_fail(&b, "a", 5000, 6000);
	assert_int_equal(until(&b, "a"), 65000);
	rt_backoff_free(&b);
}

static void test_a_node_that_starts_clears_it(void **state)
{
	struct rt_backoff b = { 0 };
	(void)state;

	rt_backoff_fail(&b, "a", 0, 1);
	rt_backoff_fail(&b, "b", 0, 2);
	rt_backoff_clear(&b, "a");
	rt_backoff_clear(&b, "c");
	assert_null(rt_backoff_find(&b, "a"));
	assert_int_equal(rt_backoff_find(&b, "b")->failures, 1);
	rt_backoff_free(&b);
}

static void test_the_score_recovers(void **state)
{
	struct rt_backoff b = { 0 };
	(void)state;

	rt_backoff_fail(&b, "a", 0, 1000);
	const struct rt_failing *f = rt_backoff_find(&b, "a");
	assert_true(rt_failing_recovered(f, &settings, 900) == 0);
	assert_true(rt_failing_recovered(f, &settings, 1000) == 0);
	assert_true(rt_failing_recovered(f, &settings, 301000) == 0.5);
	assert_true(rt_failing_recovered(f, &settings, 900000) == 1);
	rt_backoff_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twice_as_long_each_time),
		cmocka_unit_test(test_one_failure_for_all_of_a_launch),
		cmocka_unit_test(test_a_node_that_starts_clears_it),
		cmocka_unit_test(test_the_score_recovers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
