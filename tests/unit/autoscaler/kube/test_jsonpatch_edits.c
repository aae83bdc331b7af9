/* SPDX-License-Identifier: Apache-2.0 */
/* test_jsonpatch_edits.c - what others did to the RayCluster, bounds, and
 * replicas of several hosts. */
#include "tests/unit/autoscaler/kube/fixture.h"

/* Promised pods that never came; what lives is not touched. */
static void test_cancel(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("4"), BOUNDS("1"));
	pod(w, "a", "a-1");
	act(w, RT_ACTION_CANCEL, A)->count = 2;
	pod(w, "b", "b-1");
	act(w, RT_ACTION_CANCEL, B)->count = 1;
	expect(w, 1,
	       "test 0/groupName \"a\"\n"
	       "test 0/replicas 4\n"
	       "replace 0/replicas 2\n");
}

/* An edit of the spec since it was read makes the patch fail. */
static void test_generation(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1"), BOUNDS("0"));
	cJSON_AddNumberToObject(cJSON_GetObjectItem(w->doc, "metadata"),
				"generation", 7);
	launch(w, B, 1);
	build(w);
	w->text = cJSON_PrintUnformatted(cJSON_GetArrayItem(w->patch.ops, 0));
	assert_string_equal(w->text, "{\"op\":\"test\",\"path\":"
				     "\"/metadata/generation\",\"value\":7}");
	cJSON_Delete(w->doc);
	cluster(w, BOUNDS("1"), BOUNDS("1"));
	assert_true(jsonpatch_holds(w->patch.ops, w->doc));
}

/* Somebody lowered replicas below what is there: they are restored at once. */
static void test_restore(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("0"), BOUNDS("1"));
	pod(w, "a", "a-1");
	pod(w, "a", "a-2");
	pod(w, "a", "a-3")->deleting = true;
	pod(w, "b", "b-1");
	expect(w, 0,
	       "test 0/groupName \"a\"\n"
	       "test 0/replicas 0\n"
	       "replace 0/replicas 2\n");
	assert_int_equal(w->patch.restored_len, 1);
	assert_string_equal(w->patch.restored[0].group, "a");
	assert_int_equal(w->patch.restored[0].to, 2);
}

static void host(struct world *w, const char *name, const char *replica)
{
	pod(w, "a", name)->replica = replica;
}

/* The hosts of a replica go all in one patch, or stay. */
static void test_replicas_go_whole(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("3") ",\"numOfHosts\":2", BOUNDS("0"));
	host(w, "a-1", "r1");
	host(w, "a-2", "r1");
	host(w, "a-3", "r2");
	host(w, "a-4", "r2");
	host(w, "a-5", "r3");
	host(w, "a-6", "r3");
	w->pods[5].deleting = true;
	del(w, A, "a-1");
	del(w, A, "a-4");
	del(w, A, "a-3");
	del(w, A, "a-5");
	expect(w, 3,
	       "test 0/groupName \"a\"\n"
	       "test 0/replicas 3\n"
	       "replace 0/replicas 1\n"
	       "add 0/scaleStrategy"
	       " {\"workersToDelete\":[\"a-4\",\"a-3\",\"a-5\"]}\n");
}

/* An operator that does not tell replicas apart: only the whole group goes. */
static void test_replicas_without_names(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1") ",\"numOfHosts\":2",
		BOUNDS("1") ",\"numOfHosts\":2");
	host(w, "a-1", "");
	host(w, "a-2", "");
	pod(w, "b", "b-1");
	pod(w, "b", "b-2");
	del(w, A, "a-1");
	del(w, B, "b-1");
	del(w, B, "b-2");
	expect(w, 2,
	       "test 1/groupName \"b\"\n"
	       "test 1/replicas 1\n"
	       "replace 1/replicas 0\n"
	       "add 1/scaleStrategy"
	       " {\"workersToDelete\":[\"b-1\",\"b-2\"]}\n");
}

/* Somebody lowered replicas below what is there. */
static void test_lowered_replicas(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("0"), BOUNDS("0"));
	pod(w, "a", "a-1");
	pod(w, "a", "a-2");
	pod(w, "a", "a-3")->deleting = true;
	pod(w, "headgroup", "head")->is_head = true;
	launch(w, A, 1);
	expect(w, 1,
	       "test 0/groupName \"a\"\n"
	       "test 0/replicas 0\n"
	       "replace 0/replicas 3\n");
}

static void test_bounds(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("4"),
		",\"replicas\":0,\"minReplicas\":2,\"maxReplicas\":4");
	launch(w, A, 3);
	launch(w, B, 1);
	expect(w, 2,
	       "test 0/groupName \"a\"\n"
	       "test 0/replicas 4\n"
	       "replace 0/replicas 5\n"
	       "test 1/groupName \"b\"\n"
	       "test 1/replicas 0\n"
	       "replace 1/replicas 2\n");
}

static void test_launch_at_the_maximum(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("5"), BOUNDS("0"));
	launch(w, A, 1);
	expect(w, 0, "");
}

static void test_suspended_group(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1") ",\"suspend\":true", BOUNDS("0"));
	launch(w, A, 1);
	expect(w, 0, "");
}

/* Pods of a replica come together: 3 more pods are 2 more replicas of 2. */
static void test_several_hosts(void **state)
{
	struct world *w = *state;
	cluster(w, BOUNDS("1") ",\"numOfHosts\":2", BOUNDS("0"));
	launch(w, A, 3);
	expect(w, 1,
	       "test 0/groupName \"a\"\n"
	       "test 0/replicas 1\n"
	       "replace 0/replicas 3\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_cancel),
		TEST(test_generation),
		TEST(test_restore),
		TEST(test_replicas_go_whole),
		TEST(test_replicas_without_names),
		TEST(test_lowered_replicas),
		TEST(test_bounds),
		TEST(test_launch_at_the_maximum),
		TEST(test_suspended_group),
		TEST(test_several_hosts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
