/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_meter.c - sums over time, and what the watcher is told, on a life of a
 * small cluster that can be worked out on paper.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/meter.h"

#define LEVELS_MAX 16

static struct rt_arena *arena;
static struct rt_names *names;
static struct sim_meter *meter;
static struct rt_amount node[2], half[1], task[2];
static const struct rt_res one_task = { 2, task }, half_task = { 1, half };

/* What the watcher saw of the CPUs. */
static struct {
	uint32_t len;
	double at_s[LEVELS_MAX];
	double demand[LEVELS_MAX], used[LEVELS_MAX], capacity[LEVELS_MAX];
	uint32_t starting[LEVELS_MAX], up[LEVELS_MAX];
	uint32_t news;
} seen;

static void see_levels(void *to, const struct sim_levels *levels)
{
	uint32_t i = seen.len++;

	(void)to;
	assert_int_equal(levels->resources_len, 2);
	assert_string_equal(levels->resources[0].name, "CPU");
	assert_string_equal(levels->resources[1].name, "memory");
	assert_string_equal(levels->groups[1].name, "w");
	seen.at_s[i] = levels->at_s;
	seen.demand[i] = levels->resources[0].demand;
	seen.used[i] = levels->resources[0].used;
	seen.capacity[i] = levels->resources[0].capacity;
	seen.starting[i] = levels->groups[1].nodes[SIM_STARTING];
	seen.up[i] = levels->groups[1].nodes[SIM_UP];
}

static void see_news(void *to, const struct sim_news *news)
{
	(void)to;
	(void)news;
	seen.news++;
}

static const struct sim_watch watch = { .levels = see_levels,
					.news = see_news };

/* A group of nodes with 4 CPUs, at most 5 of them. */
static int setup(void **state)
{
	static struct rt_group groups[2];
	static struct rt_raycluster cluster = { .groups_len = 2,
						.groups = groups };

	(void)state;
	memset(&seen, 0, sizeof seen);
	arena = rt_arena_new();
	names = rt_names_new();
	uint32_t cpu = rt_name_intern(names, "CPU");
	uint32_t memory = rt_name_intern(names, "memory");
	node[0] = (struct rt_amount){ cpu, 4 * RT_UNITS };
	node[1] = (struct rt_amount){ memory, 64 * RT_UNITS };
	task[0] = (struct rt_amount){ cpu, 2 * RT_UNITS };
	task[1] = (struct rt_amount){ memory, 64 * RT_UNITS };
	half[0] = (struct rt_amount){ cpu, RT_UNITS / 2 };
	groups[0] = (struct rt_group){ .name = "head", .is_head = true };
	groups[1] = (struct rt_group){ .name = "w",
				       .res = { 2, node },
				       .max_nodes = 5 };
	meter = sim_meter_new(arena, &cluster, names, false, 5, &watch);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rt_names_free(&names);
	rt_arena_free(&arena);
	return 0;
}

static void tell_task(double at_s, enum sim_news_kind kind, struct rt_res res)
{
	struct sim_news news = { .kind = kind, .at_s = at_s };

	sim_meter_task(meter, &news);
	sim_meter_load(meter, news.kind, res, 1);
}

static void tell_node(double at_s, enum sim_node_state before,
		      enum sim_node_state state)
{
	struct sim_news news = { .kind = SIM_NEWS_NODE,
				 .at_s = at_s,
				 .group_place = 1,
				 .state = state };

	sim_meter_node(meter, &news, before);
}

/* Two CPUs wanted from 10, a node of four ordered at 20 and there at 30, the
 * task on it until 50; the node goes at 60. */
static void live(void)
{
	tell_task(10, SIM_NEWS_SUBMITTED, one_task);
	tell_node(20, SIM_GONE, SIM_STARTING);
	tell_node(30, SIM_STARTING, SIM_UP);
	tell_task(30, SIM_NEWS_STARTED, one_task);
	tell_task(50, SIM_NEWS_ENDED, one_task);
	tell_node(60, SIM_UP, SIM_STOPPED);
	tell_node(60, SIM_STOPPED, SIM_GONE);
	sim_meter_close(meter);
}

static void test_sums_end_with_the_last_task(void **state)
{
	struct sim_sums cpu, memory;

	(void)state;
	live();
	cpu = sim_meter_sums(meter, "CPU");
	memory = sim_meter_sums(meter, "memory");
	assert_true(cpu.used == 2 * 20);
	assert_true(cpu.capacity == 4 * 20);
	assert_true(cpu.charged == 4 * 30);
	assert_true(cpu.most == 20);
	assert_true(memory.used == 64 * 20);
	assert_null(sim_meter_sums(meter, "GPU").name);
	assert_true(sim_meter_elapsed(meter) == 40);
}

/* Twenty seconds without the two CPUs, twenty with two too many. */
static void test_elasticity(void **state)
{
	(void)state;
	live();
	struct sim_sums sums = sim_meter_scarcest(meter);
	assert_string_equal(sums.name, "CPU"); /* memory is used up, but */
	assert_true(sums.under == 20 && sums.under_s == 20);
	assert_true(sums.over == 20 && sums.over_s == 20);
	/* Intervals of 5 s begin at 10 ... 45: at 30 supply rose alone. */
	assert_true(sim_meter_intervals(meter) == 7);
	assert_true(sums.unstable == 1);
}

static void test_half_a_cpu_is_no_division_by_little(void **state)
{
	(void)state;
	tell_node(0, SIM_GONE, SIM_UP);
	tell_task(0, SIM_NEWS_SUBMITTED, half_task);
	tell_task(0, SIM_NEWS_STARTED, half_task);
	tell_task(10, SIM_NEWS_ENDED, half_task);
	sim_meter_close(meter);
	assert_true(sim_meter_scarcest(meter).over == 35);
}

/* One line for an instant, whatever happens in it. */
static void test_levels(void **state)
{
	(void)state;
	live();
	static const double at_s[] = { 10, 20, 30, 50, 60 };
	static const double demand[] = { 2, 2, 2, 0, 0 };
	static const double used[] = { 0, 0, 2, 0, 0 };
	static const double capacity[] = { 0, 0, 4, 4, 0 };
	static const uint32_t starting[] = { 0, 1, 0, 0, 0 };
	static const uint32_t up[] = { 0, 0, 1, 1, 0 };
	assert_int_equal(seen.len, 5);
	assert_int_equal(seen.news, 7);
	assert_memory_equal(seen.at_s, at_s, sizeof at_s);
	assert_memory_equal(seen.demand, demand, sizeof demand);
	assert_memory_equal(seen.used, used, sizeof used);
	assert_memory_equal(seen.capacity, capacity, sizeof capacity);
	assert_memory_equal(seen.starting, starting, sizeof starting);
	assert_memory_equal(seen.up, up, sizeof up);
}

/* Tenths add up to what they are, after however many. */
static void test_levels_do_not_drift(void **state)
{
	struct rt_amount tenth[1] = { { node[0].name, RT_UNITS / 10 } };
	struct rt_res res = { 1, tenth };

	(void)state;
	for (int i = 0; i < 1000; i++)
		tell_task(i, SIM_NEWS_REJECTED, res);
	assert_int_equal(seen.len, 0);
	for (int i = 0; i < 7; i++)
		tell_task(1000, SIM_NEWS_SUBMITTED, res);
	sim_meter_close(meter);
	assert_true(seen.demand[0] == 0.7);
}

static void test_oscillations(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		tell_node(i, SIM_GONE, SIM_STARTING);
		tell_node(i, SIM_GONE, SIM_STARTING);
		tell_node(i, SIM_STARTING, SIM_GONE);
	}
	assert_int_equal(sim_meter_oscillations(meter), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_sums_end_with_the_last_task),
		TEST(test_elasticity),
		TEST(test_half_a_cpu_is_no_division_by_little),
		TEST(test_levels),
		TEST(test_levels_do_not_drift),
		TEST(test_oscillations),
	};

	return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
