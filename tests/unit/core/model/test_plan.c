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
static const struct rt_snapshot snapshot = {
	.names = { 1, names, ranks },
	.groups_len = 2,
	.groups = groups,
	.nodes_len = 3,
	.nodes = nodes,
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

static void test_sentences(void **state)
{
	char buf[128], tiny[8];
	(void)state;

	assert_string_equal(
		rt_why_text(RT_WHY(IDLE, .n = 61000, .limit = 60000), buf,
			    sizeof buf),
		"idle for 61000 ms, longer than the timeout of 60000 ms");
	assert_string_equal(
		rt_why_text(RT_WHY(IDLE, .n = 61000), tiny, sizeof tiny),
		"idle fo");
	assert_string_equal(rt_node_status_name(RT_NODE_RAY_RUNNING),
			    "RAY_RUNNING");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_removals_are_sorted_and_single),
		cmocka_unit_test(test_guards_cut_and_keep),
		cmocka_unit_test(test_totals_follow_the_decision),
		cmocka_unit_test(test_sentences),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
