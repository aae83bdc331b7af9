/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_predictive.c - days of load by hand, and a host that only writes down
 * what the policy asks for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <raytide/policy.h>

#include "tests/unit/policies/alone.h"

extern const struct rt_policy_ops rt_policy_predictive;

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NODES 64

static struct {
	int64_t floor, told, until_ms, period_min;
} seen;

static void note_floor(struct rt_plan *plan, uint32_t group, int64_t nodes,
		       struct rt_why why)
{
	(void)plan;
	assert_int_equal(group, 1);
	assert_int_equal(why.code, RT_WHY_FORECAST);
	seen.floor = nodes;
	seen.period_min = why.limit;
}

static void note_tell(struct rt_plan *plan, uint32_t group, struct rt_why why)
{
	(void)plan;
	(void)group;
	seen.told = why.n;
}

static void note_until(struct rt_plan *plan, int64_t until_ms)
{
	(void)plan;
	seen.until_ms = until_ms;
}

static const struct rt_host host = {
	.abi = RT_POLICY_ABI,
	.size = sizeof host,
	.alloc = alloc,
	.floor = note_floor,
	.tell = note_tell,
	.until = note_until,
};

static struct rt_group groups[2] = { { .is_head = true },
				     { .is_head = false } };
static struct rt_node nodes[NODES];
static struct rt_snapshot s = { .groups_len = 2,
				.groups = groups,
				.nodes = nodes };

static int setup(void **state)
{
	(void)state;
	open_alone(&rt_policy_predictive, &host);
	s.now_ms = 20000 * DAY;
	return 0;
}

/* A round with so many busy nodes. */
static void round_with(uint32_t busy)
{
	memset(&seen, 0, sizeof seen);
	s.nodes_len = busy;
	for (uint32_t i = 0; i < busy; i++)
		nodes[i] = (struct rt_node){ .group = 1,
					     .status = RT_NODE_RAY_RUNNING,
					     .known = true };
	assert_int_equal(rt_policy_predictive.decide(&ctx, &s, NULL, NULL),
			 RT_OK);
	assert_true(seen.until_ms > s.now_ms);
	assert_true(seen.until_ms <= s.now_ms + 15 * MINUTE);
}

/* From 8 to 16 ten nodes work, and none at night. */
static uint32_t working_hours(int64_t now_ms)
{
	int64_t hour = now_ms % DAY / HOUR;

	return hour >= 8 && hour < 16 ? 10 : 0;
}

static void live(uint32_t (*load)(int64_t), int64_t ms)
{
	for (int64_t end_ms = s.now_ms + ms; s.now_ms < end_ms;
	     s.now_ms += 5 * MINUTE)
		round_with(load(s.now_ms));
}

static void test_working_hours(void **state)
{
	(void)state;
	live(working_hours, 3 * DAY + 7 * HOUR);
	assert_int_equal(s.now_ms % DAY, 7 * HOUR);
	round_with(0); /* it looks 10 min ahead, in whole steps: not yet */
	assert_int_equal(seen.floor, 0);
	s.now_ms += 45 * MINUTE;
	round_with(0); /* 7:45, and at 8:00 there were ten, and a tenth more */
	assert_int_equal(seen.floor, 11);
	assert_int_equal(seen.period_min, 24 * 60);
	live(working_hours, 7 * HOUR);
	assert_int_equal(seen.floor, 11);
	s.now_ms += 75 * MINUTE; /* 16:00 */
	round_with(0);
	assert_int_equal(seen.floor, 0);
}

static void test_weekends(void **state)
{
	(void)state;
	/* 20000 days after 1970 it was a Thursday. */
	for (int day = 0; day < 20; day++)
		for (int hour = 0; hour < 24; hour++, s.now_ms += HOUR)
			round_with(day % 7 == 2 || day % 7 == 3
					   ? 0
					   : working_hours(s.now_ms));
	assert_int_equal(s.now_ms / DAY % 7, 20020 % 7);
	s.now_ms += 9 * HOUR; /* of a Wednesday */
	round_with(0);
	assert_int_equal(seen.period_min, 7 * 24 * 60);
	assert_int_equal(seen.floor, 11);
	s.now_ms += 3 * DAY; /* of a Saturday */
	round_with(0);
	assert_int_equal(seen.floor, 0);
}

static uint32_t rising(int64_t now_ms)
{
	return (uint32_t)((now_ms - 20000 * DAY) / HOUR);
}

static void test_a_trend(void **state)
{
	(void)state;
	live(rising, 12 * HOUR);
	assert_int_equal(seen.period_min, 0);
	/* Eleven now; up a quarter in each step, and two steps ahead. */
	assert_in_range(seen.floor, 12, 14);
}

static void test_a_season_that_is_given(void **state)
{
	(void)state;
	*(double *)field("min_correlation") = 1; /* there is no such period */
	*(double *)field("margin") = 0;
	live(working_hours, 3 * DAY + 7 * HOUR);
	round_with(0);
	assert_int_equal(seen.period_min, 0);
	assert_in_range(seen.floor, 0, 1);
	s.now_ms += 45 * MINUTE; /* ten come at 8:00 */
	round_with(0);
	assert_in_range(seen.floor, 9, 11);
	live(working_hours, 8 * HOUR + 15 * MINUTE); /* to 16:00 */
	round_with(0);
	assert_in_range(seen.floor, 0, 2);
}

static void test_no_season(void **state)
{
	(void)state;
	*(double *)field("min_correlation") = 1;
	*(int64_t *)field("season") = 0;
	live(working_hours, 3 * DAY + 7 * HOUR + 45 * MINUTE);
	round_with(0);
	assert_in_range(seen.floor, 0, 1);
}

static void test_too_early_to_tell(void **state)
{
	(void)state;
	live(rising, 2 * HOUR - 15 * MINUTE);
	assert_int_equal(seen.floor, 0);
}

static void test_forecast_only(void **state)
{
	(void)state;
	*(bool *)field("forecast_only") = true;
	live(working_hours, 3 * DAY + 10 * HOUR);
	assert_int_equal(seen.floor, 0);
	assert_int_equal(seen.told, 11);
}

static void test_gaps(void **state)
{
	(void)state;
	live(working_hours, 3 * DAY + 12 * HOUR);
	s.now_ms += 300 * DAY; /* as nothing was seen, nothing is known */
	round_with(0);
	assert_int_equal(seen.floor, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, close_alone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_working_hours),
		TEST(test_weekends),
		TEST(test_a_trend),
		TEST(test_too_early_to_tell),
		TEST(test_forecast_only),
		TEST(test_gaps),
		TEST(test_a_season_that_is_given),
		TEST(test_no_season),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
