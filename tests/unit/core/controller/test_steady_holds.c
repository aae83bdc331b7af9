/* SPDX-License-Identifier: Apache-2.0 */
/* test_steady_holds.c - what counts as a change: everything but the clock and
 * what grows with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/param.h"
#include "core/controller/steady.h"

#define NAMES 7
#define UNTIL_MS 1000000
#define KEPT_AT_MS 500000

/* An observation and all that it points to. */
struct scene {
	struct rt_observation obs;
	struct rt_group groups[2];
	struct rt_group_spec specs[2];
	struct rt_amount amounts[2];
	struct rt_label labels[2];
	struct rt_amount node_amounts[1];
	struct rt_label node_labels[1];
	struct rt_resize_caps caps;
	const char *to_delete[1], *problems[1];
	struct rt_pod pods[2];
	struct rt_pod_size size;
	struct rt_ray_node nodes[2];
	uint32_t values[2];
	struct rt_label_rule rules[1];
	struct rt_selector selectors[1];
	struct rt_placement placements[1];
	struct rt_request tasks[2], bundles[1], asked[1];
	struct rt_gang gangs[1];
	struct rt_constraint constraints[1];
};

static void set_cluster(struct scene *s)
{
	s->amounts[0] = (struct rt_amount){ 1, 10000 };
	s->amounts[1] = (struct rt_amount){ 2, 20000 };
	s->labels[0] = (struct rt_label){ 3, 4 };
	s->labels[1] = (struct rt_label){ 5, 6 };
	s->caps = (struct rt_resize_caps){ 1, 2 };
	s->to_delete[0] = "p9";
	s->problems[0] = "one";
	s->groups[0] =
		(struct rt_group){ .name = "headgroup", .is_head = true };
	s->groups[1] = (struct rt_group){
		.name = "a",
		.res = { 2, s->amounts },
		.labels = { 2, s->labels },
		.resize = &s->caps,
	};
	s->specs[1].to_delete_len = 1;
	s->specs[1].to_delete = s->to_delete;
	s->obs.cluster = (struct rt_raycluster){
		.name = "c",
		.groups_len = 2,
		.groups = s->groups,
		.specs = s->specs,
		.problems_len = 1,
		.problems = s->problems,
	};
}

static void set_nodes(struct scene *s)
{
	s->size = (struct rt_pod_size){ .error = "" };
	s->pods[0] = (struct rt_pod){ .name = "h",
				      .group = "headgroup",
				      .replica = "",
				      .is_head = true };
	s->pods[1] = (struct rt_pod){
		.name = "p", .group = "a", .replica = "r", .size = &s->size
	};
	s->nodes[0] = (struct rt_ray_node){
		.ray_node_id = "00",
		.instance_id = "h",
		.group = "headgroup",
	};
	s->node_amounts[0] = (struct rt_amount){ 1, 10000 };
	s->node_labels[0] = (struct rt_label){ 3, 4 };
	s->nodes[1] = (struct rt_ray_node){
		.ray_node_id = "01",
		.instance_id = "p",
		.group = "a",
		.status = RT_RAY_IDLE,
		.total = { 1, s->node_amounts },
		.available = { 1, s->amounts },
		.labels = { 1, s->node_labels },
		.idle_ms = 20000,
	};
	s->obs.pods_len = s->obs.ray_nodes_len = 2;
	s->obs.pods = s->pods;
	s->obs.ray_nodes = s->nodes;
}

static void set_demand(struct scene *s)
{
	s->values[0] = 1;
	s->values[1] = 2;
	s->rules[0] = (struct rt_label_rule){ 3, RT_LABEL_IN, 2, s->values };
	s->selectors[0] = (struct rt_selector){ 1, s->rules };
	s->placements[0] = (struct rt_placement){ RT_AFFINITY, 3, 4 };
	for (int i = 0; i < 2; i++)
		s->tasks[i] = (struct rt_request){
			1, { 1, &s->amounts[i] }, 1, s->selectors,
			1, s->placements,
		};
	s->bundles[0] = s->asked[0] = s->tasks[0];
	s->gangs[0] = (struct rt_gang){ "g", 1, s->bundles };
	s->constraints[0] = (struct rt_constraint){ 1, s->asked };
	s->obs.demand = (struct rt_demand){
		.tasks_len = 2,
		.tasks = s->tasks,
		.gangs_len = 1,
		.gangs = s->gangs,
		.constraints_len = 1,
		.constraints = s->constraints,
	};
}

static struct scene kept, now;
static struct rt_snapshot snapshot = { .names = { .len = NAMES } };
static struct rt_decision decision = { .snapshot = &snapshot };
static struct rt_steady steady;

static void set_scene(struct scene *s)
{
	*s = (struct scene){ 0 };
	set_cluster(s);
	set_nodes(s);
	set_demand(s);
	s->obs.now_ms = KEPT_AT_MS;
}

static int setup(void **state)
{
	const struct rt_instances none = { 0 };
	struct rt_controller_settings settings;

	(void)state;
	rt_params_default(rt_controller_params, &settings);
	set_scene(&kept);
	rt_steady_keep(&steady, &kept.obs, &decision, UNTIL_MS, &none,
		       &settings);
	return 0;
}

static bool holds(void)
{
	return rt_steady_holds(&steady, &now.obs, NAMES);
}

/* With this edit it holds no more. */
#define COUNTS(edit)                                                           \
	do {                                                                   \
		set_scene(&now);                                               \
		assert_true(holds());                                          \
		edit;                                                          \
		if (holds())                                                   \
			fail_msg("%s: does not count", #edit);                 \
	} while (0)

static void test_cluster(void **state)
{
	(void)state;
	COUNTS(now.obs.cluster.name = "d");
	COUNTS(now.obs.cluster.groups_len = 1);
	COUNTS(now.obs.cluster.max_workers = 1);
	COUNTS(now.obs.cluster.idle_timeout_ms = 1);
	COUNTS(now.obs.cluster.upscaling_speed = 1);
	COUNTS(now.obs.cluster.problems_len = 0);
	COUNTS(now.problems[0] = "two");
	COUNTS(now.groups[1].name = "b");
	COUNTS(now.groups[1].is_head = true);
	COUNTS(now.groups[1].res.len = 1);
	COUNTS(now.groups[1].labels.len = 1);
	COUNTS(now.groups[1].min_nodes = 1);
	COUNTS(now.groups[1].max_nodes = 1);
	COUNTS(now.groups[1].idle_timeout_ms = 1);
	COUNTS(now.groups[1].priority = 1);
	COUNTS(now.groups[1].num_of_hosts = 2);
	COUNTS(now.groups[1].availability = 1);
	COUNTS(now.groups[1].recoverable_availability = 1);
	COUNTS(now.groups[1].backoff_until_ms = 1);
	COUNTS(now.groups[1].resize = NULL);
	COUNTS(now.caps.cpu = 2);
	COUNTS(now.caps.memory = 3);
	COUNTS(now.specs[1].index = 1);
	COUNTS(now.specs[1].replicas = 1);
	COUNTS(now.specs[1].min_replicas = 1);
	COUNTS(now.specs[1].max_replicas = 1);
	COUNTS(now.specs[1].suspend = true);
	COUNTS(now.specs[1].cpu_name = 1);
	COUNTS(now.specs[1].memory_name = 1);
	COUNTS(now.specs[1].resize_timeout_s = 1);
	COUNTS(now.specs[1].start_cpu = 1);
	COUNTS(now.specs[1].start_memory = 1);
	COUNTS(now.specs[1].to_delete_len = 0);
	COUNTS(now.to_delete[0] = "p8");
}

static void test_nodes(void **state)
{
	(void)state;
	COUNTS(now.obs.own_head = "h");
	COUNTS(now.obs.pods_len = 1);
	COUNTS(now.pods[1].name = "q");
	COUNTS(now.pods[1].group = "b");
	COUNTS(now.pods[1].replica = "s");
	COUNTS(now.pods[1].is_head = true);
	COUNTS(now.pods[1].deleting = true);
	COUNTS(now.pods[1].stuck = true);
	COUNTS(now.pods[1].orphan = true);
	COUNTS(now.pods[1].size = NULL);
	COUNTS(now.size.cpu.asked_request = 1);
	COUNTS(now.size.cpu.asked_limit = 1);
	COUNTS(now.size.cpu.request = 1);
	COUNTS(now.size.memory.limit = 1);
	COUNTS(now.size.memory.beside = 1);
	COUNTS(now.size.memory.room = 1);
	COUNTS(now.size.status = RT_RESIZE_DEFERRED);
	COUNTS(now.size.error = "e");
	COUNTS(now.size.note.raylet_id = "01");
	COUNTS(now.size.note.resizing_at_s = 1);
	COUNTS(now.size.note.max_cpu = 1);
	COUNTS(now.size.note.max_memory = 1);
	COUNTS(now.size.note.failed_at_s = 1);
	COUNTS(now.size.note.failed_why = "w");
	COUNTS(now.obs.ray_nodes_len = 1);
	COUNTS(now.nodes[1].ray_node_id = "02");
	COUNTS(now.nodes[1].instance_id = "q");
	COUNTS(now.nodes[1].group = "b");
	COUNTS(now.nodes[1].status = RT_RAY_DRAINING);
	COUNTS(now.nodes[1].total.len = 0);
	COUNTS(now.nodes[1].available.len = 2);
	COUNTS(now.nodes[1].labels.len = 0);
	COUNTS(now.node_amounts[0].name = 2);
	COUNTS(now.node_amounts[0].units = 1);
	COUNTS(now.node_labels[0].key = 1);
	COUNTS(now.node_labels[0].value = 1);
}

static void test_demand(void **state)
{
	(void)state;
	COUNTS(now.obs.demand.tasks_len = 1);
	COUNTS(now.tasks[1].count = 2);
	COUNTS(now.tasks[1].res.at = now.amounts);
	COUNTS(now.tasks[1].selectors_len = 0);
	COUNTS(now.selectors[0].len = 0);
	COUNTS(now.rules[0].key = 4);
	COUNTS(now.rules[0].op = RT_LABEL_NOT_IN);
	COUNTS(now.rules[0].len = 1);
	COUNTS(now.values[1] = 3);
	COUNTS(now.tasks[1].placements_len = 0);
	COUNTS(now.placements[0].kind = RT_ANTI_AFFINITY);
	COUNTS(now.placements[0].label = 4);
	COUNTS(now.placements[0].value = 5);
	COUNTS(now.obs.demand.gangs_len = 0);
	COUNTS(now.gangs[0].details = "h");
	COUNTS(now.gangs[0].len = 0);
	COUNTS(now.bundles[0].count = 2);
	COUNTS(now.obs.demand.constraints_len = 0);
	COUNTS(now.constraints[0].len = 0);
	COUNTS(now.asked[0].count = 2);
}

static void test_time(void **state)
{
	(void)state;
	COUNTS(now.obs.now_ms--);
	COUNTS(now.obs.now_ms = UNTIL_MS);
	set_scene(&now);
	now.obs.now_ms += 5000;
	now.nodes[1].idle_ms += 5000;
	assert_true(holds());
	assert_false(rt_steady_holds(&steady, &now.obs, NAMES + 1));
}

/* An idle node is idle for about as long as the clock tells, or has had work,
 * or begun to count anew. */
static void test_idle(void **state)
{
	(void)state;
	COUNTS(now.nodes[0].idle_ms = 1);
	COUNTS(now.nodes[1].idle_ms = 0);
	COUNTS(now.nodes[1].idle_ms = 1);
	COUNTS(now.nodes[1].idle_ms += 5000);
	set_scene(&now);
	now.obs.now_ms += 5000;
	now.nodes[1].idle_ms += 5900;
	assert_true(holds());
	now.nodes[1].idle_ms -= 1800;
	assert_true(holds());
	now.nodes[1].idle_ms -= 200;
	assert_false(holds());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cluster), cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_demand),  cmocka_unit_test(test_time),
		cmocka_unit_test(test_idle),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
