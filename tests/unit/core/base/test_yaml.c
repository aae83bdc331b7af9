/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_yaml.c - YAML as the JSON that it means, and what is refused.
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

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/yaml.h"

static void reads(const char *text, const char *want)
{
	cJSON *doc;
	struct rt_error err;
	if (rt_yaml_parse(text, strlen(text), "f", &doc, &err))
		fail_msg("%s", err.text);
	char *json = cJSON_PrintUnformatted(doc);
	assert_string_equal(json, want);
	cJSON_free(json);
	cJSON_Delete(doc);
}

static void check_refused(const char *text, enum rt_status want,
			  const char *why)
{
	cJSON *doc;
	struct rt_error err = { 0 };
	assert_int_equal(rt_yaml_parse(text, strlen(text), "f", &doc, &err),
			 want);
	assert_null(doc);
	assert_string_equal(err.text, why);
}

static void refused(const char *text, const char *why)
{
	check_refused(text, RT_EINPUT, why);
}

static void test_structure(void **state)
{
	(void)state;
	reads("a:\n- 1\n- b: {c: [], d: {}}\ne: |\n  x\n  y\n",
	      "{\"a\":[1,{\"b\":{\"c\":[],\"d\":{}}}],\"e\":\"x\\ny\\n\"}");
	reads("{\"a\":1,\n\t\"b\":[true]}", "{\"a\":1,\"b\":[true]}");
	reads("--- # a comment\n5\n...\n", "5");
}

static void test_scalars(void **state)
{
	(void)state;
	reads("[~, null, Null, true, False]", "[null,null,null,true,false]");
	reads("a:\nb: ''\n", "{\"a\":null,\"b\":\"\"}");
	reads("[yes, on, nULL, '1', \"true\"]",
	      "[\"yes\",\"on\",\"nULL\",\"1\",\"true\"]");
	reads("[1, -2, +3, 007, 0x1F, 0o17]", "[1,-2,3,7,31,15]");
	reads("[1.5, .5, 2., 1e3, -1.5E-1]", "[1.5,0.5,2,1000,-0.15]");
	reads("[1e, ., -, 1.2.3, 0x, 0o8, .inf, .nan, nan, 4Gi, 500m]",
	      "[\"1e\",\".\",\"-\",\"1.2.3\",\"0x\",\"0o8\",\".inf\",\".nan\","
	      "\"nan\",\"4Gi\",\"500m\"]");
	reads("{1: a, true: b}", "{\"1\":\"a\",\"true\":\"b\"}");
}

static void test_aliases(void **state)
{
	(void)state;
	reads("a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}");
	reads("[&x 1, &x 2, *x]", "[1,2,2]");
	refused("a: *x\n", "f:1: an alias without its anchor");
	refused("a: &x\n  b: *x\n", "f:2: an alias without its anchor");
}

static void test_refuses(void **state)
{
	(void)state;
	refused("", "f:1: nothing in it");
	refused("# no more\n", "f:2: nothing in it");
	refused("a: 1\n---\nb: 2\n", "f:2: a second document; one file holds "
				     "one");
	refused("a: !!str 1\n", "f:1: tags are not supported");
	refused("a: !x {}\n", "f:1: tags are not supported");
	refused("a: &x {}\nb:\n  <<: *x\n",
		"f:3: the merge key << is not supported; write the members "
		"out");
	refused("? [a]\n: b\n", "f:1: a key that is not a plain text");
	refused("a: \"x\\0y\"\n", "f:1: a NUL character in a text");
	refused("x: {a: 1, b: 2,\n a: 3}\n", "f: x: the key \"a\" comes twice");
	refused("a: 1\n b: 2\n", "f:2: mapping values are not allowed in this "
				 "context");
	refused("a: [1,\nb: }\n", "f:2: did not find expected node content "
				  "while parsing a flow node");
	refused("a: b\n\xFF\n", "f:1: invalid leading UTF-8 octet");
}

static void test_depth(void **state)
{
	(void)state;
	char text[2 * RT_DEPTH_MAX + 4] = "", want[2 * RT_DEPTH_MAX + 4];
	memset(text, '[', RT_DEPTH_MAX);
	text[RT_DEPTH_MAX] = '1';
	memset(text + RT_DEPTH_MAX + 1, ']', RT_DEPTH_MAX);
	strcpy(want, text);
	reads(text, want);
	memset(text, '[', RT_DEPTH_MAX + 1);
	memset(text + RT_DEPTH_MAX + 1, ']', RT_DEPTH_MAX + 1);
	check_refused(text, RT_ELIMIT, "f:1: more than 64 levels of nesting");
}

/* Each line holds the one before in two places, or nested, n times. */
static void unfolds(const char *item, int n, const char *why)
{
	struct rt_buf buf = RT_BUF(65536);
	rt_buf_addf(&buf, "x0: &x0 [1]\n");
	for (int i = 1; i <= n; i++) {
		rt_buf_addf(&buf, "x%d: &x%d ", i, i);
		for (const char *c = item; *c; c++)
			if (*c == '*')
				rt_buf_addf(&buf, "*x%d", i - 1);
			else
				rt_buf_add(&buf, c, 1);
		rt_buf_addf(&buf, "\n");
	}
	check_refused(buf.data, RT_ELIMIT, why);
	rt_buf_free(&buf);
}

static void test_aliases_count(void **state)
{
	(void)state;
	unfolds("[*, *, *, *, *, *, *, *]", 40,
		"f:8: more than 1000000 values");
	unfolds("[[[[[[[[[[[*]]]]]]]]]]]", 100,
		"f:7: more than 64 levels of nesting");
}

/* A long text, and more aliases of it than may be kept. */
static void test_aliases_of_long_texts(void **state)
{
	(void)state;
	char word[1025] = "";
	struct rt_buf buf = RT_BUF(RT_YAML_MAX);
	memset(word, 'x', sizeof word - 1);
	rt_buf_addf(&buf, "a: &a ");
	for (int i = 0; i < 1024; i++)
		rt_buf_addf(&buf, "%s", word);
	rt_buf_addf(&buf, "\nb:\n");
	for (int i = 0; i < 100; i++)
		rt_buf_addf(&buf, "- *a\n");
	check_refused(buf.data, RT_ELIMIT,
		      "f:66: more than 67108864 bytes of text in aliases");
	rt_buf_free(&buf);
}

/* A list of n nulls, with an anchor each or without. */
static enum rt_status read_list(bool anchors, size_t n, struct rt_error *err)
{
	struct rt_buf buf = RT_BUF(RT_YAML_MAX);
	cJSON *doc;
	for (size_t i = 0; i < n; i++)
		rt_buf_addf(&buf, anchors ? "- &a%zu\n" : "-\n", i);
	enum rt_status status =
		rt_yaml_parse(buf.data, buf.len, "f", &doc, err);
	cJSON_Delete(doc);
	rt_buf_free(&buf);
	return status;
}

static void test_as_many_as_may_be(void **state)
{
	(void)state;
	struct rt_error err;
	assert_int_equal(read_list(true, RT_YAML_ANCHORS, &err), RT_OK);
	assert_int_equal(read_list(true, RT_YAML_ANCHORS + 1, &err), RT_ELIMIT);
	assert_string_equal(err.text, "f:1001: more than 1000 anchors");
	/* The list is a value, too. */
	assert_int_equal(read_list(false, RT_YAML_VALUES - 1, &err), RT_OK);
	assert_int_equal(read_list(false, RT_YAML_VALUES, &err), RT_ELIMIT);
	assert_string_equal(err.text, "f:1000000: more than 1000000 values");
}

static void test_as_large_as_may_be(void **state)
{
	(void)state;
	char path[] = "/tmp/raytide-XXXXXX", want[64];
	FILE *file = fdopen(mkstemp(path), "w");
	struct rt_error err;
	cJSON *doc;
	fprintf(file, "#%*s\na: 1\n", (int)RT_YAML_MAX - 7, "");
	fflush(file);
	assert_int_equal(ftell(file), RT_YAML_MAX);
	assert_int_equal(rt_yaml_load(path, &doc, &err), RT_OK);
	cJSON_Delete(doc);
	fputc('\n', file);
	fclose(file);
	assert_int_equal(rt_yaml_load(path, &doc, &err), RT_ELIMIT);
	snprintf(want, sizeof want, "%s: larger than 16 MiB", path);
	assert_string_equal(err.text, want);
	unlink(path);
}

static void test_missing_file(void **state)
{
	(void)state;
	cJSON *doc;
	struct rt_error err;
	assert_int_equal(rt_yaml_load("/none/x.yaml", &doc, &err), RT_EINPUT);
	assert_string_equal(err.text, "/none/x.yaml: cannot be opened: No such "
				      "file or directory");
	assert_int_equal(rt_yaml_load("/", &doc, &err), RT_EINPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_aliases_count),
		cmocka_unit_test(test_aliases_of_long_texts),
		cmocka_unit_test(test_as_many_as_may_be),
		cmocka_unit_test(test_as_large_as_may_be),
		cmocka_unit_test(test_missing_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
