/* SPDX-License-Identifier: Apache-2.0 */
/* test_pack_until.c - how long a packing that wants nothing stands: before that
 * moment the clock alone changes nothing, just after it a node goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/sched/case.h"

#define CASES 20000 /* random snapshots: seeds 1 to CASES */
#define ENDS 100    /* in so many at least a node will go */
#define FOREVER_MS 1000000000000

static bool wants_something(const struct rt_plan *plan)
{
	for (uint32_t g = 0; g < plan->snapshot->groups_len; g++)
		if (plan->launch[g] || plan->cancelled[g])
			return true;
	return plan->removals_len || plan->resizes_len;
}

/* The same snapshot `later_ms` on, as a round that follows would see it.  Of
 * every three nodes that are idle one was busy in between. */
static void move_clock(struct sched_case *c, const struct rt_plan *plan,
		       int64_t later_ms, bool all_idle)
{
	struct rt_snapshot *s = c->snapshot;
	struct rt_node *nodes =
		rt_arena_dup(c->arena, s->nodes, s->nodes_len * sizeof *nodes);

	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (nodes[i].idle_ms)
			nodes[i].idle_ms = all_idle || (c->seed + i) % 3
						   ? nodes[i].idle_ms + later_ms
						   : 1;
	s->nodes = nodes;
	s->now_ms += later_ms;
	s->unneeded = plan->unneeded;
}

/* True when a node will go. */
static bool stands_as_it_says(struct sched_case *c, const struct rt_plan *plan)
{
	const struct rt_snapshot was = *c->snapshot;
	int64_t left_ms = plan->until_ms - was.now_ms;
	bool ends = plan->until_ms != INT64_MAX;

	if (wants_something(plan) || left_ms <= 0)
		return false;
	const char *before = case_text(c, plan);
	move_clock(c, plan, ends ? left_ms - 1 : FOREVER_MS, false);
	const char *after = case_text(c, case_decide(c));
	if (strcmp(before, after) != 0)
		case_fail(c, "before: %s\nafter: %s", before, after);
	*c->snapshot = was;
	if (ends) {
		move_clock(c, plan, left_ms + 1, true);
		if (case_decide(c)->removals_len == 0)
			case_fail(c, "no node goes");
	}
	return ends;
}

static void test_until(void **state)
{
	uint32_t ends = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct sched_case c;
		case_random(&c, seed, 1);
		if (seed % 8) /* else few plans want nothing */
			c.snapshot->demand = (struct rt_demand){ 0 };
		ends += stands_as_it_says(&c, case_decide(&c));
		case_close(&c);
	}
	assert_true(ends >= ENDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_until) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
