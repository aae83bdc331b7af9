/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_kube_pod_size.c - what a pod tells of its size, and the patches that
 * change it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "autoscaler/kube/kube_pod_size.h"

#define GI ((int64_t)1073741824 * RT_UNITS)
#define NAMED(name, resources)                                                 \
	"{\"name\":\"" name "\",\"resources\":" resources "}"
#define SMALL                                                                  \
	"{\"requests\":{\"cpu\":\"500m\",\"memory\":\"1Gi\"},"                 \
	"\"limits\":{\"cpu\":1,\"memory\":\"2Gi\"}}"
#define LARGE                                                                  \
	"{\"requests\":{\"cpu\":\"3500m\",\"memory\":\"7Gi\"},"                \
	"\"limits\":{\"cpu\":\"4\",\"memory\":\"8Gi\"}}"
#define BARE "{\"requests\":{\"cpu\":\"2\",\"memory\":\"1Gi\"}}"

static struct rt_arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = rt_arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rt_arena_free(&arena);
	return 0;
}

static const struct rt_pod_size *decode(const char *text)
{
	cJSON *doc = cJSON_Parse(text);
	assert_non_null(doc);
	struct rt_json root = rt_json_root(doc);
	const struct rt_pod_size *size = kube_pod_size(&root, arena);
	cJSON_Delete(doc);
	return size;
}

/* `note` is JSON without escapes; NULL: no annotation. */
static const struct rt_pod_size *pod(const char *asked, const char *has,
				     const char *conditions, const char *note)
{
	cJSON *doc = cJSON_CreateObject();
	char text[4096];
	if (note)
		cJSON_AddStringToObject(
			cJSON_AddObjectToObject(doc, "annotations"),
			"ray.io/ippr-status", note);
	char *meta = cJSON_PrintUnformatted(doc);
	snprintf(text, sizeof text,
		 "{\"metadata\":%s,\"spec\":{\"containers\":[%s,%s]},"
		 "\"status\":{\"containerStatuses\":[%s],\"conditions\":[%s]}}",
		 meta, asked, NAMED("side", BARE), has, conditions);
	cJSON_free(meta);
	cJSON_Delete(doc);
	return decode(text);
}

static void test_sizes(void **state)
{
	(void)state;
	const struct rt_pod_size *size =
		pod(NAMED("ray", LARGE),
		    NAMED("side", BARE) "," NAMED("ray", SMALL), "", NULL);
	assert_int_equal(size->cpu.asked_request, 35000);
	assert_int_equal(size->cpu.asked_limit, 40000);
	assert_int_equal(size->cpu.request, 5000);
	assert_int_equal(size->cpu.limit, 10000);
	assert_int_equal(size->cpu.beside, 20000);
	assert_int_equal(size->memory.asked_limit, 8 * GI);
	assert_int_equal(size->memory.limit, 2 * GI);
	assert_int_equal(size->memory.beside, GI);
	assert_int_equal(size->cpu.room, RT_NONE);
	assert_int_equal(size->status, RT_RESIZE_NONE);
	assert_null(size->note.raylet_id);
	assert_int_equal(size->note.resizing_at_s, RT_NONE);
	assert_int_equal(size->note.max_cpu, RT_NONE);
	/* Without a status, as asked; without a limit, what is requested. */
	size = pod(NAMED("ray", BARE), "", "", NULL);
	assert_int_equal(size->cpu.limit, RT_NONE);
	assert_int_equal(rt_measure_has(&size->cpu), 20000);
	assert_int_equal(rt_measure_asked(&size->cpu), 20000);
	assert_null(pod(NAMED("ray", "{}"), "", "", NULL));
	assert_null(pod(NAMED("ray", "{\"requests\":{\"cpu\":\"x\"}}"), "", "",
			NULL));
	assert_null(decode("{}"));
	assert_null(decode("{\"spec\":{\"containers\":7},\"status\":[]}"));
}

#define CONDITION(type, status, reason, message)                               \
	"{\"type\":\"" type "\",\"status\":\"" status                          \
	"\",\"reason\":\"" reason "\",\"message\":\"" message "\"}"
#define PENDING(reason, message)                                               \
	CONDITION("PodResizePending", "True", reason, message)

static const struct rt_pod_size *goes(const char *conditions)
{
	return pod(NAMED("ray", LARGE), NAMED("ray", SMALL), conditions, NULL);
}

static void test_how_it_goes(void **state)
{
	(void)state;
	static const char running[] =
		CONDITION("PodResizeInProgress", "True", "", "");
	assert_int_equal(goes(running)->status, RT_RESIZE_INPROGRESS);
	assert_int_equal(
		goes(CONDITION("PodResizeInProgress", "False", "", ""))->status,
		RT_RESIZE_NONE);
	const struct rt_pod_size *size = goes(
		CONDITION("PodResizeInProgress", "True", "Error", "no luck"));
	assert_int_equal(size->status, RT_RESIZE_ERROR);
	assert_string_equal(size->error, "no luck");
	assert_int_equal(goes(PENDING("Deferred", ""))->status,
			 RT_RESIZE_DEFERRED);
	assert_int_equal(goes(PENDING("Infeasible", ""))->status,
			 RT_RESIZE_INFEASIBLE);
	assert_int_equal(goes(PENDING("Whatever", ""))->status,
			 RT_RESIZE_DEFERRED);
}

static void test_room(void **state)
{
	(void)state;
	const struct rt_pod_size *size = goes(PENDING(
		"Deferred", "so: Node didn't have enough resource: cpu, "
			    "requested: 8000, used: 5000, capacity: 9000"));
	assert_int_equal(size->cpu.room, 40000);
	assert_int_equal(size->memory.room, RT_NONE);
	size = goes(PENDING("Infeasible",
			    "Node didn't have enough capacity: memory, "
			    "requested: 8000, capacity: 2048"));
	assert_int_equal(size->memory.room, 2048 * RT_UNITS);
	size = goes(PENDING("Deferred",
			    "Node didn't have enough resource: cpu, "
			    "requested: 1, used: 9, capacity: 5"));
	assert_int_equal(size->cpu.room, 0);
	static const char *const others[] = {
		PENDING("Infeasible", "Node didn't have enough resource: cpu, "
				      "requested: 1, used: 5, capacity: 9"),
		PENDING("Deferred", "Node didn't have enough resource: cpu, "
				    "requested: 1, used: 5"),
		PENDING("Deferred", "Node didn't have enough resource: disk, "
				    "requested: 1, used: 5, capacity: 9"),
		PENDING("Deferred", "Node didn't have enough resource: cpu, "
				    "requested: 1, used: -5, capacity: 9"),
		PENDING("Infeasible", "Node didn't have enough capacity: cpu, "
				      "requested: 1, capacity: "
				      "99999999999999999999"),
	};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		assert_int_equal(goes(others[i])->cpu.room, RT_NONE);
		assert_int_equal(goes(others[i])->memory.room, RT_NONE);
	}
}

static const struct rt_resize_note *noted(const char *note)
{
	return &pod(NAMED("ray", SMALL), "", "", note)->note;
}

static void assert_same_note(const struct rt_resize_note *a,
			     const struct rt_resize_note *b)
{
	assert_string_equal(a->raylet_id ? a->raylet_id : "",
			    b->raylet_id ? b->raylet_id : "");
	assert_int_equal(a->resizing_at_s, b->resizing_at_s);
	assert_int_equal(a->max_cpu, b->max_cpu);
	assert_int_equal(a->max_memory, b->max_memory);
	assert_int_equal(a->failed_at_s, b->failed_at_s);
	assert_string_equal(a->failed_why ? a->failed_why : "",
			    b->failed_why ? b->failed_why : "");
}

/* What we write, we read. */
static void check_note(const struct rt_resize_note *note, const char *text)
{
	cJSON *patch = kube_note_patch(note);
	const cJSON *meta = cJSON_GetObjectItem(patch, "metadata");
	const char *value = cJSON_GetStringValue(
		cJSON_GetObjectItem(cJSON_GetObjectItem(meta, "annotations"),
				    "ray.io/ippr-status"));
	assert_string_equal(value, text);
	assert_same_note(noted(value), note);
	cJSON_Delete(patch);
}

static void test_notes(void **state)
{
	(void)state;
	static const struct rt_resize_note none = {
		NULL, RT_NONE, RT_NONE, RT_NONE, RT_NONE, NULL,
	};
	static const struct rt_resize_note full = {
		"0f", 1763712000, 35000, 3 * GI, 1763712001, "no \"luck\"",
	};
	check_note(&none, "{\"raylet-id\":null,\"resizing-at\":null,"
			  "\"suggested-max-cpu\":null,"
			  "\"suggested-max-memory\":null,"
			  "\"last-failed-at\":null,"
			  "\"last-failed-reason\":null}");
	check_note(&full, "{\"raylet-id\":\"0f\",\"resizing-at\":1763712000,"
			  "\"suggested-max-cpu\":3.5,"
			  "\"suggested-max-memory\":3221225472,"
			  "\"last-failed-at\":1763712001,"
			  "\"last-failed-reason\":\"no \\\"luck\\\"\"}");
	assert_same_note(noted(NULL), &none);
	assert_same_note(noted("{"), &none);
	assert_same_note(noted("[]"), &none);
	assert_same_note(noted("{\"raylet-id\":7,\"resizing-at\":\"x\","
			       "\"suggested-max-cpu\":-1,"
			       "\"last-failed-at\":1e300}"),
			 &none);
}

static void check_patch(const char *now, int64_t cpu, int64_t memory,
			const char *lines)
{
	char text[1024] = "";
	cJSON *ops = kube_resize_patch(pod(now, "", "", NULL), cpu, memory);
	const cJSON *op;
	cJSON_ArrayForEach(op, ops)
	{
		const char *path = cJSON_GetObjectItem(op, "path")->valuestring;
		size_t len = strlen(text);
		assert_string_equal(cJSON_GetObjectItem(op, "op")->valuestring,
				    "replace");
		snprintf(text + len, sizeof text - len, "%s=%s\n",
			 path + strlen("/spec/containers/0/resources/"),
			 cJSON_GetObjectItem(op, "value")->valuestring);
	}
	assert_string_equal(text, lines);
	cJSON_Delete(ops);
}

/* The gap between limit and request stays. */
static void test_patches(void **state)
{
	(void)state;
	check_patch(NAMED("ray", SMALL), 40000, 8 * GI,
		    "limits/cpu=4\nrequests/cpu=3500m\n"
		    "limits/memory=8589934592\nrequests/memory=7516192768\n");
	check_patch(NAMED("ray", SMALL), 12345, 1,
		    "limits/cpu=1235m\nrequests/cpu=735m\n"
		    "limits/memory=1\nrequests/memory=0\n");
	check_patch(NAMED("ray", BARE), 30000, GI,
		    "requests/cpu=3\nrequests/memory=1073741824\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_how_it_goes),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_patches),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
