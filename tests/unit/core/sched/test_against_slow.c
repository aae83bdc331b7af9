/* SPDX-License-Identifier: Apache-2.0 */
/* test_against_slow.c - core/sched and the slow packer decide alike, and the
 * slow one as Ray did (tests/golden/decide). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/csv.h"
#include "core/model/why.h"
#include "tests/unit/core/sched/case.h"
#include "tests/unit/core/sched/slow.h"

static const char *slow_text(const struct sched_case *c)
{
	struct rt_plan *plan = rt_plan_new(c->arena, c->snapshot);

	slow_pack(c->snapshot, plan);
	return case_text(c, plan);
}

/* Random snapshots of this size. */
static void compare(uint64_t cases, uint32_t size)
{
	for (uint64_t seed = 1; seed <= cases; seed++) {
		struct sched_case c;
		case_random(&c, seed, size);
		const char *fast = case_text(&c, case_decide(&c));
		const char *slow = slow_text(&c);
		if (strcmp(fast, slow) != 0)
			case_fail(&c, "fast: %s\nslow: %s", fast, slow);
		case_close(&c);
	}
}

static void test_both_decide_alike(void **state)
{
	(void)state;
	compare(10000, 1);
}

static void test_both_decide_large_ones_alike(void **state)
{
	(void)state;
	compare(1000, 2);
	compare(100, 8);
}

/* Equal tasks may be reported under any of their indices: here the first. */
static void join_equal_tasks(const cJSON *snapshot, cJSON *decision)
{
	const cJSON *tasks = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(snapshot, "demand"), "tasks");
	cJSON *left = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(decision, "infeasible"),
		"tasks");
	cJSON *counts = cJSON_CreateObject(), *entry;

	cJSON_ArrayForEach(entry, left)
	{
		double n = cJSON_GetObjectItem(entry, "count")->valuedouble;
		cJSON *shape = cJSON_Duplicate(
			cJSON_GetArrayItem(
				tasks,
				cJSON_GetObjectItem(entry, "index")->valueint),
			true);
		cJSON_DeleteItemFromObject(shape, "count");
		char *key = cJSON_PrintUnformatted(shape);
		cJSON *count = cJSON_GetObjectItemCaseSensitive(counts, key);
		if (count)
			cJSON_SetNumberValue(count, count->valuedouble + n);
		else
			cJSON_AddNumberToObject(counts, key, n);
		cJSON_free(key);
		cJSON_Delete(shape);
	}
	cJSON_ReplaceItemInObjectCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(decision, "infeasible"),
		"tasks", counts);
}

/* Ray keeps the entries of groups whose times are all gone. */
static void drop_empty_times(cJSON *decision)
{
	cJSON *times = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(decision, "state"),
		"pending_unneeded_since_ms");

	for (cJSON *item = times ? times->child : NULL, *next; item;
	     item = next) {
		next = item->next;
		if (!item->child)
			cJSON_Delete(cJSON_DetachItemViaPointer(times, item));
	}
}

/* The order of an array does not count, nor does what Ray thinks that the node
 * is called: makes it an object by the member `key`. */
static void make_map(cJSON *decision, const char *field, const char *key)
{
	cJSON *map = cJSON_CreateObject(), *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(decision, field))
	{
		cJSON *copy = cJSON_Duplicate(item, true);
		cJSON_DeleteItemFromObject(copy, "ray_node_id");
		cJSON_DeleteItemFromObject(copy, "raylet_id");
		cJSON_AddItemToObject(
			map, cJSON_GetObjectItem(item, key)->valuestring, copy);
	}
	cJSON_DeleteItemFromObject(decision, field);
	cJSON_AddItemToObject(decision, field, map);
}

static void make_comparable(const cJSON *snapshot, cJSON *decision)
{
	join_equal_tasks(snapshot, decision);
	drop_empty_times(decision);
	make_map(decision, "terminate", "instance_id");
	make_map(decision, "resize", "pod");
}

/* Not cluster_resources: a pod that is resized counts there as it is. */
static bool is_as_ray(const cJSON *snapshot, cJSON *ours, cJSON *ray)
{
	static const char *const fields[] = {
		"launch", "terminate", "infeasible",
		"state",  "cancelled", "resize",
	};

	make_comparable(snapshot, ours);
	make_comparable(snapshot, ray);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		cJSON *a = cJSON_GetObjectItemCaseSensitive(ours, fields[i]);
		cJSON *b = cJSON_GetObjectItemCaseSensitive(ray, fields[i]);
		bool none = (!a || !a->child) && (!b || !b->child);
		if (!none && !cJSON_Compare(a, b, true))
			return false;
	}
	return true;
}

/* False: Ray raised, or its answer hung on rounding. */
static bool can_be_compared(const cJSON *ray)
{
	const cJSON *audit = cJSON_GetObjectItemCaseSensitive(ray, "audit");
	const cJSON *mark;

	if (cJSON_HasObjectItem(ray, "error"))
		return false;
	cJSON_ArrayForEach(mark, audit) if (cJSON_IsTrue(mark)) return false;
	return true;
}

/* Returns whether it was compared. */
static bool check_case(const char *snapshot, const char *decision)
{
	cJSON *doc = cJSON_Parse(snapshot), *ray = cJSON_Parse(decision);
	bool compared = can_be_compared(ray);
	struct sched_case c;

	case_read(&c, doc);
	cJSON *ours = cJSON_Parse(slow_text(&c));
	if (compared && !is_as_ray(doc, ours, ray))
		case_fail(&c, "ray: %s\nslow: %s", decision, slow_text(&c));
	case_close(&c);
	cJSON_Delete(ours);
	cJSON_Delete(ray);
	cJSON_Delete(doc);
	return compared;
}

static int check_file(const char *cases_path, const char *decisions_path)
{
	struct rt_lines *cases, *decisions;
	char *snapshot, *decision;
	struct rt_error err;
	int compared = 0;

	assert_int_equal(rt_lines_open(&cases, cases_path, &err), RT_OK);
	assert_int_equal(rt_lines_open(&decisions, decisions_path, &err),
			 RT_OK);
	for (;;) {
		assert_int_equal(rt_lines_next(cases, &snapshot, &err), RT_OK);
		assert_int_equal(rt_lines_next(decisions, &decision, &err),
				 RT_OK);
		if (!snapshot)
			break;
		assert_non_null(decision);
		compared += check_case(snapshot, decision);
	}
	rt_lines_close(&cases);
	rt_lines_close(&decisions);
	return compared;
}

#define DECIDE "tests/golden/decide/"

static void test_the_slow_one_decides_as_ray(void **state)
{
	(void)state;
	assert_int_equal(check_file(DECIDE "rules.jsonl",
				    DECIDE "rules.decisions.jsonl"),
			 62);
	assert_int_equal(check_file(DECIDE "random.jsonl",
				    DECIDE "random.decisions.jsonl"),
			 595);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_slow_one_decides_as_ray),
		cmocka_unit_test(test_both_decide_alike),
		cmocka_unit_test(test_both_decide_large_ones_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
