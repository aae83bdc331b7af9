/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_kube_pods.c - which pods are nodes, in which order, what becomes of them
 * by events, and that a list which is not understood whole is not taken at all.
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
	struct kube_pods *store;
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
	w->store = kube_pods_new();
	w->list = cJSON_CreateObject();
	cJSON *meta = cJSON_AddObjectToObject(w->list, "metadata");
	cJSON_AddStringToObject(meta, "resourceVersion", "7");
	w->items = cJSON_AddArrayToObject(w->list, "items");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	rt_arena_free(&w->arena);
	kube_pods_free(&w->store);
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
	kube_pods_clear(w->store);
	enum rt_status status = kube_pods_add_page(w->store, w->list, &w->err);
	w->pods = kube_pods_copy(w->store, w->arena, &w->len);
	return status;
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

#define RUNS(since) "{\"state\":{\"running\":{\"startedAt\":\"" since "\"}}}"
#define STATUS(containers) "{\"containerStatuses\":[" containers "]}"

/* Workers that started before the head that is there now was made. */
static void test_orphans(void **state)
{
	struct world *w = *state;
	const char *old = STATUS(RUNS(MORNING) "," RUNS(MORNING));
	add(w, "head-before", MORNING, "head", "headgroup");
	set_status(add(w, "a", MORNING, "worker", "g"), old);
	set_status(add(w, "b", MORNING, "worker", "g"),
		   STATUS(RUNS(MORNING) ",{\"state\":{\"waiting\":{}}}"));
	set_status(add(w, "c", MORNING, "worker", "g"),
		   STATUS(RUNS(MORNING) "," RUNS(NOON) "," RUNS(MORNING)));
	set_status(add(w, "d", MORNING, "worker", "g"), STATUS(""));
	add(w, "e", MORNING, "worker", "g");
	assert_int_equal(decode(w), RT_OK);
	for (uint32_t i = 0; i < w->len; i++)
		assert_false(w->pods[i].orphan);
	set_status(add(w, "head", NOON, "head", "headgroup"), old);
	assert_int_equal(decode(w), RT_OK);
	assert_int_equal(w->len, 7);
	for (uint32_t i = 0; i < w->len; i++)
		assert_int_equal(w->pods[i].orphan,
				 strcmp(w->pods[i].name, "a") == 0);
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
	cJSON *meta = cJSON_GetObjectItem(w->list, "metadata");
	cJSON_DeleteItemFromObject(meta, "resourceVersion");
	assert_int_not_equal(decode(w), RT_OK);
	assert_non_null(strstr(w->err.text, "resourceVersion"));
	cJSON_AddStringToObject(meta, "resourceVersion", "7");
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

/* ---- pages --------------------------------------------------------- */

static void test_pages(void **state)
{
	struct world *w = *state;
	cJSON *meta = cJSON_GetObjectItem(w->list, "metadata");
	add(w, "b", NOON, "worker", "g");
	cJSON_AddStringToObject(meta, "continue", "there is more");
	assert_int_equal(decode(w), RT_OK);
	assert_string_equal(kube_pods_rest(w->store), "there is more");
	cJSON_DeleteItemFromObject(meta, "continue");
	cJSON_DeleteItemFromArray(w->items, 0);
	add(w, "a", NOON, "worker", "g");
	assert_int_equal(kube_pods_add_page(w->store, w->list, &w->err), RT_OK);
	assert_string_equal(kube_pods_rest(w->store), "");
	w->pods = kube_pods_copy(w->store, w->arena, &w->len);
	assert_int_equal(w->len, 2);
	assert_string_equal(w->pods[0].name, "a");
	assert_string_equal(w->pods[1].name, "b");
	kube_pods_clear(w->store);
	kube_pods_copy(w->store, w->arena, &w->len);
	assert_int_equal(w->len, 0);
	assert_string_equal(kube_pods_version(w->store), "");
}

/* ---- events -------------------------------------------------------- */

static enum rt_status apply(struct world *w, const char *line)
{
	enum rt_status status =
		kube_pods_apply(w->store, line, strlen(line), &w->err);
	w->pods = kube_pods_copy(w->store, w->arena, &w->len);
	return status;
}

#define EVENT(type, version, name, created, node_type, more)                   \
	"{\"type\":\"" type "\",\"object\":{\"metadata\":{\"name\":\"" name    \
	"\",\"resourceVersion\":\"" version                                    \
	"\",\"creationTimestamp\":\"" created                                  \
	"\",\"labels\":{\"ray.io/node-type\":\"" node_type                     \
	"\",\"ray.io/group\":\"g\"}" more "}}}"

/* The names, in order. */
static void expect_pods(struct world *w, const char *names)
{
	char have[64] = "";
	for (uint32_t i = 0; i < w->len; i++)
		strcat(strcat(have, i ? " " : ""), w->pods[i].name);
	assert_string_equal(have, names);
}

static void test_events(void **state)
{
	struct world *w = *state;
	add(w, "m", NOON, "worker", "g");
	assert_int_equal(decode(w), RT_OK);
	assert_string_equal(kube_pods_version(w->store), "7");
	assert_int_equal(apply(w, EVENT("ADDED", "8", "z", NOON, "worker", "")),
			 RT_OK);
	assert_int_equal(
		apply(w, EVENT("ADDED", "9", "h", MORNING, "head", "")), RT_OK);
	assert_int_equal(
		apply(w, EVENT("ADDED", "10", "a", NOON, "worker", "")), RT_OK);
	expect_pods(w, "h a m z");
	assert_true(w->pods[0].is_head);
	assert_int_equal(apply(w, EVENT("MODIFIED", "11", "m", NOON, "worker",
					",\"deletionTimestamp\":\"" NOON "\"")),
			 RT_OK);
	expect_pods(w, "h a m z");
	assert_true(w->pods[2].deleting);
	assert_false(w->pods[1].deleting);
	assert_int_equal(
		apply(w, EVENT("DELETED", "12", "h", MORNING, "head", "")),
		RT_OK);
	assert_int_equal(
		apply(w, EVENT("DELETED", "13", "z", NOON, "worker", "")),
		RT_OK);
	expect_pods(w, "a m");
	assert_string_equal(kube_pods_version(w->store), "13");
}

/* What an informer must bear: what was heard of before, what was not, and pods
 * that become nodes or cease to be. */
static void test_unexpected_events(void **state)
{
	struct world *w = *state;
	assert_int_equal(decode(w), RT_OK);
	assert_int_equal(
		apply(w, EVENT("DELETED", "8", "a", NOON, "worker", "")),
		RT_OK);
	assert_int_equal(
		apply(w, EVENT("MODIFIED", "9", "a", NOON, "worker", "")),
		RT_OK);
	assert_int_equal(
		apply(w, EVENT("ADDED", "10", "a", NOON, "worker", "")), RT_OK);
	expect_pods(w, "a");
	assert_int_equal(apply(w, EVENT("ADDED", "11", "c", NOON, "job", "")),
			 RT_OK);
	expect_pods(w, "a");
	assert_int_equal(
		apply(w, EVENT("MODIFIED", "12", "c", NOON, "worker", "")),
		RT_OK);
	expect_pods(w, "a c");
	assert_int_equal(
		apply(w, EVENT("MODIFIED", "13", "a", NOON, "job", "")), RT_OK);
	expect_pods(w, "c");
	assert_int_equal(
		apply(w, "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{"
			 "\"resourceVersion\":\"99\","
			 "\"creationTimestamp\":null}}}"),
		RT_OK);
	expect_pods(w, "c");
	assert_string_equal(kube_pods_version(w->store), "99");
}

/* Each after the store has stood at the same. */
static void test_wrong_events(void **state)
{
	static const char *const wrong[][2] = {
		{ "", "WATCH pods: " },
		{ "{\"type\":\"ADD", "WATCH pods: " },
		{ "7", "not an object" },
		{ "{}", "no object" },
		{ "{\"type\":3,\"object\":{}}", "type" },
		{ "{\"type\":\"ADDED\",\"object\":{}}", "no metadata" },
		{ "{\"type\":\"ADDED\",\"object\":{\"metadata\":{}}}",
		  "no resourceVersion" },
		{ EVENT("ADDED", "8", "", NOON, "worker", ""), "no name" },
		{ EVENT("MOVED", "8", "a", NOON, "worker", ""), "MOVED" },
		{ EVENT("ADDED",
			"1234567890123456789012345678901234567890123456789012"
			"345678901234",
			"a", NOON, "worker", ""),
		  "too long" },
		{ "{\"type\":\"ERROR\",\"object\":{\"code\":500,"
		  "\"message\":\"etcd\"}}",
		  "status 500: etcd" },
	};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(decode(w), RT_OK);
		enum rt_status status = apply(w, wrong[i][0]);
		assert_true(status && status != RT_ECONFLICT);
		if (!strstr(w->err.text, wrong[i][1]))
			fail_msg("\"%s\" is not in: %s", wrong[i][1],
				 w->err.text);
	}
	assert_int_equal(apply(w,
			       "{\"type\":\"ERROR\",\"object\":{\"code\":410,"
			       "\"message\":\"too old\"}}"),
			 RT_ECONFLICT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_order_and_kinds),
		TEST(test_deleting),
		TEST(test_stuck),
		TEST(test_replicas),
		TEST(test_orphans),
		TEST(test_empty),
		TEST(test_wrong_documents),
		TEST(test_wrong_pods),
		TEST(test_pages),
		TEST(test_events),
		TEST(test_unexpected_events),
		TEST(test_wrong_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
