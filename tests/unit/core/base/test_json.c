/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_json.c - what is refused and where it says it is, and exact amounts.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"

static cJSON *parse(const char *text)
{
	cJSON *doc;
	struct rt_error err = { 0 };
	if (rt_json_parse(text, strlen(text), &doc, &err))
		fail_msg("%s: %s", text, err.text);
	return doc;
}

static void check_refused(const char *text, size_t len, enum rt_status want,
			  const char *why)
{
	cJSON *doc;
	struct rt_error err = { 0 };
	assert_int_equal(rt_json_parse(text, len, &doc, &err), want);
	assert_null(doc);
	assert_string_equal(err.text, why);
}

static void refused(const char *text, const char *why)
{
	check_refused(text, strlen(text), RT_EINPUT, why);
}

static void test_refuses(void **state)
{
	(void)state;
	refused("", "column 1: not valid JSON");
	refused("{\"a\":1", "column 7: ends too early");
	refused("{\"a\": nul}", "column 7: not valid JSON");
	refused("[1,\n 2,\n x]", "line 3, column 2: not valid JSON");
	refused("{} x", "column 4: not valid JSON");
	refused("\"\\u0000\"", "column 2: a NUL character in a string");
	refused("\"a\nb\"", "column 3: a control character in a string");
	refused("\"\xC3(\"", "column 2: not UTF-8");
	refused("\"\xED\xA0\x80\"", "column 2: not UTF-8"); /* a surrogate */
	refused("\"\xC0\xAF\"", "column 2: not UTF-8");     /* too long */
	check_refused("{}\0", 3, RT_EINPUT, "column 3: a control character");
	refused("{\"a\":[{\"b\":1,\"c\":2,\"b\":3}]}",
		"a[0]: the key \"b\" comes twice");
	refused("{\"a\":{\"b\":1,\"\\u0062\":3}}",
		"a: the key \"b\" comes twice");
	refused("[{\"a\":1e309}]", "[0].a: a number too large to be read");
}

static void test_numbers_are_those_of_json(void **state)
{
	(void)state;
	static const char *const bad[] = { "01", "-01", "1.", "1.e5",
					   "-",  "-.5", "1e", "1e+" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused(bad[i], "column 1: not a number as JSON has them");
	refused("NaN", "column 1: not valid JSON");
	refused("-Infinity", "column 1: not a number as JSON has them");
	refused(".5", "column 1: not valid JSON");
	refused("+1", "column 1: not valid JSON");
	refused("0x10", "column 2: not valid JSON");
	refused("[1-2]", "column 3: not valid JSON");
	cJSON_Delete(parse("[0,-0,10,0.5,1E5,-2.5e-300,1e+0]"));
}

static void test_blanks_are_those_of_json(void **state)
{
	(void)state;
	cJSON_Delete(parse("\r\n\t [\t\r\n1 ]"));
	refused("[1,\v2]", "column 4: a control character");
	refused("[1,\xC2\xA0 2]", "column 4: not valid JSON");
}

static void test_accepts(void **state)
{
	(void)state;
	cJSON_Delete(parse(" {\"\\\\\": \"\\\"]\xF0\x9F\x98\x80\"} \r\n\t"));
	cJSON_Delete(parse("{\"a\":{\"b\":1},\"b\":{\"a\":1}}"));
}

static void test_depth(void **state)
{
	(void)state;
	char text[2 * RT_DEPTH_MAX + 3];
	memset(text, '[', RT_DEPTH_MAX);
	memset(text + RT_DEPTH_MAX, ']', RT_DEPTH_MAX);
	text[2 * RT_DEPTH_MAX] = '\0';
	cJSON_Delete(parse(text));
	memset(text, '[', RT_DEPTH_MAX + 1);
	memset(text + RT_DEPTH_MAX + 1, ']', RT_DEPTH_MAX + 1);
	check_refused(text, sizeof text - 1, RT_ELIMIT,
		      "column 65: nested deeper than 64");
}

static void test_many_keys(void **state)
{
	(void)state;
	char text[2048] = "{";
	for (int i = 0; i < 100; i++)
		sprintf(text + strlen(text), "\"k%d\":0,", i);
	sprintf(text + strlen(text), "\"k42\":0}");
	refused(text, "the key \"k42\" comes twice");
}

static void test_path(void **state)
{
	(void)state;
	cJSON *doc = parse("{\"config\":{\"a.b/c\":[0,{\"max_n\":\"x\"}]}}");
	struct rt_json root = rt_json_root(doc), config, list, item, max;
	assert_true(rt_json_member(&root, "config", &config));
	assert_true(rt_json_member(&config, "a.b/c", &list));
	assert_int_equal(rt_json_len(&list), 2);
	assert_true(rt_json_first(&list, &item));
	assert_true(rt_json_next(&item));
	assert_true(rt_json_member(&item, "max_n", &max));
	char path[64];
	assert_string_equal(rt_json_path(&max, path, sizeof path),
			    "config[\"a.b/c\"][1].max_n");
	assert_string_equal(rt_json_path(&max, path, 8), "config[");
	assert_string_equal(rt_json_path(&root, path, sizeof path), "");
	struct rt_error err;
	int64_t n;
	assert_int_equal(rt_json_i64(&max, 0, 9, &n, &err), RT_EINPUT);
	assert_string_equal(err.text, "config[\"a.b/c\"][1].max_n: is a "
				      "string, not a whole number");
	assert_false(rt_json_next(&item));
	cJSON_Delete(doc);
}

static void test_long_keys_are_cut_in_paths(void **state)
{
	(void)state;
	char text[256], path[256], want[256];
	char key[66] = { 0 };
	memset(key, 'k', 65);
	snprintf(text, sizeof text, "{\"%.64s\":{\"%s\":[{\"$%s\":1}]}}", key,
		 key, key);
	cJSON *doc = parse(text);
	struct rt_json root = rt_json_root(doc), a, b, c, d;
	rt_json_first(&root, &a);
	rt_json_first(&a, &b);
	rt_json_first(&b, &c);
	rt_json_first(&c, &d);
	snprintf(want, sizeof want, "%.64s.%.64s...[0][\"$%.63s...\"]", key,
		 key, key);
	assert_string_equal(rt_json_path(&d, path, sizeof path), want);
	cJSON_Delete(doc);
}

static void test_bounds(void **state)
{
	(void)state;
	cJSON *doc = cJSON_CreateArray();
	cJSON *map = cJSON_CreateObject();
	char name[RT_NAME_MAX + 2] = "";
	memset(name, 'n', RT_NAME_MAX + 1);
	cJSON_AddNumberToObject(map, name + 1, 1);
	cJSON_AddItemToArray(doc, cJSON_CreateString(name + 1));
	cJSON_AddItemToArray(doc, cJSON_CreateString(name));
	cJSON_AddItemToArray(doc, map);
	struct rt_json root = rt_json_root(doc), item;
	struct rt_error err;
	const char *text;
	rt_json_first(&root, &item);
	assert_int_equal(rt_json_name(&item, &text, &err), RT_OK);
	assert_string_equal(text, name + 1);
	rt_json_next(&item);
	assert_int_equal(rt_json_name(&item, &text, &err), RT_ELIMIT);
	assert_string_equal(err.text, "[1]: 1025 bytes, at most 1024 are read");
	rt_json_next(&item);
	assert_int_equal(rt_json_is_map(&item, &err), RT_OK);
	cJSON_AddNumberToObject(map, name, 1);
	assert_int_equal(rt_json_is_map(&item, &err), RT_ELIMIT);
	assert_non_null(strstr(err.text, "nnn...: 1025 bytes in the name, at "
					 "most 1024 are read"));
	cJSON_Delete(doc);
}

/* A list and what is in it; the x keeps the test from building all that. */
static void test_too_many_values(void **state)
{
	(void)state;
	size_t len = 2 * (size_t)RT_VALUES_MAX - 1;
	char *text = malloc(len + 2);
	memset(text, '1', len);
	for (size_t i = 2; i < len; i += 2)
		text[i] = ',';
	memcpy(text, "[x", 2);
	text[len - 1] = ']';
	check_refused(text, len, RT_EINPUT, "column 2: not valid JSON");
	memcpy(text + len - 1, ",1]", 3);
	check_refused(text, len + 2, RT_ELIMIT,
		      "column 19999999: more than 10000000 values");
	free(text);
}

static void test_members_with_defaults(void **state)
{
	(void)state;
	cJSON *doc = parse("{\"n\":null,\"b\":true,\"i\":-3,\"f\":2.5,"
			   "\"s\":\"t\"}");
	struct rt_json root = rt_json_root(doc);
	struct rt_error err;
	int64_t i = 7;
	double f = 7;
	bool b = false;
	const char *s = "default";
	assert_int_equal(rt_json_get_i64(&root, "n", 0, 9, &i, &err), RT_OK);
	assert_int_equal(rt_json_get_str(&root, "none", &s, &err), RT_OK);
	assert_int_equal(i, 7);
	assert_string_equal(s, "default");
	assert_int_equal(rt_json_get_i64(&root, "i", -3, 9, &i, &err), RT_OK);
	assert_int_equal(rt_json_get_f64(&root, "f", 0, 9, &f, &err), RT_OK);
	assert_int_equal(rt_json_get_bool(&root, "b", &b, &err), RT_OK);
	assert_int_equal(rt_json_get_str(&root, "s", &s, &err), RT_OK);
	assert_int_equal(i, -3);
	assert_true(f == 2.5 && b);
	assert_string_equal(s, "t");
	assert_int_equal(rt_json_get_i64(&root, "i", -2, 9, &i, &err),
			 RT_EINPUT);
	assert_string_equal(err.text, "i: -3: not between -2 and 9");
	assert_int_equal(rt_json_get_i64(&root, "f", 0, 9, &i, &err),
			 RT_EINPUT);
	assert_string_equal(err.text, "f: 2.5: not a whole number");
	assert_int_equal(rt_json_get_bool(&root, "i", &b, &err), RT_EINPUT);
	assert_int_equal(rt_json_get_str(&root, "b", &s, &err), RT_EINPUT);
	assert_int_equal(rt_json_is_array(&root, &err), RT_EINPUT);
	assert_string_equal(err.text, "is an object, not an array");
	cJSON_Delete(doc);
}

static enum rt_status units_of(const char *text, int64_t *units)
{
	cJSON *doc = parse(text);
	struct rt_json root = rt_json_root(doc);
	struct rt_error err;
	enum rt_status status = rt_json_units(&root, units, &err);
	cJSON_Delete(doc);
	return status;
}

static void check_units(const char *text, int64_t want)
{
	int64_t units;
	assert_int_equal(units_of(text, &units), RT_OK);
	assert_int_equal(units, want);
}

static void test_units(void **state)
{
	(void)state;
	check_units("0", 0);
	check_units("-0.0", 0);
	check_units("0.3333", 3333);
	check_units("0.00005", 1);
	check_units("0.00004", 0);
	check_units("0.99999", 10000);
	check_units("68719476736", 687194767360000);
	check_units("68719476736.3333", 687194767363333);
	check_units("1e14", RT_AMOUNT_MAX);
	check_units("1e-300", 0);
	int64_t units;
	assert_int_equal(units_of("-1", &units), RT_EINPUT);
	assert_int_equal(units_of("1.1e14", &units), RT_EINPUT);
	assert_int_equal(units_of("1e308", &units), RT_EINPUT);
	assert_int_equal(units_of("\"1\"", &units), RT_EINPUT);
}

static void test_large_whole_numbers_are_refused(void **state)
{
	(void)state;
	cJSON *doc = parse("[9007199254740991, 9007199254740993, -1e300]");
	struct rt_json root = rt_json_root(doc), item;
	struct rt_error err;
	int64_t n;
	rt_json_first(&root, &item);
	assert_int_equal(rt_json_i64(&item, 0, INT64_MAX, &n, &err), RT_OK);
	assert_true(n == 9007199254740991);
	while (rt_json_next(&item))
		assert_int_equal(
			rt_json_i64(&item, INT64_MIN, INT64_MAX, &n, &err),
			RT_EINPUT);
	cJSON_Delete(doc);
}

static void check_printed(int64_t units, const char *want)
{
	cJSON *number = rt_json_from_units(units);
	char *text = cJSON_PrintUnformatted(number);
	assert_string_equal(text, want);
	cJSON_free(text);
	cJSON_Delete(number);
}

static void test_from_units(void **state)
{
	(void)state;
	check_printed(0, "0");
	check_printed(10000, "1");
	check_printed(100000, "10");
	check_printed(3333, "0.3333");
	check_printed(12500, "1.25");
	check_printed(-12500, "-1.25");
	check_printed(999999999999991234, "99999999999999.1234");
}

static void prints(const char *text, const char *want)
{
	cJSON *doc = parse(text);
	char *printed = rt_json_print(doc);
	assert_string_equal(printed, want);
	cJSON_free(printed);
	cJSON_Delete(doc);
}

static void test_prints_exactly(void **state)
{
	(void)state;
	prints("[9007199254740991,-9007199254740991,1e15,999999999999999]",
	       "[9007199254740991,-9007199254740991,1000000000000000,"
	       "999999999999999]");
	prints("[0.1,0.30000000000000004,1e-300,-2.5,-0]",
	       "[0.1,0.30000000000000004,1e-300,-2.5,-0]");
	prints("{\"a\":[1e308,274877906943.0001,1.7976931348623157e308]}",
	       "{\"a\":[1e+308,274877906943.0001,1.7976931348623157e+308]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_numbers_are_those_of_json),
		cmocka_unit_test(test_blanks_are_those_of_json),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_long_keys_are_cut_in_paths),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_too_many_values),
		cmocka_unit_test(test_members_with_defaults),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_large_whole_numbers_are_refused),
		cmocka_unit_test(test_from_units),
		cmocka_unit_test(test_prints_exactly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
