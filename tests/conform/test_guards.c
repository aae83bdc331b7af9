/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_guards.c - what holds for every guard on its own, whatever a policy
 * wants and whatever the cluster is like: it only cuts and keeps, tells why,
 * and is a function of what it is shown and what it remembers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "core/base/param.h"
#include "core/controller/explain.h"
#include "core/controller/guard.h"
#include "core/controller/view.h"
#include "core/model/codec_decision.h"
#include "tests/unit/core/controller/turmoil.h"

#define SEEDS 40
#define ROUNDS 80

static const struct rt_guard *guard; /* in hand */
static uint64_t seed;

#define FAIL(why) fail_msg("%s, seed %d: %s", guard->name, (int)seed, why)

/* A world with a guard in it. */
struct run {
	struct turmoil t;
	struct rt_names *names;
	struct rt_arena *arena;
	struct rt_instances table;
	struct rt_backoff backoff;
	struct rt_carried carried;
	struct rt_chain chain;
	struct rt_freeze freeze[2];
	struct rt_memory *memory;
	struct rt_controller_settings settings;
	uint64_t dice;
	uint32_t hits; /* changes that the guard made */
};

static uint32_t draw(struct run *run, uint32_t n)
{
	run->dice = run->dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((run->dice >> 33) % n);
}

/* Bounds that bind now and then. */
static void draw_bounds(struct run *run)
{
	struct rt_guard_conf *conf = &run->chain.guards;

	*conf = (struct rt_guard_conf){
		.max_launch_per_minute = draw(run, 6),
		.max_removal_per_minute = draw(run, 4),
		.scale_down_stabilization_s = 30 * draw(run, 4),
		.max_hourly_cost = draw(run, 40),
		.max_surge = draw(run, 4) / 2.0,
	};
	for (int i = 0; i < 2; i++)
		run->freeze[i] = (struct rt_freeze){
			.window = { .cron = { .minutes = UINT64_C(1)
							 << draw(run, 60),
					      .hours = UINT32_MAX,
					      .days = UINT32_MAX,
					      .months = UINT32_MAX,
					      .weekdays = 127,
					      .any_day = true,
					      .any_weekday = true },
				    .for_ms = 60000 * (1 + draw(run, 20)) },
			.what = (int)draw(run, 3),
		};
	conf->freeze = (struct rt_list){ draw(run, 3), run->freeze };
}

static void open_run(struct run *run)
{
	static const struct rt_pair prices[] = { { "a", 1.5 },
						 { "b", 4 },
						 { "c", 0.5 } };

	*run = (struct run){ .dice = seed, .names = rt_names_new() };
	run->arena = rt_arena_new();
	run->chain.prices = (struct rt_pairs){ 3, prices };
	rt_params_default(rt_controller_params, &run->settings);
	turmoil_open(&run->t, seed);
	draw_bounds(run);
	run->memory = rt_memory_new(&run->chain);
}

static void close_run(struct run *run)
{
	rt_instances_free(&run->table);
	rt_backoff_free(&run->backoff);
	rt_carried_free(&run->carried);
	rt_memory_free(&run->memory);
	rt_names_free(&run->names);
	rt_arena_free(&run->arena);
}

/* Anything that a policy may wish, and more. */
static void wish(struct run *run, struct rt_plan *plan)
{
	const struct rt_snapshot *s = plan->snapshot;

	rt_plan_enter(plan, "wild", 0);
	for (uint32_t i = 0; i < run->chain.prices.len; i++)
		for (uint32_t g = 0; g < s->groups_len; g++)
			if (strcmp(s->groups[g].name,
				   run->chain.prices.at[i].name) == 0)
				rt_plan_price(plan, g,
					      run->chain.prices.at[i].value);
	for (uint32_t g = 0; g < s->groups_len; g++)
		if (draw(run, 4) == 0)
			rt_plan_launch(plan, g, 1 + draw(run, 8),
				       RT_WHY(WANTED, .limit = 1));
	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (draw(run, 4) == 0)
			rt_plan_remove(
				plan,
				(struct rt_removal){
					.node = i,
					.cause = (enum rt_cause)draw(run, 4),
					.idle_ms = s->nodes[i].idle_ms,
				},
				RT_WHY(EXTERNAL));
}

/* ---- what it may do ------------------------------------------------------ */

static bool is_told(const struct rt_plan *plan, uint32_t from, uint32_t group,
		    uint32_t node)
{
	for (uint32_t i = from; i < plan->notes_len; i++) {
		const struct rt_note *note = &plan->notes[i];
		if (node != UINT32_MAX
			    ? note->node == node
			    : note->node == UINT32_MAX && note->group == group)
			return strcmp(note->stage, "guards") == 0;
	}
	return false;
}

static void check(struct run *run, const struct rt_plan *plan,
		  const int64_t *launch, const bool *removed, uint32_t notes)
{
	const struct rt_snapshot *s = plan->snapshot;
	uint32_t removals = 0;

	for (uint32_t g = 0; g < s->groups_len; g++) {
		if (plan->launch[g] > launch[g] || plan->launch[g] < 0)
			FAIL("it launches");
		if (plan->launch[g] == launch[g])
			continue;
		run->hits++;
		if (!is_told(plan, notes, g, UINT32_MAX))
			FAIL("it cuts launches without a reason");
	}
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		if (plan->removed[i] && !removed[i])
			FAIL("it removes");
		removals += plan->removed[i];
		if (plan->removed[i] == removed[i])
			continue;
		run->hits++;
		if (!is_told(plan, notes, RT_NO_GROUP, i))
			FAIL("it keeps a node without a reason");
	}
	if (removals != plan->removals_len)
		FAIL("its removals do not add up");
	for (uint32_t g = 0; plan->held && g < s->groups_len; g++)
		if (plan->launch[g] || plan->removals_len)
			FAIL("it holds, and something is left");
	run->hits += plan->notes_len > notes;
}

static void apply(struct run *run, struct rt_plan *plan,
		  const struct rt_observation *obs,
		  const struct rt_recall *recall)
{
	const struct rt_round round = {
		.conf = &run->chain.guards,
		.obs = obs,
		.table = &run->table,
		.plan = plan,
		.state = (void *)recall->cluster,
		.groups = recall->groups,
		.step = recall->step,
	};
	size_t groups = plan->snapshot->groups_len;
	const int64_t *launch =
		rt_arena_dup(run->arena, plan->launch, groups * sizeof *launch);
	const bool *removed = rt_arena_dup(run->arena, plan->removed,
					   plan->snapshot->nodes_len);
	uint32_t notes = plan->notes_len;

	rt_plan_enter(plan, "guards", 0);
	guard->apply(&round);
	check(run, plan, launch, removed, notes);
	rt_guard_note_removals(&round);
}

static const char *text_of(struct run *run, const struct rt_decision *decision)
{
	cJSON *doc = rt_decision_encode(decision);

	cJSON_AddItemToObject(doc, "explain", rt_explain(decision, run->arena));
	char *text = rt_json_print(doc);
	const char *copy = rt_arena_strdup(run->arena, text);
	cJSON_free(text);
	cJSON_Delete(doc);
	return copy;
}

/* What turmoil knows not: half an answer, and resizes that fail. */
static void go_wrong(struct run *run, struct rt_observation *obs)
{
	uint32_t g = draw(run, obs->cluster.groups_len);
	const struct rt_group *group = &obs->cluster.groups[g];

	if (draw(run, 10) == 0)
		for (uint32_t i = obs->pods_len; i-- > 0;)
			if (obs->pods[i].is_head) {
				obs->pods += i;
				obs->pods_len = 1;
				break;
			}
	if (group->resize && draw(run, 10) == 0)
		rt_backoff_fail(&run->table.resizes, group->name, obs->now_ms,
				obs->now_ms);
}

/* Returns what was decided. */
static const char *hold_round(struct run *run)
{
	struct rt_observation *obs;

	rt_arena_reset(run->arena);
	obs = RT_ARENA_NEW(run->arena, struct rt_observation);
	turmoil_step(&run->t);
	turmoil_observe(&run->t, run->names, run->arena, obs);
	go_wrong(run, obs);
	rt_instances_sync(&run->table, obs, &run->settings, &run->backoff,
			  run->arena);
	const struct rt_snapshot *s = rt_snapshot_build(
		&run->table, obs, &run->carried, &run->backoff, &run->settings,
		run->names, run->arena);
	struct rt_plan *plan = rt_plan_new(run->arena, s);
	struct rt_recall recall = rt_memory_recall(run->memory, s, run->arena);
	wish(run, plan);
	apply(run, plan, obs, &recall);
	rt_memory_keep(run->memory, s, &recall);
	struct rt_decision *decision = rt_decision_seal(plan, run->arena);
	if (!plan->held) {
		struct rt_actions *actions = rt_instances_step(
			&run->table, obs, decision, &run->settings, run->arena);
		turmoil_act(&run->t, actions);
		rt_instances_note(&run->table, actions, obs->now_ms);
	}
	run->table.seen_ms = obs->now_ms;
	return text_of(run, decision);
}

/* As over a restart. */
static void save_and_restore(struct run *run)
{
	cJSON *saved = rt_memory_save(run->memory, &run->chain);
	const struct rt_json view = rt_json_root(saved);
	uint64_t hash = rt_memory_hash(run->memory);
	struct rt_error err;

	rt_memory_free(&run->memory);
	run->memory = rt_memory_new(&run->chain);
	if (rt_memory_restore(run->memory, &run->chain, &view, &err))
		FAIL(err.text);
	if (rt_memory_hash(run->memory) != hash)
		FAIL("what was restored is another memory");
	cJSON_Delete(saved);
}

static void test_turmoil(void **state)
{
	uint32_t hits = 0;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		struct run one, other;
		open_run(&one);
		open_run(&other);
		for (int i = 0; i < ROUNDS; i++) {
			const char *text = hold_round(&one);
			if (strcmp(text, hold_round(&other)) != 0)
				FAIL("the same input, another answer");
			if (i % 20 == 10)
				save_and_restore(&other);
		}
		hits += one.hits;
		close_run(&one);
		close_run(&other);
	}
	if (!hits)
		FAIL("it never did anything");
}

/* Nothing there at all, and numbers beyond measure. */
static void test_extremes(void **state)
{
	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		struct run run;
		open_run(&run);
		struct rt_guard_conf *conf = &run.chain.guards;
		if (seed % 2)
			*conf = (struct rt_guard_conf){
				.max_launch_per_minute = INT64_C(1) << 53,
				.max_removal_per_minute = INT64_C(1) << 53,
				.scale_down_stabilization_s = 1e9,
				.max_hourly_cost = 1e300,
				.max_surge = 1e300,
			};
		for (int i = 0; i < 4; i++)
			hold_round(&run);
		const struct rt_observation nothing = {
			.now_ms = seed % 3 ? INT64_C(1) << 53 : 0,
		};
		rt_instances_free(&run.table);
		run.table = (struct rt_instances){ 0 };
		const struct rt_snapshot empty = {
			.now_ms = nothing.now_ms,
			.max_workers = seed % 2 ? 0 : RT_NONE,
			.idle_timeout_ms = RT_NONE,
		};
		struct rt_plan *plan = rt_plan_new(run.arena, &empty);
		struct rt_recall recall =
			rt_memory_recall(run.memory, &empty, run.arena);
		apply(&run, plan, &nothing, &recall);
		close_run(&run);
	}
}

static void test_words(void **state)
{
	(void)state;
	assert_true(strlen(guard->name) > 0 && strlen(guard->name) < 20);
	assert_true(strlen(guard->help) > 0 && strlen(guard->help) < 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_turmoil),
		cmocka_unit_test(test_extremes),
	};
	int failed = 0;

	for (guard = rt_guards; guard->name; guard++)
		failed += cmocka_run_group_tests_name(guard->name, tests, NULL,
						      NULL);
	return failed;
}
