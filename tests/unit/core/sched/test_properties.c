/* SPDX-License-Identifier: Apache-2.0 */
/* test_properties.c - what holds for every plan, whoever asks: limits, gangs,
 * busy nodes, and that neither names nor the way of writing the demand count.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/model/codec_snapshot.h"
#include "tests/unit/core/sched/case.h"

#define CASES 3000 /* random snapshots: seeds 1 to CASES */

typedef void property(struct sched_case *, const struct rt_plan *);

static void for_all(property *holds)
{
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct sched_case c;
		case_random(&c, seed, 1);
		holds(&c, case_decide(&c));
		case_close(&c);
	}
}

static bool is_there(const struct rt_node *node)
{
	return node->group != RT_NO_GROUP && node->status >= RT_NODE_QUEUED &&
	       node->status <= RT_NODE_RAY_STOP_REQUESTED &&
	       (node->known || node->status != RT_NODE_RAY_RUNNING);
}

/* Nodes of the group, or of all (RT_NO_GROUP), before the plan. */
static int64_t nodes_before(const struct rt_snapshot *s, uint32_t group)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < s->nodes_len; i++)
		n += is_there(&s->nodes[i]) &&
		     (group == RT_NO_GROUP || s->nodes[i].group == group);
	return n;
}

static int64_t nodes_after(const struct rt_plan *plan, uint32_t group)
{
	const struct rt_snapshot *s = plan->snapshot;
	int64_t n = nodes_before(s, group);

	for (uint32_t i = 0; i < plan->removals_len; i++)
		n -= group == RT_NO_GROUP ||
		     s->nodes[plan->removals[i].node].group == group;
	for (uint32_t g = 0; g < s->groups_len; g++)
		if (group == RT_NO_GROUP || group == g)
			n += plan->launch[g];
	return n;
}

static int64_t maximum_of(const struct rt_group *group)
{
	return group->max_nodes + group->is_head;
}

static void stays_within_maxima(struct sched_case *c,
				const struct rt_plan *plan)
{
	const struct rt_snapshot *s = c->snapshot;

	for (uint32_t g = 0; g < s->groups_len; g++)
		if (nodes_after(plan, g) > maximum_of(&s->groups[g]))
			case_fail(c, "%s is beyond its maximum",
				  s->groups[g].name);
	if (s->max_workers != RT_NONE &&
	    nodes_after(plan, RT_NO_GROUP) > s->max_workers + 1)
		case_fail(c, "the cluster is beyond its maximum");
}

static bool is_cut_by_cluster(const struct rt_plan *plan, uint32_t group)
{
	for (uint32_t i = 0; i < plan->removals_len; i++) {
		const struct rt_removal *removal = &plan->removals[i];
		if (plan->snapshot->nodes[removal->node].group == group &&
		    removal->cause == RT_CAUSE_MAX_NUM_NODES)
			return true;
	}
	return plan->cancelled[group] > 0;
}

static void keeps_minima(struct sched_case *c, const struct rt_plan *plan)
{
	const struct rt_snapshot *s = c->snapshot;

	for (uint32_t g = 0; g < s->groups_len; g++) {
		if (nodes_after(plan, g) >= s->groups[g].min_nodes)
			continue;
		if (s->max_workers == RT_NONE || !is_cut_by_cluster(plan, g))
			case_fail(c, "%s is below its minimum",
				  s->groups[g].name);
	}
}

/* A node that has not waited longer than its timeout goes for a maximum only,
 * and only if that binds. */
static void spares_busy_nodes(struct sched_case *c, const struct rt_plan *plan)
{
	const struct rt_snapshot *s = c->snapshot;

	for (uint32_t i = 0; i < plan->removals_len; i++) {
		const struct rt_removal *removal = &plan->removals[i];
		const struct rt_node *node = &s->nodes[removal->node];
		const struct rt_group *group = &s->groups[node->group];
		int64_t timeout = group->idle_timeout_ms != RT_NONE
					  ? group->idle_timeout_ms
					  : s->idle_timeout_ms;
		bool runs = node->status == RT_NODE_RAY_RUNNING;
		int64_t minima = 0;

		for (uint32_t g = 0; g < s->groups_len; g++)
			minima += s->groups[g].min_nodes;
		switch (removal->cause) {
		case RT_CAUSE_IDLE:
			if (runs &&
			    (timeout == RT_NONE || node->idle_ms <= timeout))
				case_fail(c, "%s was busy", node->instance_id);
			break;
		case RT_CAUSE_MAX_NUM_NODE_PER_TYPE:
			if (nodes_before(s, node->group) <= maximum_of(group))
				case_fail(c, "%s: the group had room",
					  node->instance_id);
			break;
		case RT_CAUSE_MAX_NUM_NODES:
			if (s->max_workers == RT_NONE ||
			    nodes_before(s, RT_NO_GROUP) + minima <=
				    s->max_workers + 1)
				case_fail(c, "%s: the cluster had room",
					  node->instance_id);
			break;
		case RT_CAUSE_CONSOLIDATE:
			case_fail(c, "%s: that is for another stage",
				  node->instance_id);
		}
	}
}

/* Without those that are given up all is decided alike. */
static void given_up_gangs_leave_no_trace(struct sched_case *c,
					  const struct rt_plan *plan)
{
	struct rt_demand *demand = &c->snapshot->demand;
	struct rt_gang *left =
		RT_ARENA_ARRAY(c->arena, struct rt_gang, demand->gangs_len);
	uint32_t len = 0;

	struct rt_plan *with = case_decide(c);
	for (uint32_t g = 0; g < demand->gangs_len; g++) {
		if (!plan->infeasible_gangs[g])
			left[len++] = demand->gangs[g];
		with->infeasible_gangs[g] = false;
	}
	if (len == demand->gangs_len)
		return;
	const char *expected = case_text(c, with);
	demand->gangs = left;
	demand->gangs_len = len;
	const char *after = case_text(c, case_decide(c));
	if (strcmp(expected, after) != 0)
		case_fail(c, "with: %s\nwithout: %s", expected, after);
}

/* A bundle that fits nowhere spoils its gang, and the gang leaves no trace. */
static void one_bundle_spoils_a_gang(struct sched_case *c,
				     const struct rt_plan *plan)
{
	const struct rt_amount cpus = { rt_name_intern(c->names, "CPU"),
					RT_AMOUNT_MAX };
	const struct rt_request huge = { .count = 1, .res = { 1, &cpus } };
	struct rt_demand *demand = &c->snapshot->demand;
	struct rt_gang *gangs =
		RT_ARENA_ARRAY(c->arena, struct rt_gang, demand->gangs_len);

	(void)plan;
	for (uint32_t g = 0; g < demand->gangs_len; g++) {
		const struct rt_gang *gang = &demand->gangs[g];
		struct rt_request *bundles = RT_ARENA_ARRAY(
			c->arena, struct rt_request, gang->len + 1);
		if (gang->len)
			memcpy(bundles, gang->bundles,
			       gang->len * sizeof *bundles);
		bundles[gang->len] = huge;
		gangs[g].len = gang->len + 1;
		gangs[g].bundles = bundles;
	}
	demand->gangs = gangs;
	struct rt_plan *spoilt = case_decide(c);
	for (uint32_t g = 0; g < demand->gangs_len; g++) {
		if (!spoilt->infeasible_gangs[g])
			case_fail(c, "gang %u is not given up", g);
		spoilt->infeasible_gangs[g] = false;
	}
	const char *with = case_text(c, spoilt);
	demand->gangs_len = 0;
	const char *without = case_text(c, case_decide(c));
	if (strcmp(with, without) != 0)
		case_fail(c, "with: %s\nwithout: %s", with, without);
}

/* Through JSON and back, with names that got other numbers. */
static void is_repeatable(struct sched_case *c, const struct rt_plan *plan)
{
	cJSON *written = rt_snapshot_encode(c->snapshot);
	char *text = cJSON_PrintUnformatted(written);
	cJSON *doc = cJSON_Parse(text);
	struct sched_case again;

	case_read(&again, doc);
	const char *first = case_text(c, plan);
	const char *second = case_text(&again, case_decide(&again));
	if (strcmp(first, second) != 0)
		case_fail(c, "first: %s\nsecond: %s", first, second);
	case_close(&again);
	cJSON_Delete(doc);
	cJSON_free(text);
	cJSON_Delete(written);
}

/* Each entry of n tasks as n entries of one. */
static void counts_are_shorthand(struct sched_case *c,
				 const struct rt_plan *plan)
{
	struct rt_demand *demand = &c->snapshot->demand;
	const struct rt_demand was = *demand;
	struct rt_request *tasks = NULL;
	uint32_t *from = NULL;
	uint32_t len = 0, cap = 0, from_len = 0, from_cap = 0;

	const char *first = case_text(c, plan);
	for (uint32_t i = 0; i < was.tasks_len; i++) {
		for (int64_t k = 0; k < was.tasks[i].count; k++) {
			RT_ARENA_GROW(c->arena, tasks, len, cap);
			RT_ARENA_GROW(c->arena, from, from_len, from_cap);
			tasks[len] = was.tasks[i];
			tasks[len++].count = 1;
			from[from_len++] = i;
		}
	}
	demand->tasks = tasks;
	demand->tasks_len = len;
	struct rt_plan *one_by_one = case_decide(c);
	*demand = was;
	int64_t *left = RT_ARENA_ARRAY(c->arena, int64_t, was.tasks_len);
	for (uint32_t i = 0; i < len; i++)
		left[from[i]] += one_by_one->infeasible_tasks[i];
	one_by_one->infeasible_tasks = left;
	const char *second = case_text(c, one_by_one);
	if (strcmp(first, second) != 0)
		case_fail(c, "counted: %s\none by one: %s", first, second);
}

/* Equal nodes that change places change nothing but names: the same places in
 * the list are removed. */
static void names_do_not_count(struct sched_case *c, const struct rt_plan *plan)
{
	struct rt_snapshot *s = c->snapshot;
	struct rt_node *nodes =
		rt_arena_dup(c->arena, s->nodes, s->nodes_len * sizeof *nodes);

	for (uint32_t i = 0; i < s->nodes_len; i++) {
		struct rt_node *node = &nodes[i];
		node->instance_id =
			rt_arena_printf(c->arena, "z%u", s->nodes_len - i);
		node->pod = rt_arena_printf(c->arena, "y%u", s->nodes_len - i);
		if (node->ray_node_id[0])
			node->ray_node_id = "x";
	}
	s->nodes = nodes;
	const struct rt_plan *renamed = case_decide(c);
	size_t groups = s->groups_len * sizeof *plan->launch;
	size_t removed = s->nodes_len * sizeof *plan->removed;
	if (memcmp(plan->launch, renamed->launch, groups) != 0 ||
	    plan->resizes_len != renamed->resizes_len ||
	    (removed && memcmp(plan->removed, renamed->removed, removed) != 0))
		case_fail(c, "other names, another plan");
}

/* Where Ray would give up: the round is decided, and each node that is left out
 * is told. */
static void says_what_it_leaves_out(struct sched_case *c,
				    const struct rt_plan *plan)
{
	const struct rt_snapshot *s = c->snapshot;

	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		uint32_t told = 0;
		for (uint32_t k = 0; k < plan->notes_len; k++)
			told += plan->notes[k].why.code == RT_WHY_NO_GROUP &&
				plan->notes[k].node == i;
		bool lost = node->group == RT_NO_GROUP && node->known &&
			    node->status == RT_NODE_RAY_RUNNING;
		if (told != lost || (lost && plan->removed[i]))
			case_fail(c, "%s: left out and told %u times",
				  node->instance_id, told);
	}
}

#define PROPERTY(holds)                                                        \
	static void test_##holds(void **state)                                 \
	{                                                                      \
		(void)state;                                                   \
		for_all(holds);                                                \
	}

PROPERTY(stays_within_maxima)
PROPERTY(keeps_minima)
PROPERTY(spares_busy_nodes)
PROPERTY(given_up_gangs_leave_no_trace)
PROPERTY(one_bundle_spoils_a_gang)
PROPERTY(is_repeatable)
PROPERTY(counts_are_shorthand)
PROPERTY(names_do_not_count)
PROPERTY(says_what_it_leaves_out)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stays_within_maxima),
		cmocka_unit_test(test_keeps_minima),
		cmocka_unit_test(test_spares_busy_nodes),
		cmocka_unit_test(test_given_up_gangs_leave_no_trace),
		cmocka_unit_test(test_one_bundle_spoils_a_gang),
		cmocka_unit_test(test_is_repeatable),
		cmocka_unit_test(test_counts_are_shorthand),
		cmocka_unit_test(test_names_do_not_count),
		cmocka_unit_test(test_says_what_it_leaves_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
