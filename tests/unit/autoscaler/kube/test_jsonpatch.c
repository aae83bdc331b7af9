/* SPDX-License-Identifier: Apache-2.0 */
/* test_jsonpatch.c - launches and deletions. */
#include "tests/unit/autoscaler/kube/fixture.h"

static void test_nothing(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1"), BOUNDS("0"));
	pod(w, "a", "a-1");
	expect(w, 0, "");
	assert_null(w->patch.ops);
}

static void test_launch(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1"), BOUNDS("0"));
	pod(w, "a", "a-1");
	launch(w, B, 2);
	expect(w, 1,
	       "test 1/groupName \"b\"\n"
	       "test 1/replicas 0\n"
	       "replace 1/replicas 2\n");
}

static void test_as_json(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("0"), BOUNDS("0"));
	launch(w, B, 2);
	build(w);
	w->text = cJSON_PrintUnformatted(w->patch.ops);
	assert_string_equal(
		w->text,
		"[{\"op\":\"test\",\"path\":\"/spec/workerGroupSpecs/1/"
		"groupName\",\"value\":\"b\"},"
		"{\"op\":\"test\",\"path\":\"/spec/workerGroupSpecs/1/"
		"replicas\",\"value\":0},"
		"{\"op\":\"replace\",\"path\":\"/spec/workerGroupSpecs/1/"
		"replicas\",\"value\":2}]");
}

static void test_both_groups_in_one_patch(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1"), BOUNDS("0"));
	pod(w, "a", "a-1");
	launch(w, B, 1);
	launch(w, A, 1);
	launch(w, B, 1);
	expect(w, 3,
	       "test 0/groupName \"a\"\n"
	       "test 0/replicas 1\n"
	       "replace 0/replicas 2\n"
	       "test 1/groupName \"b\"\n"
	       "test 1/replicas 0\n"
	       "replace 1/replicas 2\n");
}

/* Members that the manifest leaves out cannot be tested or replaced. */
static void test_absent_members_are_added(void **state)
{
	struct world *w = *state;
	cluster(w, ",\"maxReplicas\":5", BOUNDS("0"));
	pod(w, "a", "a-1");
	pod(w, "a", "a-2");
	del(w, A, "a-1");
	expect(w, 1,
	       "test 0/groupName \"a\"\n"
	       "add 0/replicas 1\n"
	       "add 0/scaleStrategy {\"workersToDelete\":[\"a-1\"]}\n");
}

static void test_delete(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("3") STRATEGY(""), BOUNDS("0"));
	pod(w, "a", "a-1");
	pod(w, "a", "a-2");
	pod(w, "a", "a-3");
	del(w, A, "a-3");
	del(w, A, "a-1");
	expect(w, 2,
	       "test 0/groupName \"a\"\n"
	       "test 0/replicas 3\n"
	       "replace 0/replicas 1\n"
	       "test 0/scaleStrategy {\"workersToDelete\":[]}\n"
	       "replace 0/scaleStrategy"
	       " {\"workersToDelete\":[\"a-3\",\"a-1\"]}\n");
}

static void test_launch_and_delete_in_one_group(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1"), BOUNDS("0"));
	pod(w, "a", "a-1");
	del(w, A, "a-1");
	launch(w, A, 1);
	expect(w, 2,
	       "test 0/groupName \"a\"\n"
	       "add 0/scaleStrategy {\"workersToDelete\":[\"a-1\"]}\n");
}

/* Workers that were asked to go are still there: hands off the group. */
static void test_pending_deletion(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1") STRATEGY("\"a-2\""), BOUNDS("0"));
	pod(w, "a", "a-1");
	pod(w, "a", "a-2");
	del(w, A, "a-1");
	launch(w, A, 1);
	launch(w, B, 1);
	expect(w, 1,
	       "test 1/groupName \"b\"\n"
	       "test 1/replicas 0\n"
	       "replace 1/replicas 1\n");
}

static void test_finished_deletion(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1") STRATEGY("\"a-2\""), BOUNDS("0"));
	pod(w, "a", "a-1");
	pod(w, "a", "a-2")->deleting = true;
	expect(w, 0,
	       "test 0/groupName \"a\"\n"
	       "test 0/scaleStrategy {\"workersToDelete\":[\"a-2\"]}\n"
	       "replace 0/scaleStrategy {\"workersToDelete\":[]}\n");
}

static void test_delete_waits_for_its_drain(void **state)
{
	static const enum rt_outcome outcomes[] = { RT_OUTCOME_ACCEPTED,
						    RT_OUTCOME_DONE,
						    RT_OUTCOME_REFUSED,
						    RT_OUTCOME_FAILED };
	static const char *const pods[] = { "a-1", "a-2", "a-3", "a-4" };
	struct world *w = *state;
	cluster(w, BOUNDS("4"), BOUNDS("0"));
	for (uint32_t i = 0; i < 4; i++) {
		pod(w, "a", pods[i]);
		act(w, RT_ACTION_DRAIN, A)->outcome = outcomes[i];
		del(w, A, pods[i])->after = 2 * i;
	}
	expect(w, 1,
	       "test 0/groupName \"a\"\n"
	       "test 0/replicas 4\n"
	       "replace 0/replicas 3\n"
	       "add 0/scaleStrategy {\"workersToDelete\":[\"a-2\"]}\n");
}

/* The head, pods of other groups, and pods that are not there or going. */
static void test_what_is_never_deleted(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1"), BOUNDS("1"));
	pod(w, "headgroup", "head")->is_head = true;
	pod(w, "a", "a-1")->deleting = true;
	pod(w, "b", "b-1");
	del(w, HEAD, "head");
	del(w, A, "head");
	del(w, A, "a-1");
	del(w, A, "b-1");
	del(w, A, "a-2");
	del(w, RT_NO_GROUP, "b-1");
	launch(w, HEAD, 1);
	expect(w, 0, "");
}

/* Was it applied?  What the cluster looks like tells. */
static void test_holds(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1"), BOUNDS("0"));
	pod(w, "a", "a-1");
	del(w, A, "a-1");
	launch(w, B, 2);
	build(w);
	assert_int_equal(w->patch.len, 2);
	assert_false(jsonpatch_holds(w->patch.ops, w->doc));
	cJSON_Delete(w->doc);
	cluster(w, BOUNDS("0") STRATEGY("\"a-1\""), BOUNDS("2"));
	assert_true(jsonpatch_holds(w->patch.ops, w->doc));
	/* The same numbers in another group are no proof. */
	cJSON *spec = cJSON_GetObjectItem(w->doc, "spec");
	cJSON *groups = cJSON_GetObjectItem(spec, "workerGroupSpecs");
	cJSON_ReplaceItemInObject(cJSON_GetArrayItem(groups, 0), "groupName",
				  cJSON_CreateString("c"));
	assert_false(jsonpatch_holds(w->patch.ops, w->doc));
	cJSON_Delete(w->doc);
	w->doc = cJSON_Parse("{\"kind\":\"Status\"}");
	assert_false(jsonpatch_holds(w->patch.ops, w->doc));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_launch),
		TEST(test_as_json),
		TEST(test_both_groups_in_one_patch),
		TEST(test_absent_members_are_added),
		TEST(test_delete),
		TEST(test_launch_and_delete_in_one_group),
		TEST(test_pending_deletion),
		TEST(test_finished_deletion),
		TEST(test_delete_waits_for_its_drain),
		TEST(test_what_is_never_deleted),
		TEST(test_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
