/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_policies.c - what holds for every policy of the registry, with the
 * parameters of its own example: alone if it packs, else around ray.  (That it
 * is pure is asked of its symbols: scripts/check-pure.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "core/base/yaml.h"
#include "core/controller/explain.h"
#include "core/controller/memory.h"
#include "core/host/chain_open.h"
#include "core/model/codec_decision.h"
#include "core/model/codec_snapshot.h"
#include "core/model/plan.h"
#include "tests/unit/core/sched/random.h"

#define SEEDS 150
#define ROUNDS 12
#define ROUND_MS 45000

/* A chain, and the answers to a row of snapshots. */
struct run {
	struct rt_chain *chain;
	struct rt_memory *memory;
	struct rt_names *names;
	struct rt_arena *arena;
	const struct rt_snapshot *snapshot;
	struct rt_plan *plan;
	struct rt_decision *decision;
};

static const struct rt_policy_ops *ops; /* in hand */
static uint64_t seed;

#define FAIL(why) fail_msg("%s, seed %d: %s", ops->name, (int)seed, why)

static cJSON *stage_of(const struct rt_policy_ops *policy)
{
	cJSON *stage = cJSON_CreateObject(), *params;
	struct rt_error err;

	if (rt_yaml_parse(policy->example, strlen(policy->example),
			  policy->name, &params, &err))
		fail_msg("%s", err.text);
	cJSON_AddItemToObject(stage, policy->name, params);
	return stage;
}

static void open_chain(struct rt_chain *chain)
{
	cJSON *doc = cJSON_CreateArray();
	const struct rt_json view = rt_json_root(doc);
	struct rt_error err;

	if (ops->flags & (RT_TRIMS | RT_REPACKS))
		cJSON_AddItemToArray(doc, cJSON_CreateString("ray"));
	cJSON_AddItemToArray(doc, stage_of(ops));
	if (!(ops->flags & (RT_PACKS | RT_TRIMS | RT_REPACKS)))
		cJSON_AddItemToArray(doc, cJSON_CreateString("ray"));
	if (rt_chain_open(chain, &view, &rt_registry, &err))
		fail_msg("%s", err.text);
	cJSON_Delete(doc);
}

static struct run open_run(struct rt_chain *chain)
{
	return (struct run){ .chain = chain,
			     .memory = rt_memory_new(chain),
			     .names = rt_names_new(),
			     .arena = rt_arena_new() };
}

static void close_run(struct run *run)
{
	rt_memory_free(&run->memory);
	rt_names_free(&run->names);
	rt_arena_free(&run->arena);
}

/* Random, with groups of the names and prices that examples speak of. */
static struct rt_snapshot *draw(struct run *run, uint64_t of, uint32_t size)
{
	static const char *const names[] = { "cpu-group", "gpu-group" };
	struct rt_snapshot *s =
		random_snapshot(of, size, run->names, run->arena);
	struct rt_group *groups = (struct rt_group *)(uintptr_t)s->groups;

	for (uint32_t g = 1; g < s->groups_len; g++) {
		if (g < 3)
			groups[g].name = names[g - 1];
		groups[g].price = (double)(of % 5) / 2 * g;
	}
	s->names = rt_names_table(run->names);
	return s;
}

static void decide(struct run *run, const struct rt_snapshot *s)
{
	struct rt_recall recall = rt_memory_recall(run->memory, s, run->arena);
	struct rt_error err;

	run->snapshot = s;
	run->plan = rt_plan_new(run->arena, s);
	rt_plan_explain(run->plan);
	if (rt_chain_decide(run->chain, &recall, run->plan, &err))
		FAIL(err.text);
	rt_memory_keep(run->memory, s, &recall);
	run->decision = rt_decision_seal(run->plan, run->arena);
}

static const char *text_of(struct run *run)
{
	cJSON *doc = rt_decision_encode(run->decision);

	cJSON_AddItemToObject(doc, "explain",
			      rt_explain(run->decision, run->arena));
	char *text = rt_json_print(doc);
	const char *copy = rt_arena_strdup(run->arena, text);
	cJSON_free(text);
	cJSON_Delete(doc);
	return copy;
}

/* ---- bounds and reasons ---------------------------------------------------
 */

static bool is_there(const struct rt_node *node)
{
	bool comes = node->status >= RT_NODE_QUEUED &&
		     node->status <= RT_NODE_RAY_INSTALLING;

	return node->group != RT_NO_GROUP &&
	       (comes || (node->status == RT_NODE_RAY_RUNNING && node->known &&
			  node->ray_status != RT_RAY_DRAINING));
}

static int64_t count(const struct rt_snapshot *s, uint32_t group)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < s->nodes_len; i++)
		n += is_there(&s->nodes[i]) && s->nodes[i].group == group;
	return n;
}

static bool is_noted(const struct run *run, uint32_t group, uint32_t node)
{
	for (uint32_t i = 0; i < run->decision->notes_len; i++) {
		const struct rt_note *note = &run->decision->notes[i];
		if (note->node == node &&
		    (node != UINT32_MAX || note->group == group))
			return true;
	}
	return false;
}

static void check_groups(const struct run *run)
{
	const struct rt_snapshot *given = run->snapshot;
	const struct rt_snapshot *shaped = run->plan->snapshot;

	for (uint32_t g = 0; g < given->groups_len; g++) {
		const struct rt_group *group = &given->groups[g];
		const struct rt_group *as = &shaped->groups[g];
		int64_t launch = run->decision->launch[g];
		if (launch < 0 ||
		    (launch && count(given, g) + launch >
				       group->max_nodes + group->is_head))
			FAIL("a group is beyond its maximum");
		if (as->min_nodes > as->max_nodes &&
		    as->min_nodes != group->min_nodes)
			FAIL("a floor is above the maximum");
		bool changed = launch || as->min_nodes != group->min_nodes ||
			       as->prefer != group->prefer;
		if (changed && !is_noted(run, g, UINT32_MAX))
			FAIL("a group is changed without a reason");
	}
}

static void check_removals(const struct run *run)
{
	const struct rt_decision *d = run->decision;

	for (uint32_t i = 0; i < d->removals_len; i++) {
		const struct rt_node *node =
			&run->snapshot->nodes[d->removals[i].node];
		if (d->removals[i].cause != RT_CAUSE_IDLE)
			continue; /* a maximum may end anybody */
		if (node->is_head)
			FAIL("the head is ended");
		if (node->known && node->status == RT_NODE_RAY_RUNNING &&
		    node->idle_ms <= 0)
			FAIL("a node with work is ended for being idle");
		if (!is_noted(run, node->group, d->removals[i].node))
			FAIL("a node is ended without a reason");
	}
}

static uint32_t entries_of(const cJSON *explained, const char *what)
{
	const cJSON *entry;
	uint32_t n = 0;

	cJSON_ArrayForEach(entry, explained)
	{
		const char *is = cJSON_GetStringValue(
			cJSON_GetObjectItem(entry, "what"));
		int codes =
			cJSON_GetArraySize(cJSON_GetObjectItem(entry, "codes"));
		n += strcmp(is, what) == 0;
		if (!codes || codes != cJSON_GetArraySize(cJSON_GetObjectItem(
					       entry, "why")))
			FAIL("explain has an entry without a reason");
	}
	return n;
}

/* What is done, and what is not, is explained. */
static void check_explained(const struct run *run)
{
	const struct rt_decision *d = run->decision;
	const struct rt_demand *demand = &d->snapshot->demand;
	cJSON *explained = rt_explain(d, run->arena);
	uint32_t launched = 0, waits = 0;

	for (uint32_t g = 0; g < d->snapshot->groups_len; g++)
		launched += d->launch[g] > 0;
	for (uint32_t i = 0; i < demand->tasks_len; i++)
		waits += d->infeasible_tasks[i] > 0;
	for (uint32_t i = 0; i < demand->gangs_len; i++)
		waits += d->infeasible_gangs[i];
	for (uint32_t i = 0; i < demand->constraints_len; i++)
		waits += d->infeasible_constraints[i];
	if (entries_of(explained, "launch") < launched ||
	    entries_of(explained, "terminate") != d->removals_len ||
	    entries_of(explained, "wait") +
			    entries_of(explained, "infeasible") <
		    waits)
		FAIL("something is not explained");
	cJSON_Delete(explained);
}

static bool wants_something(const struct rt_decision *d)
{
	for (uint32_t g = 0; g < d->snapshot->groups_len; g++)
		if (d->launch[g])
			return true;
	return d->removals_len || d->resizes_len;
}

/* ---- rounds ---------------------------------------------------------------
 */

/* The same cluster a while later. */
static struct rt_snapshot *later(struct run *run, const struct rt_snapshot *s,
				 int64_t ms)
{
	struct rt_snapshot *out = rt_arena_dup(run->arena, s, sizeof *s);
	struct rt_node *nodes = rt_arena_dup(run->arena, s->nodes,
					     s->nodes_len * sizeof *nodes);

	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (nodes[i].idle_ms > 0)
			nodes[i].idle_ms += ms;
	out->now_ms += ms;
	out->nodes = nodes;
	return out;
}

/* Having said that nothing would be done until then, it does nothing. */
static void check_until(struct run *run)
{
	int64_t until_ms = run->plan->until_ms;
	int64_t now_ms = run->snapshot->now_ms;

	if (until_ms == RT_NONE || until_ms - 1 <= now_ms)
		return;
	int64_t ms = until_ms - 1 - now_ms;
	int64_t some_hours_ms = (int64_t)(seed % 24 + 1) * 3600000;
	decide(run, later(run, run->snapshot,
			  ms < some_hours_ms ? ms : some_hours_ms));
	if (wants_something(run->decision))
		FAIL("it said that it would do nothing until later");
}

static void test_random(void **state)
{
	(void)state;
	for (seed = 1; seed <= SEEDS * 4; seed++) {
		struct rt_chain chain;
		uint32_t size = 1 + (uint32_t)(seed % 3);
		open_chain(&chain);
		struct run once = open_run(&chain), again = open_run(&chain);
		decide(&once, draw(&once, seed, size));
		decide(&again, draw(&again, seed, size));
		if (strcmp(text_of(&once), text_of(&again)) != 0 ||
		    rt_memory_hash(once.memory) != rt_memory_hash(again.memory))
			FAIL("the same input, another answer");
		check_groups(&once);
		check_removals(&once);
		check_explained(&once);
		check_until(&once);
		close_run(&once);
		close_run(&again);
		rt_chain_close(&chain);
	}
}

/* As over a restart. */
static void copy_memory(struct run *from, struct run *to)
{
	cJSON *saved = rt_memory_save(from->memory, from->chain);
	const struct rt_json view = rt_json_root(saved);
	struct rt_error err;

	if (rt_memory_restore(to->memory, to->chain, &view, &err))
		FAIL(err.text);
	if (rt_memory_hash(from->memory) != rt_memory_hash(to->memory))
		FAIL("a copy is another memory");
	cJSON_Delete(saved);
}

/* Rounds of a cluster that changes now and then.  Half-way a second run starts
 * with a copy of what the first remembers, and answers as the first does. */
static void test_memory(void **state)
{
	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		struct rt_chain chain;
		open_chain(&chain);
		struct run first = open_run(&chain), second = open_run(&chain);
		for (uint32_t i = 0; i < ROUNDS; i++) {
			uint64_t of = seed + i / 3 * SEEDS;
			decide(&first, later(&first, draw(&first, of, 1),
					     i * ROUND_MS));
			const char *text = text_of(&first);
			/* It has met the same names. */
			const struct rt_snapshot *same = later(
				&second, draw(&second, of, 1), i * ROUND_MS);
			if (i == ROUNDS / 2)
				copy_memory(&first, &second);
			if (i <= ROUNDS / 2)
				continue;
			decide(&second, same);
			if (strcmp(text, text_of(&second)) != 0)
				FAIL("it remembers more than its state");
		}
		close_run(&first);
		close_run(&second);
		rt_chain_close(&chain);
	}
}

/* ---- the extremes ---------------------------------------------------------
 */

static void make_extreme(struct rt_snapshot *s, uint64_t kind)
{
	struct rt_group *groups = (struct rt_group *)(uintptr_t)s->groups;
	struct rt_node *nodes = (struct rt_node *)(uintptr_t)s->nodes;

	switch (kind) {
	case 0: /* nothing at all */
		*s = (struct rt_snapshot){ .now_ms = s->now_ms,
					   .max_workers = RT_NONE,
					   .idle_timeout_ms = RT_NONE };
		break;
	case 1: /* groups without nodes and demand */
		s->nodes_len = 0;
		s->demand = (struct rt_demand){ 0 };
		break;
	case 2: /* all groups are gone */
		for (uint32_t i = 0; i < s->nodes_len; i++)
			nodes[i].group = RT_NO_GROUP;
		break;
	case 3: /* at the beginning of time, idle for ever */
		s->now_ms = 0;
		for (uint32_t i = 0; i < s->nodes_len; i++)
			nodes[i].idle_ms = INT64_C(1) << 53;
		break;
	case 4: /* the end of time, and no room */
		s->now_ms = INT64_C(1) << 53;
		s->max_workers = 0;
		for (uint32_t g = 0; g < s->groups_len; g++)
			groups[g].max_nodes = groups[g].min_nodes = 0;
		break;
	case 5: /* no resources */
		for (uint32_t g = 0; g < s->groups_len; g++)
			groups[g].res.len = 0;
		for (uint32_t i = 0; i < s->nodes_len; i++)
			nodes[i].total.len = nodes[i].available.len = 0;
		break;
	case 6: /* groups as large as they may be */
		for (uint32_t g = 0; g < s->groups_len; g++)
			groups[g].max_nodes = INT64_C(1) << 40;
		s->max_workers = RT_NONE;
		break;
	default: /* prices beyond measure */
		for (uint32_t g = 0; g < s->groups_len; g++)
			groups[g].price = 1e300;
		break;
	}
}

static void test_extremes(void **state)
{
	(void)state;
	for (seed = 0; seed < SEEDS; seed++) {
		struct rt_chain chain;
		open_chain(&chain);
		struct run run = open_run(&chain);
		struct rt_snapshot *s = draw(&run, seed, 1);
		make_extreme(s, seed % 8);
		decide(&run, s);
		check_removals(&run);
		decide(&run, later(&run, s, ROUND_MS));
		text_of(&run);
		close_run(&run);
		rt_chain_close(&chain);
	}
}

static void test_words(void **state)
{
	(void)state;
	assert_non_null(ops->summary);
	assert_true(strlen(ops->summary) < 64);
	assert_non_null(ops->about);
	for (const struct rt_param *row = ops->params; row->name; row++) {
		assert_non_null(row->help);
		assert_non_null(row->unit);
		assert_true(row->offset < ops->conf_size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_extremes),
	};
	int failed = 0;

	for (size_t i = 0; rt_registry.policies[i]; i++) {
		ops = rt_registry.policies[i];
		failed += cmocka_run_group_tests_name(ops->name, tests, NULL,
						      NULL);
	}
	return failed;
}
