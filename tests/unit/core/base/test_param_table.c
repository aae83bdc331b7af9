/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_param_table.c - lists that stand in CSV files, and what is wrong there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/param.h"

struct entry {
	double seconds;
	int64_t count;
	const char *name;
};

#define ROW(field) .name = #field, .offset = offsetof(struct entry, field)
static const struct rt_param rows[] = {
	{ ROW(seconds), .type = RT_PARAM_DOUBLE, .max = 100, .needed = true },
	{ ROW(count), .type = RT_PARAM_INT, .def = 7, .max = 9 },
	{ ROW(name), .type = RT_PARAM_TEXT },
	{ .name = NULL },
};
static const struct rt_param list = { .name = "times",
				      .type = RT_PARAM_LIST,
				      .rows = rows,
				      .row_size = sizeof(struct entry) };

static struct rt_arena *arena;
static char path[] = "/tmp/test_param_table.XXXXXX.csv";

static struct rt_list read_table(const char *text, const char *why)
{
	struct rt_list out = { 0 };
	struct rt_error err = { 0 };
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	enum rt_status status =
		rt_param_read_table(&list, &out, path, arena, &err);
	assert_int_equal(status != RT_OK, *why != '\0');
	if (strncmp(err.text, path, strlen(path)) == 0)
		assert_string_equal(err.text + strlen(path), why);
	else
		assert_string_equal(err.text, why);
	return out;
}

static void test_columns_in_any_order(void **state)
{
	(void)state;
	struct rt_list out = read_table(
		"name,seconds,count\r\na,1.5,2\n\n\"b,c\",2,\n,3,4\n", "");
	const struct entry *at = out.at;

	assert_int_equal(out.len, 3);
	assert_true(at[0].seconds == 1.5 && at[0].count == 2);
	assert_string_equal(at[0].name, "a");
	assert_true(at[1].seconds == 2 && at[1].count == 7);
	assert_string_equal(at[1].name, "b,c");
	assert_null(at[2].name);
	assert_int_equal(read_table("seconds\n", "").len, 0);
}

static void test_many(void **state)
{
	(void)state;
	char *text = malloc(40000), *to = text;

	to += sprintf(to, "seconds\n");
	for (int i = 0; i <= RT_ENTRIES_MAX; i++)
		to += sprintf(to, "1\n");
	read_table(text, ":10002: more than 10000 rows");
	to[-2] = '\0';
	assert_int_equal(read_table(text, "").len, RT_ENTRIES_MAX);
	free(text);
}

static void test_wrong(void **state)
{
	(void)state;
	read_table("", ":0: no header; as in seconds");
	read_table("secnds\n", ":1: secnds: no such column; did you mean "
			       "seconds");
	read_table("q\n", ":1: q: no such column; as in seconds");
	read_table("seconds,seconds\n", ":1: seconds: twice in the header");
	read_table("seconds,count\n1\n",
		   ":2: not as many fields as the header has: 2");
	read_table("count\n1\n", ":2: seconds is missing");
	read_table("seconds\n1\nx\n", ":3: seconds: x: not a number");
	read_table("seconds\n101\n", ":2: seconds: 101: not between 0 and 100");
}

/* ---- in place ----------------------------------------------------------- */

static void read_value(const char *json, struct rt_list *out, const char *why)
{
	struct rt_error err = { 0 };
	cJSON *doc = cJSON_Parse(json);
	const struct rt_json view = rt_json_root(doc);

	rt_param_read(&list, out, &view, arena, &err);
	assert_string_equal(err.text, why);
	cJSON_Delete(doc);
}

static void test_an_entry_that_is_no_map(void **state)
{
	(void)state;
	struct rt_list out;

	read_value("[3, {\"seconds\": 4, \"count\": 5}]", &out, "");
	assert_int_equal(out.len, 2);
	assert_true(((const struct entry *)out.at)[0].seconds == 3);
	assert_int_equal(((const struct entry *)out.at)[0].count, 7);
	assert_int_equal(((const struct entry *)out.at)[1].count, 5);
	read_value("[\"x\"]", &out, "[0]: x: not a number");
	read_value("3", &out, "is a number, not an array");
	read_value("\"no.csv\"", &out,
		   "no.csv: cannot be opened: No such file or directory");
}

static int begin(void **state)
{
	(void)state;
	arena = rt_arena_new();
	int fd = mkstemps(path, 4);
	return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
	(void)state;
	rt_arena_free(&arena);
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_in_any_order),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_an_entry_that_is_no_map),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
