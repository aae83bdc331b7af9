/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_jsonpatch.c - what is asked of the API, to the byte.  Each case is a
 * RayCluster of two groups, its pods, and actions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "autoscaler/kube/jsonpatch.h"

struct world {
	struct rt_arena *arena;
	struct rt_names *names;
	cJSON *doc;
	struct rt_observation obs;
	uint32_t pods_len, actions_len;
	struct rt_pod pods[16];
	struct rt_action list[16];
	struct rt_actions actions;
	struct jsonpatch patch;
	char *text;
};

static int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof *w);
	w->arena = rt_arena_new();
	w->names = rt_names_new();
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	rt_arena_free(&w->arena);
	rt_names_free(&w->names);
	cJSON_Delete(w->doc);
	cJSON_Delete(w->patch.ops);
	cJSON_free(w->text);
	test_free(w);
	return 0;
}

#define POD_SPEC                                                               \
	"\"template\":{\"spec\":{\"containers\":[{\"resources\":"              \
	"{\"limits\":{\"cpu\":\"1\"}}}]}}"

/* `a` and `b` are members of the groups of these names. */
static void cluster(struct world *w, const char *a, const char *b)
{
	char text[2048];
	struct rt_error err;
	snprintf(text, sizeof text,
		 "{\"apiVersion\":\"ray.io/v1\",\"kind\":\"RayCluster\","
		 "\"metadata\":{\"name\":\"c\",\"namespace\":\"n\"},\"spec\":{"
		 "\"headGroupSpec\":{" POD_SPEC "},\"workerGroupSpecs\":["
		 "{\"groupName\":\"a\"," POD_SPEC "%s},"
		 "{\"groupName\":\"b\"," POD_SPEC "%s}]}}",
		 a, b);
	w->doc = cJSON_Parse(text);
	assert_non_null(w->doc);
	if (rt_raycluster_decode(w->doc, w->names, w->arena, &w->obs.cluster,
				 &err))
		fail_msg("%s", err.text);
	assert_int_equal(w->obs.cluster.groups_len, 3);
}

static struct rt_pod *pod(struct world *w, const char *group, const char *name)
{
	struct rt_pod *one = &w->pods[w->pods_len++];
	*one = (struct rt_pod){ .name = name, .group = group };
	return one;
}

static struct rt_action *act(struct world *w, enum rt_action_kind kind,
			     uint32_t group)
{
	struct rt_action *one = &w->list[w->actions_len++];
	*one = (struct rt_action){ .kind = kind,
				   .group = group,
				   .after = RT_NO_ACTION };
	return one;
}

static void launch(struct world *w, uint32_t group, int64_t count)
{
	act(w, RT_ACTION_LAUNCH, group)->count = count;
}

static struct rt_action *del(struct world *w, uint32_t group, const char *name)
{
	struct rt_action *one = act(w, RT_ACTION_DELETE, group);
	one->pod = name;
	return one;
}

static void build(struct world *w)
{
	w->obs.pods = w->pods;
	w->obs.pods_len = w->pods_len;
	w->actions =
		(struct rt_actions){ .len = w->actions_len, .at = w->list };
	w->patch = jsonpatch_build(w->doc, &w->obs, &w->actions, w->arena);
}

/* The operations as lines, "" for none; `carried` actions are in them. */
static void expect(struct world *w, uint32_t carried, const char *text)
{
	static const char prefix[] = "/spec/workerGroupSpecs/";
	const char *lines = "";
	build(w);
	for (int i = 0; i < cJSON_GetArraySize(w->patch.ops); i++) {
		const cJSON *op = cJSON_GetArrayItem(w->patch.ops, i);
		const char *path =
			cJSON_GetStringValue(cJSON_GetObjectItem(op, "path"));
		char *value = cJSON_PrintUnformatted(
			cJSON_GetObjectItem(op, "value"));
		assert_memory_equal(path, prefix, strlen(prefix));
		lines = rt_arena_printf(
			w->arena, "%s%s %s %s\n", lines,
			cJSON_GetStringValue(cJSON_GetObjectItem(op, "op")),
			path + strlen(prefix), value);
		cJSON_free(value);
	}
	assert_string_equal(lines, text);
	assert_int_equal(w->patch.len, carried);
}

enum { HEAD, A, B };

#define BOUNDS(replicas)                                                       \
	",\"replicas\":" replicas ",\"minReplicas\":0,\"maxReplicas\":5"

#define STRATEGY(pods) ",\"scaleStrategy\":{\"workersToDelete\":[" pods "]}"

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
		TEST(test_lowered_replicas),
		TEST(test_bounds),
		TEST(test_launch_at_the_maximum),
		TEST(test_pending_deletion),
		TEST(test_finished_deletion),
		TEST(test_delete_waits_for_its_drain),
		TEST(test_what_is_never_deleted),
		TEST(test_suspended_group),
		TEST(test_several_hosts),
		TEST(test_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
