/* SPDX-License-Identifier: Apache-2.0 */
/* test_dump.c - a controller goes through turmoil; now and then another one is
 * made of its dump, and shown the same by way of documents.  Nobody can tell
 * them apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/param.h"
#include "core/controller/controller.h"
#include "core/controller/explain.h"
#include "core/model/codec_actions.h"
#include "core/model/codec_observation.h"
#include "tests/unit/core/controller/turmoil.h"

#define SEEDS 100
#define ROUNDS 200
#define LIFE 20 /* rounds of a twin, at most */

/* It remembers something, so that this is dumped, too. */
struct counted {
	int64_t rounds;
};

static enum rt_status decide(const struct rt_ctx *ctx,
			     const struct rt_snapshot *snapshot,
			     struct rt_plan *plan, struct rt_error *err)
{
	struct counted *all = ctx->state;

	all->rounds++;
	for (uint32_t g = 0; g < snapshot->groups_len; g++) {
		struct counted *of_group = rt_group_state(ctx, g);
		of_group->rounds++;
		rt_tell(ctx, plan, g,
			RT_WHY(IDLE, .n = all->rounds,
			       .limit = of_group->rounds));
	}
	return rt_pack(ctx, snapshot, plan, err);
}

static const struct rt_param no_params[] = { { .name = NULL } };
static const struct rt_policy_ops counting = {
	.abi = RT_POLICY_ABI,
	.size = sizeof counting,
	.name = "counting",
	.flags = RT_PACKS,
	.params = no_params,
	.state_size = sizeof(struct counted),
	.group_state_size = sizeof(struct counted),
	.decide = decide,
};
static struct rt_chain chain = { .len = 1, .stages = { { .ops = &counting } } };

struct side {
	struct rt_controller *controller; /* NULL: none now */
	struct rt_arena *arena;
	struct rt_observation seen;
	struct rt_decision *decision;
	struct rt_actions *actions;
	bool repeated;
};

static struct rt_controller *open_controller(void)
{
	struct rt_controller_settings settings;

	rt_params_default(rt_controller_params, &settings);
	struct rt_controller *c = rt_controller_new(&settings, &chain);
	rt_controller_explain(c);
	return c;
}

static void begin(struct side *side, const struct turmoil *turmoil)
{
	rt_controller_renew_names(side->controller);
	side->arena = rt_controller_begin(side->controller);
	turmoil_observe(turmoil, rt_controller_names(side->controller),
			side->arena, &side->seen);
}

static void decide_round(struct side *side)
{
	uint64_t before = rt_controller_repeats(side->controller);
	struct rt_error err;

	if (rt_controller_reconcile(side->controller, &side->seen,
				    &side->decision, &side->actions, &err))
		fail_msg("%s", err.text);
	side->repeated = rt_controller_repeats(side->controller) > before;
}

static cJSON *through_text(cJSON *json)
{
	char *text = rt_json_print(json);
	struct rt_error err;

	cJSON_Delete(json);
	if (rt_json_parse(text, strlen(text), &json, &err))
		fail_msg("%s", err.text);
	cJSON_free(text);
	return json;
}

/* Pods, nodes and demand as the recording tells them; the cluster as it is, for
 * there is no manifest of it. */
static void see_documents(struct side *to, const struct side *from)
{
	static const char manifest[] =
		"{\"spec\":{\"headGroupSpec\":{\"resources\":{\"CPU\":1}}}}";
	const struct rt_name_table names =
		rt_names_table(rt_controller_names(from->controller));
	const struct rt_raycluster cluster = to->seen.cluster;
	cJSON *head = cJSON_Parse(manifest);
	const cJSON *parts[RT_PARTS];
	struct rt_error err;

	for (enum rt_part i = 0; i < RT_PARTS; i++)
		parts[i] = through_text(
			rt_part_encode(i, &from->seen, head, &names));
	if (rt_parts_decode(parts, rt_controller_names(to->controller),
			    to->arena, &to->seen, &err))
		fail_msg("%s", err.text);
	for (enum rt_part i = 0; i < RT_PARTS; i++)
		cJSON_Delete((cJSON *)(uintptr_t)parts[i]);
	cJSON_Delete(head);
	to->seen.now_ms = from->seen.now_ms;
	to->seen.cluster = cluster;
}

static void make_twin(struct side *twin, struct side *side)
{
	struct rt_error err;

	rt_controller_free(&twin->controller);
	rt_controller_forget(side->controller);
	cJSON *state = through_text(rt_controller_dump(side->controller));
	const struct rt_json view = rt_json_root(state);
	twin->controller = open_controller();
	if (rt_controller_load(twin->controller, &view, &err))
		fail_msg("%s", err.text);
	cJSON_Delete(state);
}

static void assert_same_json(cJSON *a, cJSON *b)
{
	char *x = rt_json_print(a), *y = rt_json_print(b);

	assert_string_equal(x, y);
	cJSON_free(x);
	cJSON_free(y);
	cJSON_Delete(a);
	cJSON_Delete(b);
}

static void run_twin(struct side *twin, const struct side *side)
{
	struct rt_error err;

	if (side->repeated) {
		rt_controller_skip(twin->controller, 1, side->seen.now_ms);
		return;
	}
	see_documents(twin, side);
	rt_controller_forget(twin->controller);
	decide_round(twin);
	assert_same_json(rt_explained(side->decision, side->arena),
			 rt_explained(twin->decision, twin->arena));
	cJSON *actions =
		rt_actions_encode(side->actions, side->decision->snapshot);
	if (rt_outcomes_decode(actions, twin->actions, &err))
		fail_msg("%s", err.text);
	assert_same_json(actions, rt_actions_encode(twin->actions,
						    twin->decision->snapshot));
	rt_controller_note(twin->controller, twin->actions);
}

static void go(uint64_t seed)
{
	struct turmoil turmoil;
	struct side side = { .controller = open_controller() };
	struct side twin = { .controller = NULL };

	turmoil_open(&turmoil, seed);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		turmoil_step(&turmoil);
		if (round % LIFE == seed % LIFE)
			make_twin(&twin, &side);
		begin(&side, &turmoil);
		decide_round(&side);
		if (twin.controller && !side.repeated)
			begin(&twin, &turmoil);
		turmoil_act(&turmoil, side.actions);
		if (twin.controller)
			run_twin(&twin, &side);
		rt_controller_note(side.controller, side.actions);
	}
	assert_same_json(rt_controller_dump(side.controller),
			 rt_controller_dump(twin.controller));
	rt_controller_free(&side.controller);
	rt_controller_free(&twin.controller);
}

static void test_twins(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		go(seed);
}

/* What is wrong with a dump is told by its place. */
static void test_wrong(void **state)
{
	static const char *const wrong[][2] = {
		{ "[]", "not an object" },
		{ "{\"instances\":{\"all\":[{\"id\":\"i-1\"}]}}",
		  "all[0]: group is missing" },
		{ "{\"instances\":{\"all\":[{\"group\":\"a\",\"status\":99}]}}",
		  "all[0].status" },
		{ "{\"backoff\":[{\"group\":3}]}", "[0].group" },
		{ "{\"unneeded\":{\"a\":[true]}}", "a[0]" },
		{ "{\"memory\":{\"version\":1,\"layout\":\"other\"}}",
		  "it is of other stages" },
	};
	struct rt_error err;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct rt_controller *c = open_controller();
		cJSON *doc = cJSON_Parse(wrong[i][0]);
		const struct rt_json view = rt_json_root(doc);
		assert_int_equal(rt_controller_load(c, &view, &err), RT_EINPUT);
		if (!strstr(err.text, wrong[i][1]))
			fail_msg("%s: not in \"%s\"", wrong[i][1], err.text);
		cJSON_Delete(doc);
		rt_controller_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
