/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_kube_pods.c - which pods are nodes, in which order, and that a list
 * which is not understood whole is not taken at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "autoscaler/kube/kube_pods.h"

#define MORNING "2026-11-20T08:00:00Z"
#define NOON "2026-11-20T12:00:00Z"

struct world {
	struct rt_arena *arena;
	cJSON *list;
	cJSON *items;
	const struct rt_pod *pods;
	uint32_t len;
	struct rt_error err;
};

static int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof *w);
	w->arena = rt_arena_new();
	w->list = cJSON_CreateObject();
	w->items = cJSON_AddArrayToObject(w->list, "items");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	rt_arena_free(&w->arena);
	cJSON_Delete(w->list);
	test_free(w);
	return 0;
}

static cJSON *add(struct world *w, const char *name, const char *created,
		  const char *type, const char *group)
{
	cJSON *pod = cJSON_CreateObject();
	cJSON *meta = cJSON_AddObjectToObject(pod, "metadata");
	cJSON *labels = cJSON_AddObjectToObject(meta, "labels");
	cJSON_AddStringToObject(meta, "name", name);
	cJSON_AddStringToObject(meta, "creationTimestamp", created);
	cJSON_AddStringToObject(labels, "ray.io/node-type", type);
	cJSON_AddStringToObject(labels, "ray.io/group", group);
	cJSON_AddItemToArray(w->items, pod);
	return pod;
}

static enum rt_status decode(struct world *w)
{
	return kube_decode_pods(w->list, w->arena, &w->pods, &w->len, &w->err);
}

static void test_order_and_kinds(void **state)
{
	struct world *w = *state;
	add(w, "w-b", NOON, "worker", "small");
	add(w, "w-a", NOON, "worker", "gpu");
	add(w, "cleanup", MORNING, "redis-cleanup", "");
	add(w, "head", MORNING, "head", "headgroup");
	cJSON *bare = add(w, "bare", MORNING, "worker", "small");
	cJSON_DeleteItemFromObject(cJSON_GetObjectItem(bare, "metadata"),
				   "labels");
	assert_int_equal(decode(w), RT_OK);
	assert_int_equal(w->len, 3);
	assert_string_equal(w->pods[0].name, "head");
	assert_true(w->pods[0].is_head);
	assert_string_equal(w->pods[0].group, "headgroup");
	assert_string_equal(w->pods[1].name, "w-a");
	assert_string_equal(w->pods[1].group, "gpu");
	assert_false(w->pods[1].is_head);
	assert_string_equal(w->pods[2].name, "w-b");
}

static void test_deleting(void **state)
{
	struct world *w = *state;
	add(w, "a", NOON, "worker", "g");
	cJSON *b = add(w, "b", NOON, "worker", "g");
	cJSON_AddStringToObject(cJSON_GetObjectItem(b, "metadata"),
				"deletionTimestamp", NOON);
	assert_int_equal(decode(w), RT_OK);
	assert_int_equal(w->len, 2);
	assert_false(w->pods[0].deleting);
	assert_true(w->pods[1].deleting);
}

static void set_status(cJSON *pod, const char *json)
{
	cJSON_AddItemToObject(pod, "status", cJSON_Parse(json));
}

/* What cannot start as it is; what is slow, or cannot be read, is not. */
static void test_stuck(void **state)
{
	static const char *const statuses[] = {
		"{\"conditions\":[{\"type\":\"PodScheduled\",\"status\":"
		"\"False\",\"reason\":\"Unschedulable\"}]}",
		"{\"containerStatuses\":[{\"state\":{\"waiting\":{"
		"\"reason\":\"ImagePullBackOff\"}}}]}",
		"{\"initContainerStatuses\":[{\"state\":{\"running\":{}}},{"
		"\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}}]}",
		"{\"conditions\":[{\"type\":\"PodScheduled\",\"status\":"
		"\"True\"}],\"containerStatuses\":[{\"state\":{\"waiting\":{"
		"\"reason\":\"ContainerCreating\"}}}]}",
		"{\"conditions\":7,\"containerStatuses\":[3,{\"state\":[]}]}",
	};
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	struct world *w = *state;
	for (size_t i = 0; i < 5; i++)
		set_status(add(w, names[i], NOON, "worker", "g"), statuses[i]);
	add(w, "f", NOON, "worker", "g");
	assert_int_equal(decode(w), RT_OK);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(w->pods[i].stuck, i < 3);
}

static void label(cJSON *pod, const char *key, const char *value)
{
	cJSON *meta = cJSON_GetObjectItem(pod, "metadata");
	cJSON_AddStringToObject(cJSON_GetObjectItem(meta, "labels"), key,
				value);
}

static void test_replicas(void **state)
{
	struct world *w = *state;
	label(add(w, "a", NOON, "worker", "g"),
	      "ray.io/worker-group-replica-name", "g-x1");
	label(add(w, "b", NOON, "worker", "g"), "replicaIndex", "g-0");
	add(w, "c", NOON, "worker", "g");
	assert_int_equal(decode(w), RT_OK);
	assert_string_equal(w->pods[0].replica, "g-x1");
	assert_string_equal(w->pods[1].replica, "g-0");
	assert_string_equal(w->pods[2].replica, "");
}

static void test_empty(void **state)
{
	struct world *w = *state;
	assert_int_equal(decode(w), RT_OK);
	assert_int_equal(w->len, 0);
}

/* Something else than a list of pods. */
static void test_wrong_documents(void **state)
{
	struct world *w = *state;
	cJSON_DeleteItemFromObject(w->list, "items");
	assert_int_not_equal(decode(w), RT_OK);
	cJSON_AddStringToObject(w->list, "items", "none");
	assert_int_not_equal(decode(w), RT_OK);
	assert_non_null(strstr(w->err.text, "items"));
}

static void test_wrong_pods(void **state)
{
	struct world *w = *state;
	add(w, "good", NOON, "worker", "g");
	cJSON *bad = add(w, "bad", NOON, "worker", "g");
	cJSON *meta = cJSON_GetObjectItem(bad, "metadata");
	cJSON_ReplaceItemInObject(meta, "name", cJSON_CreateNumber(3));
	assert_int_not_equal(decode(w), RT_OK);
	assert_non_null(strstr(w->err.text, "items[1].metadata.name"));
	cJSON_DeleteItemFromObject(meta, "name");
	assert_int_not_equal(decode(w), RT_OK);
	cJSON_DeleteItemFromObject(bad, "metadata");
	assert_int_not_equal(decode(w), RT_OK);
	cJSON_ReplaceItemInArray(w->items, 1, cJSON_CreateNull());
	assert_int_not_equal(decode(w), RT_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_order_and_kinds), TEST(test_deleting),
		TEST(test_stuck),           TEST(test_replicas),
		TEST(test_empty),           TEST(test_wrong_documents),
		TEST(test_wrong_pods),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
