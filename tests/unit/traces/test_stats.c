/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_stats.c - a trace in numbers, worked out by hand.
 */
#include "tests/unit/traces/loaded.h"
#include "traces/stats.h"

static struct trace_stats *stats;

static const struct trace_summary *sum_of(const char *text)
{
	assert_int_equal(load(text), RT_OK);
	trace_stats_free(&stats);
	stats = trace_stats_new(trace->facts);
	for (uint32_t i = 0; i < trace->jobs_len; i++)
		trace_stats_add(stats, trace->jobs[i]);
	return trace_stats_sum(stats);
}

static int end(void **state)
{
	trace_stats_free(&stats);
	return teardown(state);
}

static void test_times(void **state)
{
	const struct trace_summary *sum =
		sum_of("submit_s,duration_s,kind,bundles\n"
		       "10,5,,\n10.5,0,,\n11,100,actor,\n12,1,,3\n"
		       "20,,request,0\n");

	(void)state;
	assert_int_equal(sum->jobs, 5);
	assert_int_equal(sum->kinds[TRACE_TASK], 2);
	assert_int_equal(sum->kinds[TRACE_ACTOR], 1);
	assert_int_equal(sum->kinds[TRACE_GANG], 1);
	assert_int_equal(sum->kinds[TRACE_REQUEST], 1);
	assert_true(sum->first_s == 10 && sum->last_s == 20);
	assert_true(sum->last_end_s == 111);
	assert_int_equal(sum->submissions_max, 2);
	assert_int_equal(sum->runs, 4);
	assert_true(sum->mean == 26.5);
	assert_true(sum->p50 == 1);
	assert_true(sum->p90 == 100 && sum->p99 == 100 && sum->max == 100);
	assert_int_equal(sum->bars[0], 1); /* 0 */
	assert_int_equal(sum->bars[1], 1); /* 1, with the bound */
	assert_int_equal(sum->bars[2], 1);
	assert_int_equal(sum->bars[4], 1);
	assert_true(sum->column_s == 1);
	assert_int_equal(sum->columns_len, 11);
	assert_int_equal(sum->columns[0], 2);
	assert_int_equal(sum->columns[10], 1);
}

/* Of 1000 s each column has 16 when there are at most 64 of them. */
static void test_columns(void **state)
{
	static char text[32768];
	char *at = text + sprintf(text, "submit_s,duration_s\n");

	(void)state;
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, "%d,1\n", 7 + i);
	const struct trace_summary *sum = sum_of(text);
	assert_true(sum->column_s == 16);
	assert_int_equal(sum->columns_len, 63);
	for (int i = 0; i < 62; i++)
		assert_int_equal(sum->columns[i], 16);
	assert_int_equal(sum->columns[62], 8);
}

static void test_demand(void **state)
{
	/* CPUs: 2 from 0, 3 from 5, 8 from 7, 9 at 10 (the first ends then). */
	const struct trace_summary *sum =
		sum_of("submit_s,duration_s,cpus,bundles,gpus\n"
		       "0,10,2,,0\n5,3600,1,,0\n7,100,1,5,0.5\n10,9,3,,0\n"
		       "10,0,50,,0\n");

	(void)state;
	assert_int_equal(sum->demands_len, 2);
	const struct trace_demand *cpu = &sum->demands[0];
	assert_string_equal(rt_name_text(trace->facts->names, cpu->name),
			    "CPU");
	assert_true(cpu->peak == 9);
	assert_true(cpu->peak_at_s == 10);
	assert_true(cpu->hours == (20.0 + 3600 + 500 + 27) / 3600);
	assert_true(sum->demands[1].peak == 2.5);
	assert_true(sum->demands[1].peak_at_s == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_times, setup, end),
		cmocka_unit_test_setup_teardown(test_columns, setup, end),
		cmocka_unit_test_setup_teardown(test_demand, setup, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
