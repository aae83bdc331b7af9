/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_backoff.c - longer each time, up to the limit, never twice the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "autoscaler/net/backoff.h"

static void test_longer(void **state)
{
	/* The middle of where each failure leads. */
	static const int64_t middle[] = { 0, 200, 400, 800, 1000, 1000 };
	struct backoff b = { .most_ms = 1000 };
	(void)state;
	assert_int_equal(backoff_left_ms(&b), 0);
	for (size_t i = 0; i < sizeof middle / sizeof *middle; i++) {
		backoff_fail(&b);
		assert_in_range(backoff_left_ms(&b) + 5, middle[i] * 3 / 4,
				middle[i] * 5 / 4 + 5);
	}
	backoff_end(&b);
	assert_int_equal(backoff_left_ms(&b), 0);
	backoff_fail(&b);
	assert_int_equal(backoff_left_ms(&b), 0);
}

static void test_many(void **state)
{
	struct backoff b = { .most_ms = 1000 };
	(void)state;
	for (int i = 0; i < 1000; i++)
		backoff_fail(&b);
	assert_in_range(backoff_left_ms(&b), 700, 1250);
}

static void test_jitter(void **state)
{
	int64_t least = INT64_MAX, most = 0;
	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t ms = jitter_ms(10000);
		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	assert_in_range(least, 7500, 7800);
	assert_in_range(most, 12200, 12500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longer),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_jitter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
