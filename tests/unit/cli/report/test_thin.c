/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_thin.c - what is thinned out keeps its extremes and its last values.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/report/thin.h"

static void test_few_are_kept_as_they_are(void **state)
{
	struct report_thin *t = report_thin_new(2, 10);

	(void)state;
	for (int i = 0; i < 10; i++)
		report_thin_add(t, i * i, (double[]){ i, -i });
	assert_true(report_thin_span_s(t) == 0);
	assert_int_equal(report_thin_len(t), 10);
	for (uint32_t i = 0; i < 10; i++) {
		assert_true(report_thin_at(t, i) == i * i);
		assert_true(report_thin_value(t, i, 0) == i);
		assert_true(report_thin_value(t, i, 1) == -(double)i);
	}
	report_thin_free(&t);
	assert_null(t);
}

/* One span of everything: a peak before a dip, then the last value. */
static void test_order_of_extremes(void **state)
{
	static const double up[] = { 5, 9, 6, 1, 4 };
	struct report_thin *t = report_thin_new(2, 2);

	(void)state;
	for (int i = 0; i < 5; i++)
		report_thin_add(t, i, (double[]){ up[i], 10 - up[i] });
	for (int i = 0; i < 3; i++)
		report_thin_add(t, 1000 + i, (double[]){ 7, 7 });
	assert_int_equal(report_thin_len(t), 6);
	assert_true(report_thin_value(t, 0, 0) == 9);
	assert_true(report_thin_value(t, 1, 0) == 1);
	assert_true(report_thin_value(t, 2, 0) == 4);
	assert_true(report_thin_value(t, 0, 1) == 1);
	assert_true(report_thin_value(t, 1, 1) == 9);
	assert_true(report_thin_value(t, 2, 1) == 6);
	assert_true(report_thin_value(t, 3, 0) == 7);
	report_thin_free(&t);
}

struct seen {
	double low, high;
};

/* Of any span of time the extremes of what is drawn are those of what was. */
static void test_many(void **state)
{
	enum { N = 100000, SPANS = 500 };
	struct report_thin *t = report_thin_new(1, SPANS);
	double at_s = 3, value = 0, low = 0, high = 0;

	(void)state;
	srand(7);
	for (int i = 0; i < N; i++) {
		at_s += rand() % 100 == 0 ? 500 : rand() % 1000 / 1e4;
		value += rand() % 21 - 10;
		low = fmin(low, value);
		high = fmax(high, value);
		report_thin_add(t, at_s, &value);
	}
	uint32_t len = report_thin_len(t);
	struct seen seen = { 0, 0 };
	assert_true(len > SPANS / 4 && len <= 3 * SPANS);
	for (uint32_t i = 0; i < len; i++) {
		double v = report_thin_value(t, i, 0);
		seen.low = fmin(seen.low, v);
		seen.high = fmax(seen.high, v);
		assert_true(i == 0 ||
			    report_thin_at(t, i) > report_thin_at(t, i - 1));
	}
	assert_true(seen.low == low && seen.high == high);
	assert_true(report_thin_value(t, len - 1, 0) == value);
	assert_true(report_thin_at(t, 0) < 504);
	report_thin_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_are_kept_as_they_are),
		cmocka_unit_test(test_order_of_extremes),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("thin", tests, NULL, NULL);
}
