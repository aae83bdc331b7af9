/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_controller.c - rounds over a small world: a policy that does as it is
 * told, pods and Ray nodes set by hand, outcomes given by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/error.h"
#include "core/base/param.h"
#include "core/controller/controller.h"

#define PODS_MAX 16
#define NODES_MAX 64 /* pods, and those that are promised */

/* What the scripted policy does in the next round. */
static struct {
	int64_t launch[3];
	int remove; /* index of a node; -1: none */
	enum rt_cause cause;
	double speed;
	bool fail;
	uint32_t seen_len; /* nodes in the snapshot that it saw */
	struct rt_node seen[NODES_MAX];
} script;

static enum rt_status scripted(const struct rt_ctx *ctx,
			       const struct rt_snapshot *snapshot,
			       struct rt_plan *plan, struct rt_error *err)
{
	script.seen_len = snapshot->nodes_len;
	for (uint32_t i = 0; i < snapshot->nodes_len; i++)
		script.seen[i] = snapshot->nodes[i];
	if (script.fail)
		return rt_fail(err, RT_EINPUT, "scripted failure");
	for (uint32_t g = 0; g < snapshot->groups_len; g++)
		if (script.launch[g])
			rt_launch(ctx, plan, g, script.launch[g],
				  RT_WHY(DEMAND));
	if (script.remove >= 0)
		rt_remove(ctx, plan,
			  (struct rt_removal){ (uint32_t)script.remove,
					       script.cause, 5 },
			  RT_WHY(IDLE, .n = 5));
	if (script.speed > 0)
		rt_pace(ctx, plan, script.speed);
	return RT_OK;
}

static const struct rt_param no_params[] = { { .name = NULL } };
static const struct rt_policy_ops policy = {
	.abi = RT_POLICY_ABI,
	.size = sizeof policy,
	.name = "scripted",
	.params = no_params,
	.decide = scripted,
};

struct world {
	struct rt_controller_settings settings;
	struct rt_chain chain;
	struct rt_controller *controller;
	struct rt_arena *arena;
	struct rt_group groups[3];
	struct rt_group_spec specs[3];
	struct rt_pod pods[PODS_MAX];
	struct rt_ray_node rays[PODS_MAX];
	struct rt_observation obs;
	struct rt_decision *decision;
	struct rt_actions *actions;
	struct rt_error err;
};

static void add_pod(struct world *w, const char *name, const char *group)
{
	w->pods[w->obs.pods_len++] = (struct rt_pod){
		.name = name,
		.group = group,
		.is_head = strcmp(group, "headgroup") == 0,
		.running = true,
	};
}

static struct rt_ray_node *add_ray(struct world *w, const char *pod,
				   const char *id)
{
	struct rt_ray_node *ray = &w->rays[w->obs.ray_nodes_len++];

	*ray = (struct rt_ray_node){
		.ray_node_id = id,
		.instance_id = pod,
		.group = "small",
		.status = RT_RAY_RUNNING,
	};
	return ray;
}

static struct world *start(void **state)
{
	static struct world w;

	memset(&w, 0, sizeof w);
	memset(&script, 0, sizeof script);
	script.remove = -1;
	rt_params_default(rt_controller_params, &w.settings);
	w.chain =
		(struct rt_chain){ .len = 1, .stages = { { &policy, NULL } } };
	w.controller = rt_controller_new(&w.settings, &w.chain);
	w.arena = rt_arena_new();
	w.groups[0] = (struct rt_group){ .name = "headgroup",
					 .is_head = true,
					 .num_of_hosts = 1 };
	w.groups[1] = (struct rt_group){ .name = "small",
					 .max_nodes = 100,
					 .num_of_hosts = 1 };
	w.groups[2] = (struct rt_group){ .name = "big",
					 .max_nodes = 3,
					 .num_of_hosts = 1 };
	w.obs = (struct rt_observation){
		.now_ms = 1000000,
		.cluster = { .groups_len = 3,
			     .groups = w.groups,
			     .specs = w.specs,
			     .max_workers = 103,
			     .upscaling_speed = 1e300 },
		.pods = w.pods,
		.ray_nodes = w.rays,
	};
	add_pod(&w, "head", "headgroup");
	add_ray(&w, "head", "00");
	*state = &w;
	return &w;
}

static int setup(void **state)
{
	start(state);
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	rt_controller_free(&w->controller);
	rt_arena_free(&w->arena);
	return 0;
}

/* One round, 5 s after the last; what it asks for is done by the caller. */
static void run(struct world *w)
{
	rt_arena_reset(w->arena);
	w->obs.now_ms += 5000;
	assert_int_equal(rt_controller_reconcile(w->controller, &w->obs,
						 w->arena, &w->decision,
						 &w->actions, &w->err),
			 RT_OK);
	memset(script.launch, 0, sizeof script.launch);
	script.remove = -1;
}

static void note(struct world *w, enum rt_outcome outcome)
{
	for (uint32_t i = 0; i < w->actions->len; i++)
		w->actions->at[i].outcome = outcome;
	rt_controller_note(w->controller, w->actions);
}

static enum rt_node_status status_of(const struct world *w, uint32_t i)
{
	return rt_controller_instances(w->controller)->at[i]->status;
}

static uint32_t table_len(const struct world *w)
{
	return rt_controller_instances(w->controller)->len;
}

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
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_RUNNING);
	assert_string_equal(script.seen[1].ray_node_id, "01");

	ray->idle_ms = 99000;
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

/* Takes the world to one running, idle worker. */
static struct rt_ray_node *start_worker(struct world *w)
{
	w->specs[1].replicas = 1;
	add_pod(w, "p1", "small");
	struct rt_ray_node *ray = add_ray(w, "p1", "01");
	ray->idle_ms = 99000;
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_RUNNING);
	return ray;
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

static void test_failed_launch_is_tried_again(void **state)
{
	struct world *w = *state;

	script.launch[1] = 2;
	run(w);
	note(w, RT_OUTCOME_FAILED);
	run(w);
	assert_int_equal(w->actions->len, 1);
	assert_int_equal(w->actions->at[0].count, 2);
	assert_int_equal(table_len(w), 3);
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
	/* Taken back by hand: the request is queued anew only after a while. */
	w->specs[1].replicas = 0;
	run(w);
	assert_int_equal(w->actions->len, 0);
	w->obs.now_ms += 601000;
	run(w);
	assert_int_equal(w->actions->len, 1);
	assert_int_equal(w->actions->at[0].count, 3);
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
						 w->arena, &w->decision,
						 &w->actions, &w->err),
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_life_of_a_node),
		TEST(test_refused_drain_keeps_the_node),
		TEST(test_accepted_drain_is_deleted_once_dead),
		TEST(test_failed_launch_is_tried_again),
		TEST(test_pacing),
		TEST(test_upscaling_speed),
		TEST(test_replicas_are_a_promise),
		TEST(test_pod_without_ray_times_out),
		TEST(test_deleting_pod_is_gone),
		TEST(test_restarted_container_counts_as_running),
		TEST(test_guard_stale_holds_everything),
		TEST(test_guard_limits),
		TEST(test_guard_busy),
		TEST(test_head_is_never_removed),
		TEST(test_failing_policy_leaves_no_actions),
		TEST(test_names_do_not_pile_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
