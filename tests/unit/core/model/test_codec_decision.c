/* SPDX-License-Identifier: Apache-2.0 */
/* test_codec_decision.c - every field of a decision, as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/model/codec_decision.h"
#include "core/model/plan.h"

static const struct rt_amount half_cpu[] = { { 0, RT_UNITS / 2 } };
static const char *const names[] = { "CPU", "unused" };
static const uint32_t ranks[] = { 0, 1 };
static const struct rt_group groups[] = {
	{ .name = "a", .res = { 1, half_cpu } },
	{ .name = "b" },
};
static const struct rt_node nodes[] = {
	{ .instance_id = "i-1",
	  .type = "a",
	  .group = 0,
	  .status = RT_NODE_RAY_RUNNING,
	  .ray_node_id = "ff" },
	{ .instance_id = "i-2",
	  .type = "b",
	  .group = 1,
	  .status = RT_NODE_QUEUED,
	  .pod = "p",
	  .ray_node_id = "" },
};
static const struct rt_request tasks[2];
static const struct rt_gang gangs[1];
static const struct rt_constraint constraints[1];

static void assert_json(const struct rt_decision *d, const char *want)
{
	cJSON *json = rt_decision_encode(d);
	char *text = cJSON_PrintUnformatted(json);

	assert_string_equal(text, want);
	cJSON_free(text);
	cJSON_Delete(json);
}

/* One edit of each kind. */
static void edit(struct rt_plan *plan)
{
	static const int64_t since[] = { 3, 4 };

	rt_plan_launch(plan, 0, 3, RT_WHY(DEMAND));
	rt_plan_cancel(plan, 1, 2, RT_WHY(CANCELLED));
	rt_plan_remove(plan,
		       (struct rt_removal){ .node = 1,
					    .cause = RT_CAUSE_MAX_NUM_NODES },
		       RT_WHY(MAX_CLUSTER, .n = 3, .limit = 2));
	rt_plan_remove(plan,
		       (struct rt_removal){ .node = 0,
					    .cause = RT_CAUSE_IDLE,
					    .idle_ms = 7 },
		       RT_WHY(IDLE, .n = 7, .limit = 6));
	rt_plan_resize(plan,
		       (struct rt_resizing){ .node = 1,
					     .raylet_id = "f0",
					     .cpu = RT_UNITS / 2,
					     .memory = 7 * RT_UNITS },
		       RT_WHY(RESIZE));
	rt_plan_infeasible_task(plan, 1, 9, RT_WHY(NO_ROOM, .n = 9));
	rt_plan_infeasible_gang(plan, 0, RT_WHY(NO_ROOM, .n = 1));
	rt_plan_infeasible_constraint(plan, 0, RT_WHY(NO_ROOM, .n = 1));
	rt_plan_unneeded(plan, 0, (struct rt_times){ 2, since });
}

static const char all_fields[] =
	"{\"version\":1,\"id\":\"x\",\"launch\":{\"a\":3},"
	"\"terminate\":[{\"instance_id\":\"i-1\",\"ray_node_id\":"
	"\"ff\",\"type\":\"a\",\"status\":\"RAY_RUNNING\",\"cause\":"
	"\"IDLE\",\"idle_ms\":7},{\"instance_id\":\"i-2\","
	"\"ray_node_id\":\"\",\"type\":\"b\",\"status\":\"QUEUED\","
	"\"cause\":\"MAX_NUM_NODES\"}],"
	"\"infeasible\":{\"tasks\":[{\"index\":1,\"count\":9}],"
	"\"gangs\":[0],\"constraints\":[0]},"
	"\"state\":{\"pending_unneeded_since_ms\":{\"a\":[3,4]}},"
	"\"resize\":[{\"pod\":\"p\",\"raylet_id\":\"f0\",\"cpu\":0.5,"
	"\"memory\":7}],"
	"\"cancelled\":{\"b\":2},\"cluster_resources\":{\"CPU\":1.5}}";

static void test_all_fields(void **state)
{
	const struct rt_snapshot snapshot = {
		.id = "x",
		.names = { 2, names, ranks },
		.idle_timeout_ms = RT_NONE,
		.pending_idle_timeout_ms = 5,
		.groups_len = 2,
		.groups = groups,
		.nodes_len = 2,
		.nodes = nodes,
		.demand = { .tasks_len = 2,
			    .tasks = tasks,
			    .gangs_len = 1,
			    .gangs = gangs,
			    .constraints_len = 1,
			    .constraints = constraints },
	};
	struct rt_arena *arena = rt_arena_new();
	struct rt_plan *plan = rt_plan_new(arena, &snapshot);
	(void)state;

	edit(plan);
	assert_json(rt_decision_seal(plan, arena), all_fields);
	rt_arena_free(&arena);
}

static void test_nothing_to_do(void **state)
{
	const struct rt_snapshot snapshot = {
		.pending_idle_timeout_ms = RT_NONE,
	};
	struct rt_arena *arena = rt_arena_new();
	(void)state;

	assert_json(rt_decision_seal(rt_plan_new(arena, &snapshot), arena),
		    "{\"version\":1,\"launch\":{},\"terminate\":[],"
		    "\"infeasible\":{\"tasks\":[],\"gangs\":[],"
		    "\"constraints\":[]},\"cluster_resources\":{}}");
	rt_arena_free(&arena);
}

/* Whole bytes of 4,648 nodes, which are too many in 1/10000, and parts of
 * CPUs. */
static void test_totals_are_exact(void **state)
{
	static const struct rt_amount amounts[] = {
		{ 0, 3333 },
		{ 1, 864513224102 * RT_UNITS },
	};
	static const struct rt_group group = { .name = "a",
					       .res = { 2, amounts } };
	const struct rt_snapshot s = { .groups_len = 1,
				       .groups = &group,
				       .names = { 2, names, ranks } };
	struct rt_arena *arena = rt_arena_new();
	struct rt_plan *plan = rt_plan_new(arena, &s);

	(void)state;
	rt_plan_launch(plan, 0, 4648, RT_WHY(DEMAND));
	const struct rt_decision *d = rt_decision_seal(plan, arena);
	assert_true(d->totals[0] == 1549.1784);
	assert_true(d->totals[1] == 4018257465626096);
	rt_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_fields),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_totals_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
