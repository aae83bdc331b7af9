/* SPDX-License-Identifier: Apache-2.0 */
/* test_memory.c - what policies remember: kept by the group's name, undone with
 * a round that fails, copied and restored; and stages are held to their place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/error.h"
#include "core/controller/memory.h"
#include "core/model/plan.h"

struct counted {
	int64_t rounds;
};

static struct {
	bool fail, misuse;
	int64_t rounds, group_rounds[3];
} seen;

static enum rt_status count(const struct rt_ctx *ctx,
			    const struct rt_snapshot *s, struct rt_plan *plan,
			    struct rt_error *err)
{
	seen.rounds = ++((struct counted *)ctx->state)->rounds;
	for (uint32_t g = 0; g < s->groups_len; g++) {
		struct counted *of_group = rt_group_state(ctx, g);
		seen.group_rounds[g] = ++of_group->rounds;
	}
	if (seen.misuse)
		rt_launch(ctx, plan, 0, 1, RT_WHY(DEMAND));
	return seen.fail ? rt_fail(err, RT_EIO, "told to") : RT_OK;
}

static const struct rt_policy_ops counting = {
	.name = "counting",
	.state_size = sizeof(struct counted),
	.group_state_size = sizeof(struct counted),
	.decide = count,
};
static const struct rt_policy_ops more = {
	.name = "more",
	.state_size = 3,
	.group_state_size = 5,
	.decide = count,
};

static struct rt_group groups[3];
static struct rt_snapshot snapshot = { .groups = groups };
static struct rt_arena *arena;
static struct rt_memory *memory;
static struct rt_error err;
static struct rt_chain chain = { .len = 1, .stages = { { .ops = &counting } } };

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof seen);
	arena = rt_arena_new();
	memory = rt_memory_new(&chain);
	snapshot.groups_len = 2;
	groups[0].name = "a";
	groups[1].name = "b";
	groups[2].name = "c";
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rt_memory_free(&memory);
	rt_arena_free(&arena);
	return 0;
}

static enum rt_status decide(void)
{
	struct rt_recall recall = rt_memory_recall(memory, &snapshot, arena);
	struct rt_plan *plan = rt_plan_new(arena, &snapshot);
	enum rt_status status = rt_chain_decide(&chain, &recall, plan, &err);

	if (!status)
		rt_memory_keep(memory, &snapshot, &recall);
	return status;
}

static void test_by_name(void **state)
{
	(void)state;
	assert_int_equal(decide(), RT_OK);
	assert_int_equal(decide(), RT_OK);
	assert_int_equal(seen.rounds, 2);
	assert_int_equal(seen.group_rounds[1], 2);
	groups[0].name = "c"; /* a goes, c comes, b moves */
	groups[1].name = "b";
	assert_int_equal(decide(), RT_OK);
	assert_int_equal(seen.group_rounds[0], 1);
	assert_int_equal(seen.group_rounds[1], 3);
	groups[0].name = "a"; /* it was forgotten */
	assert_int_equal(decide(), RT_OK);
	assert_int_equal(seen.group_rounds[0], 1);
}

static void test_a_failed_round_leaves_no_trace(void **state)
{
	(void)state;
	assert_int_equal(decide(), RT_OK);
	uint64_t hash = rt_memory_hash(memory);
	seen.fail = true;
	assert_int_equal(decide(), RT_EIO);
	assert_string_equal(err.text, "policy counting: told to");
	assert_true(rt_memory_hash(memory) == hash);
	seen.fail = false;
	assert_int_equal(decide(), RT_OK);
	assert_int_equal(seen.rounds, 2);
	assert_true(rt_memory_hash(memory) != hash);
}

static void test_blocks_lie_apart(void **state)
{
	struct rt_chain both = {
		.len = 2, .stages = { { .ops = &more }, { .ops = &counting } }
	};
	struct rt_layout first = rt_chain_layout(&both, 0);
	struct rt_layout second = rt_chain_layout(&both, 1);
	struct rt_layout guards = rt_chain_layout(&both, 2);
	struct rt_layout end = rt_chain_layout(&both, RT_LAYOUT_END);
	(void)state;

	assert_int_equal(first.cluster, 0);
	assert_true(second.cluster >= 3 && second.cluster % 16 == 0);
	assert_true(second.group >= 5 && second.group % 16 == 0);
	assert_true(guards.cluster >= second.cluster + sizeof(struct counted));
	assert_true(end.cluster >=
		    guards.cluster + sizeof(struct rt_guard_state));
	assert_true(end.group >=
		    guards.group + sizeof(struct rt_guard_group_state));
}

static void test_saved_and_restored(void **state)
{
	struct rt_chain other = { .len = 1, .stages = { { .ops = &more } } };
	(void)state;

	assert_int_equal(decide(), RT_OK);
	assert_int_equal(decide(), RT_OK);
	uint64_t hash = rt_memory_hash(memory);
	cJSON *doc = rt_memory_save(memory, &chain);
	const struct rt_json root = rt_json_root(doc);
	rt_memory_free(&memory);
	memory = rt_memory_new(&chain);
	assert_int_equal(rt_memory_restore(memory, &chain, &root, &err), RT_OK);
	assert_true(rt_memory_hash(memory) == hash);
	assert_int_equal(decide(), RT_OK);
	assert_int_equal(seen.rounds, 3);
	assert_int_equal(seen.group_rounds[1], 3);
	/* Of other stages, or broken: nothing is changed. */
	hash = rt_memory_hash(memory);
	struct rt_memory *of_other = rt_memory_new(&other);
	assert_int_equal(rt_memory_restore(of_other, &other, &root, &err),
			 RT_EINPUT);
	rt_memory_free(&of_other);
	cJSON *blocks = cJSON_GetObjectItem(doc, "groups");
	cJSON_GetObjectItem(blocks, "b")->valuestring[5] = 'x';
	assert_int_equal(rt_memory_restore(memory, &chain, &root, &err),
			 RT_EINPUT);
	assert_string_equal(err.text, "groups.b: not hexadecimal");
	cJSON_GetObjectItem(blocks, "b")->valuestring[5] = '\0';
	assert_int_equal(rt_memory_restore(memory, &chain, &root, &err),
			 RT_EINPUT);
	cJSON_DeleteItemFromObject(doc, "cluster");
	assert_int_equal(rt_memory_restore(memory, &chain, &root, &err),
			 RT_EINPUT);
	assert_true(rt_memory_hash(memory) == hash);
	cJSON_Delete(doc);
}

static void test_stages_are_held_to_their_place(void **state)
{
	(void)state;
	seen.misuse = true;
	assert_int_equal(decide(), RT_EINPUT);
	assert_string_equal(err.text,
			    "policy counting: a stage without RT_PACKS may not "
			    "say how many nodes there will be");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_by_name),
		TEST(test_a_failed_round_leaves_no_trace),
		TEST(test_blocks_lie_apart),
		TEST(test_saved_and_restored),
		TEST(test_stages_are_held_to_their_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
