/* SPDX-License-Identifier: Apache-2.0 */
/* test_explain.c - each subject is told once, with all that was said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/controller/explain.h"
#include "core/model/plan.h"

static const struct rt_amount four_cpus[] = { { 0, 4 * RT_UNITS } };
static const struct rt_amount six_cpus[] = { { 0, 6 * RT_UNITS } };
static const char *const names[] = { "CPU" };
static const uint32_t ranks[] = { 0 };
static const struct rt_group groups[] = {
	{ .name = "a", .res = { 1, four_cpus }, .max_nodes = 4 },
	{ .name = "b", .res = { 1, four_cpus } },
};
static const struct rt_node nodes[] = {
	{ .instance_id = "i-1", .group = 0, .status = RT_NODE_QUEUED },
	{ .instance_id = "i-2", .group = 0, .status = RT_NODE_QUEUED },
	{ .instance_id = "i-3", .group = 0, .status = RT_NODE_QUEUED },
};
static const struct rt_request tasks[] = {
	{ .count = 3, .res = { 1, four_cpus } },
	{ .count = 1, .res = { 1, six_cpus } },
};
static const struct rt_snapshot snapshot = {
	.names = { 1, names, ranks },
	.max_workers = RT_NONE,
	.groups_len = 2,
	.groups = groups,
	.nodes_len = 3,
	.nodes = nodes,
	.demand = { .tasks_len = 2, .tasks = tasks },
};

static void edit(struct rt_plan *plan)
{
	const struct rt_removal first = { .node = 0 }, last = { .node = 2 };
	const struct rt_resizing larger = { .node = 1, .raylet_id = "f" };

	rt_plan_explain(plan);
	rt_plan_enter(plan, "one", 0);
	rt_plan_infeasible_task(plan, 1, 1, RT_WHY(NO_ROOM, .n = 1));
	rt_plan_launch(plan, 0, 2, RT_WHY(MIN_NODES, .n = 1, .limit = 3));
	rt_plan_remove(plan, first, RT_WHY(IDLE, .n = 2, .limit = 1));
	rt_plan_remove(plan, last, RT_WHY(IDLE, .n = 2, .limit = 1));
	rt_plan_resize(plan, larger, RT_WHY(RESIZE));
	rt_plan_enter(plan, "two", 0);
	rt_plan_launch(plan, 0, 1,
		       RT_WHY(DEMAND, .entry = { RT_ENTRY_TASK, 0 }));
	rt_plan_cut(plan, 0, 1, RT_WHY(GUARD_LIMIT, .n = 3, .limit = 1));
	rt_plan_infeasible_task(plan, 0, 2, RT_WHY(NO_ROOM, .n = 2));
	rt_plan_keep(plan, 2, RT_WHY(GUARD_BUSY));
	rt_plan_note(plan, RT_NO_GROUP, UINT32_MAX, 0, RT_WHY(GUARD_HEAD));
}

static const char want[] =
	"[{\"what\":\"launch\",\"type\":\"a\",\"count\":1,\"why\":["
	"\"one: 2 nodes: the group has 1 nodes and its minimum is 3\","
	"\"two: 1 nodes: no room on the nodes that are there for tasks[0] (3 x "
	"{CPU: 4})\","
	"\"two: 1 nodes: cut: 3 nodes were asked for and 1 are allowed\"],\"codes\":[\"min-nodes\",\"demand\",\"guard-limit\"]},"
	"{\"what\":\"terminate\",\"instance_id\":\"i-1\",\"why\":["
	"\"one: idle for 2 ms, longer than the timeout of 1 ms\"],\"codes\":[\"idle\"]},"
	"{\"what\":\"resize\",\"instance_id\":\"i-2\",\"why\":["
	"\"one: pending demand fits when the pod is resized in place\"],\"codes\":[\"resize\"]},"
	"{\"what\":\"stay\",\"instance_id\":\"i-3\",\"why\":["
	"\"one: idle for 2 ms, longer than the timeout of 1 ms\","
	"\"two: held: the node has work\"],\"codes\":[\"idle\",\"guard-busy\"]},"
	"{\"what\":\"wait\",\"task\":0,\"why\":["
	"\"two: 2 of tasks[0] (3 x {CPU: 4}) fit on no node that is there or "
	"may be launched\","
	"\"because: the 2 groups that could hold it are at their maxima, b at "
	"0\"],\"codes\":[\"no-room\",\"waits-groups\"]},"
	"{\"what\":\"infeasible\",\"task\":1,\"why\":["
	"\"one: 1 of tasks[1] (1 x {CPU: 6}) fit on no node that is there or "
	"may be launched\","
	"\"because: CPU 6 asked, the largest group has 4\"],\"codes\":[\"no-room\",\"lacks-amount\"]},"
	"{\"what\":\"note\",\"why\":["
	"\"two: held: the head's pod and its Ray node are not both seen\"],\"codes\":[\"guard-head\"]}]";

static void test_each_subject_once(void **state)
{
	struct rt_arena *arena = rt_arena_new();
	struct rt_plan *plan = rt_plan_new(arena, &snapshot);
	(void)state;

	edit(plan);
	cJSON *json = rt_explain(rt_decision_seal(plan, arena), arena);
	char *text = cJSON_PrintUnformatted(json);
	assert_string_equal(text, want);
	cJSON_free(text);
	cJSON_Delete(json);
	rt_arena_free(&arena);
}

static void test_nothing_to_tell(void **state)
{
	struct rt_arena *arena = rt_arena_new();
	struct rt_plan *plan = rt_plan_new(arena, &snapshot);
	(void)state;

	cJSON *json = rt_explain(rt_decision_seal(plan, arena), arena);
	assert_int_equal(cJSON_GetArraySize(json), 0);
	cJSON_Delete(json);
	rt_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_subject_once),
		cmocka_unit_test(test_nothing_to_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
