/* SPDX-License-Identifier: Apache-2.0 */
/* test_numbers.c - percentiles, and delays that are drawn. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/faults.h"
#include "sim/measures.h"

static void test_nearest_rank(void **state)
{
	double values[200];

	(void)state;
	for (int i = 0; i < 200; i++)
		values[i] = (i * 77) % 200 + 1; /* 1 to 200, in disorder */
	struct sim_spread s = sim_spread(values, 200);
	assert_true(s.mean == 100.5);
	assert_true(s.p50 == 100 && s.p95 == 190 && s.p99 == 198);
	assert_true(s.max == 200);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of any number of values, many of them equal: what sorting finds. */
static void test_as_sorted(void **state)
{
	double values[300], sorted[300];
	uint32_t random = 1;

	(void)state;
	for (uint32_t n = 1; n <= 300; n++) {
		for (uint32_t i = 0; i < n; i++) {
			random = random * 1664525u + 1013904223u;
			values[i] = sorted[i] = (random >> 8) % (n / 3 + 2);
		}
		qsort(sorted, n, sizeof *sorted, by_value);
		struct sim_spread s = sim_spread(values, n);
		assert_true(s.p50 == sorted[(n * 50 + 99) / 100 - 1]);
		assert_true(s.p90 == sorted[(n * 90 + 99) / 100 - 1]);
		assert_true(s.p95 == sorted[(n * 95 + 99) / 100 - 1]);
		assert_true(s.p99 == sorted[(n * 99 + 99) / 100 - 1]);
		assert_true(s.max == sorted[n - 1]);
	}
}

static void test_few_values(void **state)
{
	double one[] = { 7 }, three[] = { 3, 1, 2 };

	(void)state;
	struct sim_spread s = sim_spread(one, 1);
	assert_true(s.mean == 7 && s.p50 == 7 && s.p99 == 7 && s.max == 7);
	s = sim_spread(three, 3);
	assert_true(s.p50 == 2 && s.p95 == 3 && s.p99 == 3);
}

static struct rt_rng rng_of(uint64_t seed)
{
	return rt_rng_open(seed, "test", 0);
}

static void test_constant_delay(void **state)
{
	struct rt_rng rng = rng_of(1);

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(sim_faults_delay(60, 0, &rng) == 60);
	assert_true(sim_faults_delay(0, 2, &rng) == 0);
}

static void test_spread_delay(void **state)
{
	const int n = 200000;
	struct rt_rng rng = rng_of(3);
	double sum = 0, squares = 0;

	(void)state;
	for (int i = 0; i < n; i++) {
		double delay = sim_faults_delay(60, 0.5, &rng);
		assert_true(delay > 0);
		sum += delay;
		squares += delay * delay;
	}
	double mean = sum / n;
	assert_true(fabs(mean - 60) < 0.5);
	assert_true(fabs(sqrt(squares / n - mean * mean) / mean - 0.5) < 0.01);
}

static void test_measured_starts(void **state)
{
	const struct sim_time at[] = { { 10, -1 }, { 20, -1 }, { 60, -1 } };
	uint32_t count[61] = { 0 };
	struct rt_rng rng = rng_of(4);

	(void)state;
	for (int i = 0; i < 30000; i++)
		count[(int)sim_faults_draw((struct rt_list){ 3, at }, &rng)]++;
	assert_int_equal(count[10] + count[20] + count[60], 30000);
	assert_true(count[10] > 9700 && count[20] > 9700 && count[60] > 9700);
}

/* The smallest tenth is as the first, the largest as the last, and between them
 * it goes straight. */
static void test_quantiles(void **state)
{
	const struct sim_time at[] = { { 10, 0.1 }, { 20, 0.5 }, { 60, 0.9 } };
	const int n = 100000;
	struct rt_rng rng = rng_of(5);
	double sum = 0;
	int first = 0, last = 0, below = 0;

	(void)state;
	for (int i = 0; i < n; i++) {
		double s = sim_faults_draw((struct rt_list){ 3, at }, &rng);
		assert_true(s >= 10 && s <= 60);
		sum += s;
		first += s == 10;
		last += s == 60;
		below += s <= 40;
	}
	assert_true(fabs((double)first / n - 0.1) < 0.005);
	assert_true(fabs((double)last / n - 0.1) < 0.005);
	assert_true(fabs((double)below / n - 0.7) < 0.005);
	assert_true(fabs(sum / n - (1 + 0.4 * 15 + 0.4 * 40 + 6)) < 0.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest_rank),
		cmocka_unit_test(test_as_sorted),
		cmocka_unit_test(test_few_values),
		cmocka_unit_test(test_constant_delay),
		cmocka_unit_test(test_spread_delay),
		cmocka_unit_test(test_measured_starts),
		cmocka_unit_test(test_quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
