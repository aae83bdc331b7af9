/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - rounds over a small world: a policy that does as it is told, pods
 * and Ray nodes set by hand, outcomes given by hand.
 */
#ifndef TESTS_UNIT_CORE_CONTROLLER_FIXTURE_H
#define TESTS_UNIT_CORE_CONTROLLER_FIXTURE_H

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
	int remove;      /* index of a node; -1: none */
	int remove_more; /* so many behind it, too */
	enum rt_cause cause;
	double speed;
	bool fail;
	uint32_t seen_len; /* nodes in the snapshot that it saw */
	struct rt_node seen[NODES_MAX];
	struct rt_group seen_groups[3];
} script;

static enum rt_status scripted(const struct rt_ctx *ctx,
			       const struct rt_snapshot *snapshot,
			       struct rt_plan *plan, struct rt_error *err)
{
	script.seen_len = snapshot->nodes_len;
	for (uint32_t i = 0; i < snapshot->nodes_len && i < NODES_MAX; i++)
		script.seen[i] = snapshot->nodes[i];
	for (uint32_t g = 0; g < 3 && g < snapshot->groups_len; g++)
		script.seen_groups[g] = snapshot->groups[g];
	if (script.fail)
		return rt_fail(err, RT_EINPUT, "scripted failure");
	for (uint32_t g = 0; g < snapshot->groups_len; g++)
		if (script.launch[g])
			rt_launch(ctx, plan, g, script.launch[g],
				  RT_WHY(DEMAND));
	for (int i = script.remove;
	     i >= 0 && i <= script.remove + script.remove_more &&
	     (uint32_t)i < snapshot->nodes_len;
	     i++)
		rt_remove(ctx, plan,
			  (struct rt_removal){
				  .node = (uint32_t)i,
				  .cause = script.cause,
				  .idle_ms = snapshot->nodes[i].idle_ms,
			  },
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
	.flags = RT_PACKS,
	.params = no_params,
	.decide = scripted,
};

struct world {
	struct rt_controller_settings settings;
	struct rt_chain chain;
	struct rt_controller *controller;
	struct rt_group groups[3];
	struct rt_group_spec specs[3];
	struct rt_pod pods[PODS_MAX];
	struct rt_ray_node rays[PODS_MAX];
	struct rt_observation obs;
	struct rt_decision *decision;
	struct rt_actions *actions;
	struct rt_error err;
};

static inline void add_pod(struct world *w, const char *name, const char *group)
{
	w->pods[w->obs.pods_len++] = (struct rt_pod){
		.name = name,
		.group = group,
		.replica = "",
		.is_head = strcmp(group, "headgroup") == 0,
	};
}

static inline struct rt_ray_node *add_ray(struct world *w, const char *pod,
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

static inline struct world *start(void **state)
{
	static struct world w;

	memset(&w, 0, sizeof w);
	memset(&script, 0, sizeof script);
	script.remove = -1;
	rt_params_default(rt_controller_params, &w.settings);
	w.chain =
		(struct rt_chain){ .len = 1, .stages = { { .ops = &policy } } };
	w.controller = rt_controller_new(&w.settings, &w.chain);
	w.groups[0] = (struct rt_group){ .name = "headgroup",
					 .is_head = true,
					 .num_of_hosts = 1 };
	w.groups[1] = (struct rt_group){ .name = "small",
					 .max_nodes = 100,
					 .availability = 1,
					 .recoverable_availability = 1,
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

static inline int setup(void **state)
{
	start(state);
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;

	rt_controller_free(&w->controller);
	return 0;
}

/* One round, 5 s after the last; what it asks for is done by the caller. */
static inline void run(struct world *w)
{
	rt_controller_begin(w->controller);
	w->obs.now_ms += 5000;
	if (rt_controller_reconcile(w->controller, &w->obs, &w->decision,
				    &w->actions, &w->err))
		fail_msg("%s", w->err.text);
	memset(script.launch, 0, sizeof script.launch);
	script.remove = -1;
	script.remove_more = 0;
}

static inline void note(struct world *w, enum rt_outcome outcome)
{
	for (uint32_t i = 0; i < w->actions->len; i++)
		w->actions->at[i].outcome = outcome;
	rt_controller_note(w->controller, w->actions);
}

static inline enum rt_node_status status_of(const struct world *w, uint32_t i)
{
	return rt_controller_instances(w->controller)->at[i]->status;
}

static inline uint32_t table_len(const struct world *w)
{
	return rt_controller_instances(w->controller)->len;
}

/* Takes the world to one running, idle worker. */
static inline struct rt_ray_node *start_worker(struct world *w)
{
	w->specs[1].replicas = 1;
	add_pod(w, "p1", "small");
	struct rt_ray_node *ray = add_ray(w, "p1", "01");
	ray->idle_ms = 99000;
	run(w);
	assert_int_equal(status_of(w, 1), RT_NODE_RAY_RUNNING);
	return ray;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
