/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_controller.c - a round as a whole, and the guards.
 */
#include "tests/unit/core/controller/fixture.h"

static void test_guard_stale_holds_everything(void **state)
{
	struct world *w = *state;

	start_worker(w);
	w->rays[0].status = RT_RAY_DEAD; /* the head */
	script.launch[1] = 1;
	script.remove = 1;
	run(w);
	assert_int_equal(w->actions->len, 0);
}

/* What earlier rounds have left is not done either. */
static void test_guard_stale_holds_leftovers(void **state)
{
	struct world *w = *state;
	struct rt_ray_node *ray = start_worker(w);

	w->rays[0].status = RT_RAY_DEAD; /* the head, and so all the others */
	ray->status = RT_RAY_DEAD;
	run(w);
	assert_int_equal(w->actions->len, 0);
	w->rays[0].status = RT_RAY_RUNNING;
	ray->status = RT_RAY_IDLE;
	run(w);
	assert_int_equal(w->actions->len, 0);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_RUNNING);
}

static void test_guard_limits(void **state)
{
	struct world *w = *state;

	script.launch[0] = 1;
	script.launch[2] = 5;
	run(w);
	assert_int_equal(w->actions->len, 1);
	assert_string_equal(w->actions->at[0].group_name, "big");
	assert_int_equal(w->actions->at[0].count, 3);
}

/* A node that drains is a pod until it is deleted. */
static void test_guard_limits_counts_draining_nodes(void **state)
{
	struct world *w = *state;
	struct rt_ray_node *ray = start_worker(w);

	w->groups[1].max_nodes = 1;
	script.remove = 1;
	run(w);
	note(w, RT_OUTCOME_ACCEPTED);
	ray->status = RT_RAY_DRAINING;
	script.launch[1] = 1;
	run(w);
	assert_int_equal(w->actions->len, 0);
	w->obs.pods_len = w->obs.ray_nodes_len = 1;
	w->specs[1].replicas = 0;
	script.launch[1] = 1;
	run(w);
	assert_int_equal(w->actions->len, 1);
}

static void test_guard_busy(void **state)
{
	struct world *w = *state;
	struct rt_ray_node *ray = start_worker(w);

	ray->idle_ms = 0;
	script.remove = 1;
	run(w);
	assert_int_equal(w->actions->len, 0);
	script.remove = 1;
	script.cause = RT_CAUSE_MAX_NUM_NODES; /* only a maximum may end it */
	run(w);
	assert_int_equal(w->actions->len, 2);
}

static void test_head_is_never_removed(void **state)
{
	struct world *w = *state;

	w->rays[0].idle_ms = 99000;
	script.remove = 0;
	run(w);
	assert_int_equal(w->actions->len, 0);
}

static void test_failing_policy_leaves_no_actions(void **state)
{
	struct world *w = *state;

	script.fail = true;
	assert_int_equal(rt_controller_reconcile(w->controller, &w->obs,
						 &w->decision, &w->actions,
						 &w->err),
			 RT_EINPUT);
	assert_string_equal(w->err.text, "policy scripted: scripted failure");
	assert_int_equal(table_len(w), 1);
}

/* A week of placement groups: the names of those that are gone do not stay. */
static void test_names_do_not_pile_up(void **state)
{
	struct world *w = *state;
	char name[32];

	for (int round = 0; round < 1000; round++) {
		rt_controller_renew_names(w->controller);
		struct rt_names *names = rt_controller_names(w->controller);
		for (int i = 0; i < 20; i++) {
			snprintf(name, sizeof name, "_PG_%d_%d", round, i);
			rt_name_intern(names, name);
		}
		assert_in_range(rt_names_len(names), 20, 1100);
		run(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_guard_stale_holds_everything),
		TEST(test_guard_stale_holds_leftovers),
		TEST(test_guard_limits),
		TEST(test_guard_limits_counts_draining_nodes),
		TEST(test_guard_busy),
		TEST(test_head_is_never_removed),
		TEST(test_failing_policy_leaves_no_actions),
		TEST(test_names_do_not_pile_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
