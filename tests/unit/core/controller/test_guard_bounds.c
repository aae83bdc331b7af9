/* SPDX-License-Identifier: Apache-2.0 */
/* test_guard_bounds.c - the guards that a policy file sets, each at its bound.
 */
#include "tests/unit/core/controller/fixture.h"

#include "core/base/cron.h"

static int64_t launched(const struct world *w)
{
	return w->decision->launch[1] + w->decision->launch[2];
}

static bool noted(const struct world *w, enum rt_reason code)
{
	for (uint32_t i = 0; i < w->decision->notes_len; i++)
		if (w->decision->notes[i].why.code == code)
			return true;
	return false;
}

/* The operator keeps its promise at once: pods, with Ray, idle for long. */
static void keep_promises(struct world *w)
{
	static char names[PODS_MAX][8], ids[PODS_MAX][8];

	for (uint32_t i = 0; i < w->actions->len; i++)
		w->specs[w->actions->at[i].group].replicas +=
			w->actions->at[i].count;
	note(w, RT_OUTCOME_DONE);
	for (int64_t n = w->obs.pods_len; n <= w->specs[1].replicas; n++) {
		snprintf(names[n], sizeof names[n], "p%d", (int)n);
		snprintf(ids[n], sizeof ids[n], "%02d", (int)n);
		add_pod(w, names[n], "small");
		add_ray(w, names[n], ids[n])->idle_ms = 99000;
	}
}

static void test_launches_within_a_minute(void **state)
{
	struct world *w = *state;

	w->chain.guards.max_launch_per_minute = 3;
	script.launch[1] = 2;
	run(w);
	assert_int_equal(launched(w), 2);
	keep_promises(w);
	script.launch[1] = 2;
	run(w);
	assert_int_equal(launched(w), 1);
	assert_true(noted(w, RT_WHY_GUARD_LAUNCH_RATE));
	keep_promises(w);
	script.launch[1] = 2;
	run(w);
	assert_int_equal(launched(w), 0);
	w->obs.now_ms += 45000; /* the first two were a minute ago */
	script.launch[1] = 5;
	run(w);
	assert_int_equal(launched(w), 2);
}

static void test_surge(void **state)
{
	struct world *w = *state;

	w->chain.guards.max_surge = 0.5;
	script.launch[1] = 4;
	run(w);
	assert_int_equal(launched(w), 1); /* nothing runs: one at least */
	w->specs[1].replicas = 4;
	note(w, RT_OUTCOME_FAILED);
	for (int i = 0; i < 4; i++) {
		static const char *const names[] = { "a", "b", "c", "d" };
		add_pod(w, names[i], "small");
		add_ray(w, names[i], names[i]);
	}
	run(w);
	script.launch[1] = 1;
	script.launch[2] = 4;
	run(w);
	assert_int_equal(w->decision->launch[1], 1);
	assert_int_equal(w->decision->launch[2], 1); /* half of 4 */
	assert_true(noted(w, RT_WHY_GUARD_SURGE));
}

static void test_cost(void **state)
{
	const struct rt_pair prices[] = { { "small", 1.5 }, { "big", 4 } };
	struct world *w = *state;

	w->chain.prices = (struct rt_pairs){ 2, prices };
	w->chain.guards.max_hourly_cost = 10;
	start_worker(w); /* 1.5 */
	script.launch[1] = 3;
	script.launch[2] = 2;
	run(w);
	assert_int_equal(w->decision->launch[1], 3); /* 6 in all */
	assert_int_equal(w->decision->launch[2], 1); /* 10 */
	assert_true(noted(w, RT_WHY_GUARD_COST));
	script.launch[2] = 1;
	w->chain.guards.max_hourly_cost = 1; /* less than there is already */
	run(w);
	assert_int_equal(launched(w), 0);
}

/* Six idle workers. */
static void start_workers(struct world *w)
{
	script.launch[1] = 6;
	run(w);
	keep_promises(w);
	run(w);
	assert_int_equal(table_len(w), 7);
	for (uint32_t i = 1; i < 7; i++)
		assert_int_equal(status_of(w, i), RT_NODE_RAY_RUNNING);
}

static void remove_all(void)
{
	script.remove = 1;
	script.remove_more = 5;
}

static void test_removals_within_a_minute(void **state)
{
	struct world *w = *state;

	w->chain.guards.max_removal_per_minute = 2;
	start_workers(w);
	remove_all();
	run(w);
	assert_int_equal(w->decision->removals_len, 2);
	assert_true(noted(w, RT_WHY_GUARD_REMOVAL_RATE));
	note(w, RT_OUTCOME_FAILED);
	for (int i = 0; i < 11; i++) { /* 55 s */
		remove_all();
		run(w);
		assert_int_equal(w->decision->removals_len, 0);
	}
	remove_all();
	run(w);
	assert_int_equal(w->decision->removals_len, 2);
}

static void test_stabilization(void **state)
{
	struct world *w = *state;
	int rounds = 0;

	w->chain.guards.scale_down_stabilization_s = 150;
	start_workers(w);
	do {
		assert_true(++rounds < 40);
		remove_all();
		run(w);
		note(w, RT_OUTCOME_FAILED);
	} while (w->decision->removals_len == 0);
	/* 150 s are 30 rounds; a slot of 10 s more or less. */
	assert_in_range(rounds, 29, 33);
	assert_int_equal(w->decision->removals_len, 6);
}

static void test_a_minimum(void **state)
{
	struct world *w = *state;

	start_workers(w);
	w->groups[1].min_nodes = 4;
	remove_all();
	run(w);
	assert_int_equal(w->decision->removals_len, 2);
	assert_true(noted(w, RT_WHY_GUARD_MIN));
	note(w, RT_OUTCOME_FAILED);
	remove_all();
	script.cause = RT_CAUSE_CONSOLIDATE; /* a wish, too */
	run(w);
	assert_int_equal(w->decision->removals_len, 2);
	note(w, RT_OUTCOME_FAILED);
	remove_all();
	script.cause = RT_CAUSE_MAX_NUM_NODES;
	run(w);
	assert_int_equal(w->decision->removals_len, 6);
}

static void test_the_maximum_of_the_cluster(void **state)
{
	struct world *w = *state;

	start_workers(w);
	w->obs.cluster.max_workers = 8;
	script.launch[1] = 1;
	script.launch[2] = 2;
	run(w);
	assert_int_equal(w->decision->launch[1], 1);
	assert_int_equal(w->decision->launch[2], 1);
	assert_true(noted(w, RT_WHY_GUARD_LIMIT));
}

/* A dip that ends in time costs no node. */
static void test_a_dip_costs_nothing(void **state)
{
	struct world *w = *state;

	w->chain.guards.scale_down_stabilization_s = 150;
	start_workers(w);
	for (int i = 0; i < 100; i++) {
		if (i % 20 < 10)
			remove_all();
		run(w);
		assert_int_equal(w->decision->removals_len, 0);
		assert_int_equal(noted(w, RT_WHY_GUARD_STABLE), i % 20 < 10);
	}
}

static void test_freeze(void **state)
{
	struct world *w = *state;
	struct rt_freeze freeze = { .window.for_ms = 3600000,
				    .what = RT_FROZEN_REMOVE };

	assert_int_equal(rt_cron_parse("0 * * * *", &freeze.window.cron, NULL),
			 RT_OK);
	start_workers(w);
	w->chain.guards.freeze = (struct rt_list){ 1, &freeze };
	script.launch[1] = 1;
	remove_all();
	run(w);
	assert_int_equal(launched(w), 1);
	assert_int_equal(w->decision->removals_len, 0);
	assert_true(noted(w, RT_WHY_GUARD_FREEZE));
	note(w, RT_OUTCOME_FAILED);
	freeze.what = RT_FROZEN_BOTH;
	script.launch[1] = 1;
	remove_all();
	run(w);
	assert_int_equal(launched(w), 0);
	assert_int_equal(w->decision->removals_len, 0);
	freeze.window.for_ms = 60000; /* of the hour; now are 16 minutes over */
	remove_all();
	run(w);
	assert_int_equal(w->decision->removals_len, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_launches_within_a_minute),
		TEST(test_surge),
		TEST(test_cost),
		TEST(test_removals_within_a_minute),
		TEST(test_stabilization),
		TEST(test_a_dip_costs_nothing),
		TEST(test_a_minimum),
		TEST(test_the_maximum_of_the_cluster),
		TEST(test_freeze),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
