/* SPDX-License-Identifier: Apache-2.0 */
/* test_plan.c - the verbs, their notes, and the sealed decision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/model/decision.h"
#include "core/model/plan.h"
#include "core/model/why.h"

static const struct rt_amount four_cpus[] = { { 0, 4 * RT_UNITS } };
static const char *const names[] = { "CPU" };
static const uint32_t ranks[] = { 0 };
static const struct rt_group groups[] = {
	{ .name = "a", .res = { 1, four_cpus } },
	{ .name = "b", .res = { 1, four_cpus } },
};
static const struct rt_node nodes[] = {
	{ .instance_id = "i-3", .group = 0, .status = RT_NODE_QUEUED },
	{ .instance_id = "i-1",
	  .group = 0,
	  .status = RT_NODE_RAY_RUNNING,
	  .known = true,
	  .total = { 1, four_cpus } },
	{ .instance_id = "i-2", .group = 1, .status = RT_NODE_TERMINATED },
};
static const struct rt_request task = { .count = 3, .res = { 1, four_cpus } };
static const struct rt_gang gang = { .len = 1, .bundles = &task };
static const struct rt_snapshot snapshot = {
	.names = { 1, names, ranks },
	.groups_len = 2,
	.groups = groups,
	.nodes_len = 3,
	.nodes = nodes,
	.demand = { .tasks_len = 1,
		    .tasks = &task,
		    .gangs_len = 1,
		    .gangs = &gang },
};

static struct rt_removal removal_of(uint32_t node)
{
	return (struct rt_removal){ .node = node, .cause = RT_CAUSE_IDLE };
}

static void test_removals_are_sorted_and_single(void **state)
{
	struct rt_arena *arena = rt_arena_new();
	struct rt_plan *plan = rt_plan_new(arena, &snapshot);
	(void)state;

	rt_plan_remove(plan, removal_of(0), RT_WHY(IDLE));
	rt_plan_remove(plan, removal_of(1), RT_WHY(IDLE));
	rt_plan_remove(plan, removal_of(0), RT_WHY(IDLE));
	assert_int_equal(plan->removals_len, 2);
	struct rt_decision *d = rt_decision_seal(plan, arena);
	assert_int_equal(d->removals_len, 2);
	assert_int_equal(d->removals[0].node, 1);
	assert_int_equal(d->removals[1].node, 0);
	rt_arena_free(&arena);
}

static void test_guards_cut_and_keep(void **state)
{
	struct rt_arena *arena = rt_arena_new();
	struct rt_plan *plan = rt_plan_new(arena, &snapshot);
	(void)state;

	rt_plan_launch(plan, 1, 5, RT_WHY(DEMAND));
	rt_plan_cut(plan, 1, 2, RT_WHY(GUARD_LIMIT, .n = 5, .limit = 2));
	assert_int_equal(plan->launch[1], 2);
	rt_plan_remove(plan, removal_of(0), RT_WHY(IDLE));
	rt_plan_remove(plan, removal_of(1), RT_WHY(IDLE));
	rt_plan_keep(plan, 0, RT_WHY(GUARD_BUSY));
	rt_plan_keep(plan, 2, RT_WHY(GUARD_BUSY));
	assert_int_equal(plan->removals_len, 1);
	assert_int_equal(plan->removals[0].node, 1);
	assert_int_equal(plan->notes_len, 5);
	rt_arena_free(&arena);
}

static void test_totals_follow_the_decision(void **state)
{
	struct rt_arena *arena = rt_arena_new();
	struct rt_plan *plan = rt_plan_new(arena, &snapshot);
	(void)state;

	rt_plan_launch(plan, 1, 2, RT_WHY(DEMAND));
	rt_plan_remove(plan, removal_of(1), RT_WHY(IDLE));
	struct rt_decision *d = rt_decision_seal(plan, arena);
	/* The queued node and two launches; TERMINATED ones never count. */
	assert_true(d->totals[0] == 12);
	rt_arena_free(&arena);
}

static const char *sentence(struct rt_why why)
{
	static char buf[256];

	return rt_why_text(&snapshot, why, buf, sizeof buf);
}

static void test_sentences(void **state)
{
	char tiny[8];
	(void)state;

	assert_string_equal(
		sentence(RT_WHY(IDLE, .n = 61000, .limit = 60000)),
		"idle for 61000 ms, longer than the timeout of 60000 ms");
	assert_string_equal(rt_why_text(&snapshot, RT_WHY(IDLE, .n = 61000),
					tiny, sizeof tiny),
			    "idle fo");
	assert_string_equal(rt_node_status_name(RT_NODE_RAY_RUNNING),
			    "RAY_RUNNING");
}

static void test_sentences_name_things(void **state)
{
	(void)state;

	assert_string_equal(sentence(RT_WHY(LACKS_AMOUNT, .n = 5000,
					    .limit = 40001, .name = 0)),
			    "CPU 0.5 asked, the largest group has 4.0001");
	assert_string_equal(
		sentence(RT_WHY(WAITS_GROUP, .limit = 5, .group = 1)),
		"group b is at its maximum of 5");
	assert_string_equal(
		sentence(RT_WHY(DEMAND, .entry = { RT_ENTRY_TASK, 0 })),
		"no room on the nodes that are there for tasks[0] (3 x "
		"{CPU: 4})");
	assert_string_equal(
		sentence(RT_WHY(DEMAND, .entry = { RT_ENTRY_GANG, 0 })),
		"no room on the nodes that are there for gangs[0] (3 "
		"bundles)");
	assert_string_equal(sentence(RT_WHY(DEMAND)),
			    "no room on the nodes that are there for pending "
			    "demand");
}

static void test_notes_have_stage_and_entry(void **state)
{
	struct rt_arena *arena = rt_arena_new();
	struct rt_plan *plan = rt_plan_new(arena, &snapshot);
	(void)state;

	rt_plan_stay(plan, 1, RT_WHY(STAYS_YOUNG));
	assert_int_equal(plan->notes_len, 0); /* nobody asked */
	rt_plan_explain(plan);
	rt_plan_enter(plan, "a", 0);
	rt_plan_stay(plan, 1, RT_WHY(STAYS_YOUNG));
	rt_plan_enter(plan, "b", 0);
	rt_plan_infeasible_gang(plan, 0, RT_WHY(NO_ROOM_FOR_ALL));
	assert_string_equal(plan->notes[0].stage, "a");
	assert_int_equal(plan->notes[0].node, 1);
	assert_string_equal(plan->notes[1].stage, "b");
	assert_int_equal(plan->notes[1].why.entry.kind, RT_ENTRY_GANG);
	rt_plan_launch(plan, 0, 1, RT_WHY(MIN_NODES));
	rt_plan_launch(plan, 0, 1, RT_WHY(DEMAND));
	rt_plan_remove(plan, removal_of(1), RT_WHY(MAX_GROUP, .n = 3));
	struct rt_decision *d = rt_decision_seal(plan, arena);
	assert_int_equal(d->launch_why[0].code, RT_WHY_MIN_NODES);
	assert_int_equal(d->removals[0].why.n, 3);
	rt_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_removals_are_sorted_and_single),
		cmocka_unit_test(test_guards_cut_and_keep),
		cmocka_unit_test(test_totals_follow_the_decision),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_sentences_name_things),
		cmocka_unit_test(test_notes_have_stage_and_entry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
