/* SPDX-License-Identifier: Apache-2.0 */
/* test_life.c - launches that fail: time-outs, and what is asked of a group
 * afterwards. */
#include "tests/unit/core/controller/fixture.h"

static void wait_s(struct world *w, int64_t s)
{
	w->obs.now_ms += s * 1000 - 5000; /* run() adds 5 s */
	run(w);
}

static const struct rt_action *only(const struct world *w,
				    enum rt_action_kind kind)
{
	assert_int_equal(w->actions->len, 1);
	assert_int_equal(w->actions->at[0].kind, kind);
	return &w->actions->at[0];
}

/* The replicas promise two pods, and the operator makes none. */
static void test_pods_that_are_never_made(void **state)
{
	struct world *w = *state;

	w->specs[1].replicas = 2;
	run(w);
	wait_s(w, 600);
	assert_int_equal(w->actions->len, 0);
	wait_s(w, 1);
	assert_int_equal(only(w, RT_ACTION_CANCEL)->count, 2);
	assert_int_equal(w->actions->at[0].why.code, RT_WHY_REQUEST_TIMEOUT);
	assert_int_equal(w->actions->at[0].why.limit, 600000);
	note(w, RT_OUTCOME_FAILED);
	run(w); /* again, until it is done */
	assert_int_equal(only(w, RT_ACTION_CANCEL)->count, 2);
	note(w, RT_OUTCOME_DONE);
	w->specs[1].replicas = 0;
	run(w);
	assert_int_equal(table_len(w), 1);
	assert_int_equal(w->actions->len, 0);
}

static void test_a_pod_that_comes_late(void **state)
{
	struct world *w = *state;

	w->specs[1].replicas = 1;
	run(w);
	wait_s(w, 601);
	assert_int_equal(status_of(w, 1), RT_NODE_ALLOCATION_FAILED);
	note(w, RT_OUTCOME_FAILED);
	add_pod(w, "p1", "small");
	add_ray(w, "p1", "01");
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_RUNNING);
	assert_int_equal(w->actions->len, 0);
}

static void test_a_group_that_fails_is_left_alone(void **state)
{
	struct world *w = *state;
	const struct rt_group *small = &script.seen_groups[1];

	w->specs[1].replicas = 1;
	run(w);
	assert_int_equal(small->max_nodes, 100);
	wait_s(w, 601);
	note(w, RT_OUTCOME_DONE);
	w->specs[1].replicas = 0;
	int64_t failed_ms = w->obs.now_ms;
	assert_true(small->availability == 0);
	assert_int_equal(small->max_nodes, 0);
	assert_int_equal(small->backoff_until_ms, failed_ms + 60000);
	assert_int_equal(script.seen_groups[2].max_nodes, 3);
	script.launch[1] = 1;
	run(w);
	assert_int_equal(w->actions->len, 0);
	w->obs.now_ms = failed_ms + 60000 - 5000;
	script.launch[1] = 1;
	run(w);
	only(w, RT_ACTION_LAUNCH);
	assert_int_equal(small->max_nodes, 100);
	assert_int_equal(small->backoff_until_ms, 0);
	assert_true(small->recoverable_availability == 0.1);
}

/* A node of the group that starts ends it. */
static void test_a_node_that_starts_clears_it(void **state)
{
	struct world *w = *state;

	w->specs[1].replicas = 2;
	add_pod(w, "p1", "small");
	run(w);
	wait_s(w, 601);
	assert_true(script.seen_groups[1].availability == 0);
	assert_int_equal(script.seen_groups[1].max_nodes, 1);
	add_ray(w, "p1", "01");
	run(w);
	assert_true(script.seen_groups[1].availability == 1);
	assert_int_equal(script.seen_groups[1].max_nodes, 100);
}

static void test_a_pod_that_is_stuck(void **state)
{
	struct world *w = *state;

	w->specs[1].replicas = 2;
	add_pod(w, "p1", "small");
	add_pod(w, "p2", "small");
	w->pods[2].stuck = true;
	run(w);
	wait_s(w, 600);
	assert_int_equal(w->actions->len, 0);
	wait_s(w, 1);
	assert_string_equal(only(w, RT_ACTION_DELETE)->pod, "p2");
	assert_int_equal(w->actions->at[0].why.code, RT_WHY_START_TIMEOUT);
	assert_int_equal(w->actions->at[0].why.limit, 600000);
	assert_int_equal(status_of(w, 1), RT_NODE_ALLOCATED);
	wait_s(w, 3000);
	assert_int_equal(w->actions->len, 2);
	assert_string_equal(w->actions->at[0].pod, "p1");
	assert_int_equal(w->actions->at[0].why.limit, 3600000);
}

/* With restartPolicy Never a pod that crashes at its start is made anew again
 * and again: it is one launch, and it fails. */
static void test_pods_that_crash_at_their_start(void **state)
{
	static const char *const names[] = { "c0", "c1", "c2", "c3" };
	struct world *w = *state;

	w->specs[1].replicas = 1;
	add_pod(w, "c0", "small");
	run(w);
	for (int i = 1; i < 4; i++) {
		w->pods[1].name = names[i];
		wait_s(w, 150);
		assert_int_equal(table_len(w), 2);
		assert_int_equal(status_of(w, 1), RT_NODE_ALLOCATED);
		w->obs.pods_len = 1; /* it crashed */
		run(w);
		assert_int_equal(status_of(w, 1), RT_NODE_REQUESTED);
		w->obs.pods_len = 2;
	}
	wait_s(w, 150);
	assert_string_equal(only(w, RT_ACTION_DELETE)->pod, "c3");
	assert_true(script.seen_groups[1].availability == 0);
}

/* Somebody else named it in workersToDelete. */
static void test_a_pod_that_others_delete(void **state)
{
	static const char *const named[] = { "p1" };
	struct world *w = *state;

	start_worker(w);
	w->specs[1].to_delete_len = 1;
	w->specs[1].to_delete = named;
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_TERMINATING);
	assert_int_equal(w->actions->len, 0);
	wait_s(w, 301); /* and is still there */
	assert_string_equal(only(w, RT_ACTION_DELETE)->pod, "p1");
}

/* Nobody is drained whom no patch may name yet. */
static void test_no_drain_while_others_are_named(void **state)
{
	static const char *const named[] = { "p2" };
	struct world *w = *state;

	start_worker(w);
	add_pod(w, "p2", "small");
	w->specs[1].replicas = 1;
	w->specs[1].to_delete_len = 1;
	w->specs[1].to_delete = named;
	script.remove = 1;
	run(w);
	assert_int_equal(w->actions->len, 0);
	w->pods[w->obs.pods_len - 1].deleting = true;
	script.remove = 1;
	run(w);
	assert_int_equal(w->actions->len, 2);
	assert_int_equal(w->actions->at[0].kind, RT_ACTION_DRAIN);
	assert_string_equal(w->actions->at[1].pod, "p1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pods_that_are_never_made),
		TEST(test_a_pod_that_comes_late),
		TEST(test_a_group_that_fails_is_left_alone),
		TEST(test_a_node_that_starts_clears_it),
		TEST(test_a_pod_that_is_stuck),
		TEST(test_pods_that_crash_at_their_start),
		TEST(test_a_pod_that_others_delete),
		TEST(test_no_drain_while_others_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
