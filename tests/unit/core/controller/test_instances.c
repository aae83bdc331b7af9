/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_instances.c - the life of nodes, from the wish for one to its end.
 */
#include "core/model/codec_snapshot.h"
#include "tests/unit/core/controller/fixture.h"

static void test_life_of_a_node(void **state)
{
	struct world *w = *state;

	script.launch[1] = 1;
	run(w);
	assert_int_equal(w->actions->len, 1);
	assert_int_equal(w->actions->at[0].kind, RT_ACTION_LAUNCH);
	assert_int_equal(w->actions->at[0].count, 1);
	assert_string_equal(w->actions->at[0].group_name, "small");
	assert_int_equal(status_of(w, 1), RT_NODE_QUEUED);
	note(w, RT_OUTCOME_DONE);
	w->specs[1].replicas = 1;
	assert_int_equal(status_of(w, 1), RT_NODE_REQUESTED);

	run(w); /* no pod yet: not asked for twice */
	assert_int_equal(w->actions->len, 0);
	assert_int_equal(table_len(w), 2);

	add_pod(w, "p1", "small");
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_ALLOCATED);
	struct rt_ray_node *ray = add_ray(w, "p1", "01");
	ray->idle_ms = 99000;
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_RUNNING);
	assert_string_equal(script.seen[1].ray_node_id, "01");

	script.remove = 1;
	run(w);
	assert_int_equal(w->actions->len, 2);
	assert_int_equal(w->actions->at[0].kind, RT_ACTION_DRAIN);
	assert_string_equal(w->actions->at[0].ray_node_id, "01");
	assert_int_equal(w->actions->at[1].kind, RT_ACTION_DELETE);
	assert_int_equal(w->actions->at[1].after, 0);
	note(w, RT_OUTCOME_DONE);
	w->specs[1].replicas = 0;
	assert_int_equal(status_of(w, 1), RT_NODE_TERMINATING);
	ray->status = RT_RAY_DEAD;
	run(w);
	assert_int_equal(w->actions->len, 0);

	w->obs.pods_len--;
	run(w);
	assert_int_equal(table_len(w), 1);
}

static void test_refused_drain_keeps_the_node(void **state)
{
	struct world *w = *state;

	start_worker(w);
	script.remove = 1;
	run(w);
	w->actions->at[0].outcome = RT_OUTCOME_REFUSED;
	w->actions->at[1].outcome = RT_OUTCOME_SKIPPED;
	rt_controller_note(w->controller, w->actions);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_RUNNING);
}

static void test_accepted_drain_is_deleted_once_dead(void **state)
{
	struct world *w = *state;
	struct rt_ray_node *ray = start_worker(w);

	script.remove = 1;
	run(w);
	w->actions->at[0].outcome = RT_OUTCOME_ACCEPTED;
	w->actions->at[1].outcome = RT_OUTCOME_SKIPPED;
	rt_controller_note(w->controller, w->actions);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_STOP_REQUESTED);
	ray->status = RT_RAY_DRAINING;
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_STOPPING);
	assert_int_equal(w->actions->len, 0);
	ray->status = RT_RAY_DEAD;
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_STOPPED);
	assert_int_equal(w->actions->len, 1);
	assert_int_equal(w->actions->at[0].kind, RT_ACTION_DELETE);
	assert_int_equal(w->actions->at[0].after, RT_NO_ACTION);
}

/* Neither a launch that failed nor one that pacing held back is remembered:
 * the policy wishes anew, or not. */
static void test_wishes_are_of_their_round(void **state)
{
	struct world *w = *state;

	script.launch[1] = 2;
	run(w);
	note(w, RT_OUTCOME_FAILED);
	script.launch[1] = 2;
	run(w);
	assert_int_equal(w->actions->len, 1);
	assert_int_equal(w->actions->at[0].count, 2);
	assert_int_equal(table_len(w), 3);
	note(w, RT_OUTCOME_FAILED);
	run(w);
	assert_int_equal(w->actions->len, 0);
	assert_int_equal(table_len(w), 1);
}

static void test_pacing(void **state)
{
	struct world *w = *state;

	script.launch[1] = 25;
	run(w);
	assert_int_equal(w->actions->at[0].count, 10);
	note(w, RT_OUTCOME_DONE);
	w->specs[1].replicas = 10;
	run(w); /* ten are under way: no room */
	assert_int_equal(w->actions->len, 0);
}

static void test_upscaling_speed(void **state)
{
	struct world *w = *state;

	start_worker(w);
	script.launch[1] = 8;
	script.speed = 2;
	run(w);
	assert_int_equal(w->actions->at[0].count, 2);
}

static void test_replicas_are_a_promise(void **state)
{
	struct world *w = *state;

	w->specs[1].replicas = 3;
	run(w);
	assert_int_equal(table_len(w), 4);
	assert_int_equal(status_of(w, 3), RT_NODE_REQUESTED);
	assert_int_equal(w->actions->len, 0);
	/* Taken back by hand: nobody will make them. */
	w->specs[1].replicas = 1;
	run(w);
	assert_int_equal(table_len(w), 2);
	assert_int_equal(w->actions->len, 0);
}

static void test_promises_beyond_the_launch(void **state)
{
	struct world *w = *state;

	script.launch[1] = 25;
	run(w);
	assert_int_equal(w->actions->at[0].count, 10);
	note(w, RT_OUTCOME_DONE);
	w->specs[1].replicas = 25; /* the group's minimum was raised to it */
	run(w);
	assert_int_equal(table_len(w), 26);
	assert_int_equal(status_of(w, 25), RT_NODE_REQUESTED);
}

static void test_a_launch_whose_answer_was_lost(void **state)
{
	struct world *w = *state;

	script.launch[1] = 2;
	run(w);
	note(w, RT_OUTCOME_FAILED);
	w->specs[1].replicas = 2;
	add_pod(w, "p1", "small");
	run(w);
	assert_int_equal(w->actions->len, 0);
	assert_int_equal(table_len(w), 3);
	assert_int_equal(status_of(w, 1), RT_NODE_ALLOCATED);
	assert_int_equal(status_of(w, 2), RT_NODE_REQUESTED);
}

static void test_absurd_replicas(void **state)
{
	struct world *w = *state;

	w->groups[1].max_nodes = INT32_MAX;
	w->specs[1].replicas = INT32_MAX;
	run(w);
	assert_int_equal(table_len(w), RT_NODES_MAX + 1);
}

static void test_drained_in_an_earlier_life(void **state)
{
	struct world *w = *state;

	w->specs[1].replicas = 1;
	add_pod(w, "p1", "small");
	add_ray(w, "p1", "01")->status = RT_RAY_DEAD;
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_STOPPED);
	assert_int_equal(w->actions->len, 1);
	assert_int_equal(w->actions->at[0].kind, RT_ACTION_DELETE);
}

static void test_pod_without_ray_times_out(void **state)
{
	struct world *w = *state;

	w->specs[1].replicas = 1;
	add_pod(w, "p1", "small");
	run(w);
	w->obs.now_ms += 3601000;
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_ALLOCATION_TIMEOUT);
	assert_int_equal(w->actions->at[0].why.limit, 3600000);
	assert_int_equal(w->actions->len, 1);
	assert_int_equal(w->actions->at[0].kind, RT_ACTION_DELETE);
	assert_string_equal(w->actions->at[0].pod, "p1");
}

static void test_deleting_pod_is_gone(void **state)
{
	struct world *w = *state;

	start_worker(w);
	w->pods[1].deleting = true;
	w->specs[1].replicas = 0;
	run(w);
	assert_int_equal(table_len(w), 1);
}

static void test_restarted_container_counts_as_running(void **state)
{
	struct world *w = *state;
	struct rt_ray_node *ray = start_worker(w);

	ray->status = RT_RAY_DEAD;
	add_ray(w, "p1", "02");
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_RUNNING);
	assert_string_equal(script.seen[1].ray_node_id, "02");
	assert_int_equal(w->actions->len, 0);
}

/* Of a head that was replaced: it holds nothing, though the pod is there. */
static void test_an_orphan_is_no_pending_node(void **state)
{
	struct world *w = *state;

	w->specs[1].replicas = 1;
	add_pod(w, "p1", "small");
	w->pods[1].orphan = true;
	run(w);
	assert_int_equal(script.seen[1].status, RT_NODE_RAY_STOPPING);
	assert_int_equal(w->actions->len, 0);
	add_ray(w, "p1", "01"); /* the head knows it: it kept its state */
	run(w);
	assert_int_equal(script.seen[1].status, RT_NODE_RAY_RUNNING);
}

/* One that never joins is deleted as others are. */
static void test_an_orphan_times_out(void **state)
{
	struct world *w = *state;

	w->specs[1].replicas = 1;
	add_pod(w, "p1", "small");
	w->pods[1].orphan = true;
	run(w);
	w->obs.now_ms += 3601000;
	run(w);
	assert_int_equal(w->actions->len, 1);
	assert_int_equal(w->actions->at[0].kind, RT_ACTION_DELETE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_life_of_a_node),
		TEST(test_refused_drain_keeps_the_node),
		TEST(test_accepted_drain_is_deleted_once_dead),
		TEST(test_wishes_are_of_their_round),
		TEST(test_pacing),
		TEST(test_upscaling_speed),
		TEST(test_replicas_are_a_promise),
		TEST(test_promises_beyond_the_launch),
		TEST(test_a_launch_whose_answer_was_lost),
		TEST(test_absurd_replicas),
		TEST(test_drained_in_an_earlier_life),
		TEST(test_pod_without_ray_times_out),
		TEST(test_deleting_pod_is_gone),
		TEST(test_restarted_container_counts_as_running),
		TEST(test_an_orphan_is_no_pending_node),
		TEST(test_an_orphan_times_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
