/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_interval.c - intervals by Student's t against tabled quantiles, and the
 * sums by which a run is known again.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/experiment/digest.h"
#include "cli/experiment/outcome.h"

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9 * fmax(1, fabs(b));
}

/* 1 to 5: mean 3, deviation sqrt(2.5); t of 4 degrees is 2.776445105. */
static void test_interval(void **state)
{
	const double values[] = { 1, 2, 3, 4, 5 };
	struct interval i = interval_of(values, 5, 0.95);

	(void)state;
	assert_int_equal(i.n, 5);
	assert_true(i.mean == 3);
	assert_true(near(i.high - 3, 2.776445105197793 * sqrt(0.5)));
	assert_true(near(3 - i.low, i.high - 3));
	i = interval_of(values, 5, 0.99);
	assert_true(near(i.high - 3, 4.604094871349993 * sqrt(0.5)));
}

static void test_too_few(void **state)
{
	const double value = 7;
	struct interval i = interval_of(&value, 1, 0.95);

	(void)state;
	assert_true(i.mean == 7 && isnan(i.low) && isnan(i.high));
	i = interval_of(&value, 0, 0.95);
	assert_true(i.n == 0 && isnan(i.mean));
}

static void test_digest(void **state)
{
	uint64_t ab_c = digest_text(digest_text(DIGEST_EMPTY, "ab"), "c");
	uint64_t a_bc = digest_text(digest_text(DIGEST_EMPTY, "a"), "bc");
	struct rt_error err;
	uint64_t sum = DIGEST_EMPTY;

	(void)state;
	assert_true(ab_c != a_bc);
	assert_true(digest_text(DIGEST_EMPTY, "") !=
		    digest_text(DIGEST_EMPTY, NULL));
	assert_int_equal(digest_file(&sum, "/none", &err), RT_EINPUT);
	assert_int_equal(digest_file(&sum, "/dev/null", &err), RT_OK);
	assert_true(sum == DIGEST_EMPTY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests_name("interval", tests, NULL, NULL);
}
