/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_utilization.c - what windows and periods do over time, with a host that
 * only writes down the floor.  (tests/golden/test_policies.py has single
 * rounds.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <raytide/policy.h>

#include "tests/unit/policies/alone.h"

extern const struct rt_policy_ops rt_policy_utilization;

#define NODES 64
#define CPU 0

static int64_t floor_seen;

static void note_floor(struct rt_plan *plan, uint32_t group, int64_t nodes,
		       struct rt_why why)
{
	(void)plan;
	assert_int_equal(group, 1);
	assert_int_equal(why.code, RT_WHY_USED);
	floor_seen = nodes;
}

static void note_until(struct rt_plan *plan, int64_t until_ms)
{
	assert_true(until_ms >= plan->snapshot->now_ms);
}

static const struct rt_host host = {
	.abi = RT_POLICY_ABI,
	.size = sizeof host,
	.alloc = alloc,
	.floor = note_floor,
	.until = note_until,
};

static const char *const names[] = { "CPU" };
static const uint32_t ranks[] = { 0 };
static const struct rt_amount four[] = { { CPU, 4 * RT_UNITS } };
static struct rt_group groups[2] = { { .is_head = true },
				     { .res = { 1, four } } };
static struct rt_node nodes[NODES];
static struct rt_amount available[NODES];
static const struct rt_amount one[] = { { CPU, RT_UNITS } };
static struct rt_request waiting = { .res = { 1, one } };
static struct rt_snapshot s = { .names = { 1, names, ranks },
				.groups_len = 2,
				.groups = groups,
				.nodes = nodes,
				.demand = { .tasks_len = 1,
					    .tasks = &waiting } };
static struct rt_plan plan = { .snapshot = &s };

static int setup(void **state)
{
	(void)state;
	open_alone(&rt_policy_utilization, &host);
	s.now_ms = 1700000000000;
	return 0;
}

/* After so many seconds so many nodes have so many CPUs in use, and so many
 * tasks of one CPU wait. */
static int64_t after(int64_t seconds, uint32_t running, int64_t used,
		     int64_t tasks)
{
	s.now_ms += seconds * 1000;
	s.nodes_len = running;
	waiting.count = tasks;
	for (uint32_t i = 0; i < running; i++) {
		int64_t here = used < 4 ? used : 4;
		used -= here;
		available[i] = (struct rt_amount){ CPU, (4 - here) * RT_UNITS };
		nodes[i] =
			(struct rt_node){ .group = 1,
					  .status = RT_NODE_RAY_RUNNING,
					  .known = true,
					  .total = { 1, four },
					  .available = { 1, &available[i] } };
	}
	floor_seen = -1;
	assert_int_equal(rt_policy_utilization.decide(&ctx, &s, &plan, NULL),
			 RT_OK);
	return floor_seen;
}

static void test_the_way_down(void **state)
{
	(void)state;
	assert_int_equal(after(0, 4, 12, 0), 4); /* 75 of 70 percent */
	assert_int_equal(after(60, 4, 2, 0), 4); /* 5 min are not over */
	assert_int_equal(after(200, 4, 2, 0), 4);
	assert_int_equal(after(120, 4, 2, 0), 1);
}

static void test_a_fifth_in_a_minute(void **state)
{
	(void)state;
	*(int64_t *)field("down_window") = 0;
	*(int64_t *)field("down_period") = 60000;
	*(double *)field("down_percent") = 20;
	assert_int_equal(after(0, 10, 2, 0), 8);
	assert_int_equal(after(20, 8, 2, 0), 8);
	assert_int_equal(after(50, 8, 2, 0), 6);
}

static void test_the_way_up(void **state)
{
	(void)state;
	*(int64_t *)field("up_window") = 60000;
	assert_int_equal(after(0, 4, 11, 0), 4);
	assert_int_equal(after(5, 4, 16, 0), 4); /* a peak */
	assert_int_equal(after(5, 4, 11, 0), 4);
	assert_int_equal(after(5, 4, 16, 0), 4); /* it lasts: 16/16/0.7 * 4 */
	assert_int_equal(after(70, 4, 16, 0), 6);
}

static void test_panic(void **state)
{
	(void)state;
	*(int64_t *)field("panic_window") = 6000;
	*(int64_t *)field("down_window") = 0;
	for (int i = 0; i < 20; i++)
		assert_int_equal(after(5, 2, 6, 0), 2);
	after(5, 2, 6, 40);
	/* For 6 s there were 46: 46 / 2.8; the mean of a minute is 6 and some
	 * 40 for a tenth of it. */
	assert_in_range(after(6, 2, 6, 40), 15, 17);
	/* It is over, but nothing goes for a minute. */
	assert_in_range(after(10, 17, 6, 0), 17, 17);
	assert_in_range(after(40, 17, 6, 0), 17, 17);
	assert_in_range(after(30, 17, 6, 0), 2, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, close_alone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_way_down),
		TEST(test_a_fifth_in_a_minute),
		TEST(test_the_way_up),
		TEST(test_panic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
