/* SPDX-License-Identifier: Apache-2.0 */
/* test_kit.c - what policies share (raytide/kit.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <raytide/kit.h>

#define MINUTE 60000

static bool is(double value, double wanted)
{
	return fabs(value - wanted) < 1e-9;
}

static void test_the_most(void **state)
{
	struct rt_most most = { 0 };
	int64_t now = 1700000000000;

	(void)state;
	assert_true(is(rt_most_note(&most, now, MINUTE, 2, 5), 5));
	assert_true(is(rt_most_note(&most, now + 30000, MINUTE, 7, 0), 7));
	assert_true(is(rt_most_note(&most, now + 40000, MINUTE, 1, 0), 7));
	assert_true(is(rt_most_note(&most, now + 85000, MINUTE, 1, 0), 7));
	assert_true(is(rt_most_note(&most, now + 110000, MINUTE, 1, 0), 1));
	/* After a gap there is what was noted last. */
	assert_true(is(rt_most_note(&most, now + 9000000, MINUTE, 0, 0), 1));
}

static void test_the_mean(void **state)
{
	struct rt_mean mean = { 0 };
	int64_t now = 1700000000000 / MINUTE * MINUTE;

	(void)state;
	assert_true(is(rt_mean_note(&mean, now, MINUTE, 4), 4));
	assert_true(is(rt_mean_note(&mean, now + 20000, MINUTE, 10), 4));
	/* 20 s of 4 and 20 s of 10. */
	assert_true(is(rt_mean_note(&mean, now + 40000, MINUTE, 0), 7));
	/* Then 30 s of 0; the first ten are over, but for a slot. */
	double after = rt_mean_note(&mean, now + 70000, MINUTE, 0);
	assert_true(after > 3.8 && after < 4.4);
	assert_true(is(rt_mean_note(&mean, now + 9000000, MINUTE, 3), 0));
	/* A clock that is put back begins anew. */
	assert_true(is(rt_mean_note(&mean, now, MINUTE, 8), 8));
}

static void test_places(void **state)
{
	const struct rt_amount four[] = { { 1, 4 * RT_UNITS } };
	const struct rt_amount one_and_none[] = { { 1, RT_UNITS }, { 2, 0 } };
	const struct rt_amount other[] = { { 3, 1 } };
	const struct rt_res room = { 1, four };

	(void)state;
	assert_int_equal(rt_places(room, (struct rt_res){ 2, one_and_none }, 9),
			 4);
	assert_int_equal(rt_places(room, (struct rt_res){ 2, one_and_none }, 3),
			 3);
	assert_int_equal(rt_places(room, (struct rt_res){ 1, other }, 9), 0);
	assert_int_equal(rt_places(room, (struct rt_res){ 0, NULL }, 9), 9);
	assert_int_equal(rt_as_units(-1), 0);
	assert_int_equal(rt_as_units(1e300), RT_AMOUNT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_most),
		cmocka_unit_test(test_the_mean),
		cmocka_unit_test(test_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
