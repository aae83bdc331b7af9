/* SPDX-License-Identifier: Apache-2.0 */
/* test_steady.c - a controller that keeps rounds and one that decides each anew
 * go through the same turmoil, and nobody can tell them apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/param.h"
#include "core/controller/controller.h"
#include "core/model/codec_decision.h"
#include "tests/unit/core/controller/turmoil.h"

#define SEEDS 300  /* 1 to SEEDS */
#define ROUNDS 200 /* in each */

static enum rt_status pack(const struct rt_ctx *ctx,
			   const struct rt_snapshot *snapshot,
			   struct rt_plan *plan, struct rt_error *err)
{
	return rt_pack(ctx, snapshot, plan, err);
}

static const struct rt_param no_params[] = { { .name = NULL } };
static const struct rt_policy_ops packing = {
	.abi = RT_POLICY_ABI,
	.size = sizeof packing,
	.name = "packing",
	.flags = RT_PACKS,
	.params = no_params,
	.decide = pack,
};
static struct rt_chain chain = { .len = 1, .stages = { { .ops = &packing } } };

/* A controller and its round. */
struct side {
	struct rt_controller *controller;
	struct rt_arena *arena;
	struct rt_decision *decision;
	struct rt_actions *actions;
	bool repeated;
};

static struct side open_side(const struct rt_controller_settings *settings)
{
	return (struct side){
		.controller = rt_controller_new(settings, &chain),
	};
}

static void run_round(struct side *side, const struct turmoil *turmoil)
{
	uint64_t before = rt_controller_repeats(side->controller);
	struct rt_observation seen;
	struct rt_error err;

	rt_controller_renew_names(side->controller);
	side->arena = rt_controller_begin(side->controller);
	turmoil_observe(turmoil, rt_controller_names(side->controller),
			side->arena, &seen);
	if (rt_controller_reconcile(side->controller, &seen, &side->decision,
				    &side->actions, &err))
		fail_msg("%s", err.text);
	side->repeated = rt_controller_repeats(side->controller) > before;
}

/* What was explained has the times of the round that is repeated. */
static const char *text_of(const struct side *side)
{
	cJSON *doc = rt_decision_encode(side->decision);

	cJSON_DeleteItemFromObject(doc, "explain");
	char *text = cJSON_PrintUnformatted(doc);
	const char *copy = rt_arena_strdup(side->arena, text);
	cJSON_free(text);
	cJSON_Delete(doc);
	return copy;
}

static void assert_same_text(const char *a, const char *b)
{
	assert_string_equal(a ? a : "", b ? b : "");
}

static void assert_same_sizes(const struct rt_new_size *a,
			      const struct rt_new_size *b)
{
	assert_int_equal(!a, !b);
	if (!a)
		return;
	assert_int_equal(a->cpu, b->cpu);
	assert_int_equal(a->memory, b->memory);
	assert_int_equal(a->note.resizing_at_s, b->note.resizing_at_s);
	assert_int_equal(a->note.max_cpu, b->note.max_cpu);
	assert_int_equal(a->note.failed_at_s, b->note.failed_at_s);
	assert_same_text(a->note.failed_why, b->note.failed_why);
}

static void assert_same_actions(const struct rt_actions *a,
				const struct rt_actions *b)
{
	assert_int_equal(a->len, b->len);
	for (uint32_t i = 0; i < a->len; i++) {
		const struct rt_action *x = &a->at[i], *y = &b->at[i];
		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->count, y->count);
		assert_int_equal(x->cause, y->cause);
		assert_int_equal(x->idle_ms, y->idle_ms);
		assert_int_equal(x->after, y->after);
		assert_string_equal(x->group_name, y->group_name);
		assert_same_text(x->pod, y->pod);
		assert_same_text(x->ray_node_id, y->ray_node_id);
		assert_same_sizes(x->size, y->size);
	}
}

static void assert_same_tables(const struct rt_instances *a,
			       const struct rt_instances *b)
{
	assert_int_equal(a->len, b->len);
	for (uint32_t i = 0; i < a->len; i++) {
		const struct rt_instance *x = a->at[i], *y = b->at[i];
		assert_string_equal(x->id, y->id);
		assert_string_equal(x->group, y->group);
		assert_int_equal(x->is_head, y->is_head);
		assert_int_equal(x->status, y->status);
		assert_int_equal(x->since_ms, y->since_ms);
		assert_same_text(x->pod, y->pod);
		assert_same_text(x->ray_node_id, y->ray_node_id);
	}
}

static void note(struct side *side, const struct rt_actions *done)
{
	for (uint32_t i = 0; i < done->len; i++)
		side->actions->at[i].outcome = done->at[i].outcome;
	rt_controller_note(side->controller, side->actions);
}

/* What came of all together. */
static struct {
	uint32_t repeated;
	uint32_t ended; /* for being idle, right after a repeated round */
	uint32_t resized, failed, told;
} seen;

static void count(const struct side *side, bool after_repeated)
{
	for (uint32_t i = 0; i < side->actions->len; i++) {
		const struct rt_action *action = &side->actions->at[i];
		seen.resized += action->kind == RT_ACTION_RESIZE;
		seen.failed += action->why.code == RT_WHY_RESIZE_BACK;
		seen.told += action->kind == RT_ACTION_TELL;
	}
	seen.repeated += side->repeated;
	for (uint32_t i = 0; i < side->decision->removals_len; i++)
		seen.ended +=
			after_repeated &&
			side->decision->removals[i].cause == RT_CAUSE_IDLE;
}

static void go_through(uint64_t seed)
{
	struct rt_controller_settings settings;
	struct turmoil turmoil;

	rt_params_default(rt_controller_params, &settings);
	settings.request_timeout_s = 90;
	settings.allocate_timeout_s = 120;
	settings.stuck_timeout_s = 60;
	settings.backoff_s = 40;
	settings.stop_timeout_s = 30;
	settings.terminate_timeout_s = 30;
	settings.pending_idle_timeout_s = seed % 2 ? 30 : -1;
	chain.guards = (struct rt_guard_conf){
		.max_launch_per_minute = seed % 3 ? 0 : 4,
		.max_removal_per_minute = seed % 3 ? 0 : 2,
		.scale_down_stabilization_s = seed % 5 ? 0 : 90,
		.max_surge = seed % 7 ? 0 : 0.5,
	};
	struct side keeping = open_side(&settings);
	struct side fresh = open_side(&settings);
	turmoil_open(&turmoil, seed);
	for (int i = 0; i < ROUNDS; i++) {
		bool was_repeated = keeping.repeated;
		turmoil_step(&turmoil);
		rt_controller_forget(fresh.controller);
		run_round(&keeping, &turmoil);
		run_round(&fresh, &turmoil);
		assert_string_equal(text_of(&keeping), text_of(&fresh));
		assert_same_actions(keeping.actions, fresh.actions);
		count(&keeping, was_repeated);
		turmoil_act(&turmoil, fresh.actions);
		note(&keeping, fresh.actions);
		note(&fresh, fresh.actions);
		assert_same_tables(rt_controller_instances(keeping.controller),
				   rt_controller_instances(fresh.controller));
	}
	assert_int_equal(rt_controller_repeats(fresh.controller), 0);
	rt_controller_free(&keeping.controller);
	rt_controller_free(&fresh.controller);
}

static void test_nobody_can_tell(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		go_through(seed);
	print_message("%u of %u rounds were repeated, %u idle nodes ended "
		      "after such a round, %u resizes (%u back), %u told\n",
		      seen.repeated, SEEDS * ROUNDS, seen.ended, seen.resized,
		      seen.failed, seen.told);
	assert_true(seen.repeated > SEEDS * ROUNDS / 4);
	assert_true(seen.ended > SEEDS / 8);
	assert_true(seen.failed > SEEDS / 10);
	assert_true(seen.resized > seen.failed && seen.told > SEEDS / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_can_tell),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
