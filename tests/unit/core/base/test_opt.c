/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_opt.c - options and operands in any order, and what is wrong with them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/error.h"
#include "core/base/opt.h"

struct conf {
	const char *name;
	int json;
	int operands;
};

static enum rt_status take_name(void *conf, const char *value,
				struct rt_error *err)
{
	if (strcmp(value, "bad") == 0)
		return rt_fail(err, RT_EINPUT, "bad: not good");
	((struct conf *)conf)->name = value;
	return RT_OK;
}

static enum rt_status take_json(void *conf, const char *value,
				struct rt_error *err)
{
	(void)err;
	assert_null(value);
	((struct conf *)conf)->json++;
	return RT_OK;
}

static const struct rt_option rows[] = {
	{ "name", "NAME", "first line\nsecond line", take_name },
	{ "json", NULL, "print JSON", take_json },
	{ .name = NULL },
};

#define ARGV(...) ((char **)(const char *[]){ "prog", __VA_ARGS__, NULL })

static int count(char **argv)
{
	int n = 0;
	while (argv[n])
		n++;
	return n;
}

static void test_takes(void **state)
{
	(void)state;
	struct conf conf = { 0 };
	char **argv = ARGV("a", "--name", "x", "-", "--json", "--name=y=z",
			   "--json", "--", "--json");
	assert_int_equal(rt_opt_parse(rows, count(argv), argv, &conf,
				      &conf.operands, NULL),
			 RT_OK);
	assert_string_equal(conf.name, "y=z");
	assert_int_equal(conf.json, 2);
	assert_int_equal(conf.operands, 3);
	assert_string_equal(argv[1], "a");
	assert_string_equal(argv[2], "-");
	assert_string_equal(argv[3], "--json");
}

static void refused(char **argv, const char *why)
{
	struct conf conf = { 0 };
	struct rt_error err = { 0 };
	assert_int_equal(rt_opt_parse(rows, count(argv), argv, &conf,
				      &conf.operands, &err),
			 RT_EINPUT);
	assert_string_equal(err.text, why);
}

static void test_refuses(void **state)
{
	(void)state;
	refused(ARGV("--nme=3"), "--nme: no such option; did you mean --name?");
	refused(ARGV("--whatever"), "--whatever: no such option; see --help");
	refused(ARGV("--=x"), "--: no such option; see --help");
	refused(ARGV("-n"), "-n: no such option; options begin with --, "
			    "see --help");
	refused(ARGV("--name"), "--name: needs a value: --name NAME");
	refused(ARGV("--json=1"), "--json: takes no value");
	refused(ARGV("--name", "bad"), "--name: bad: not good");
}

static void test_help(void **state)
{
	(void)state;
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	rt_opt_help(rows, file);
	fclose(file);
	assert_string_equal(text, "  --name NAME                 first line\n"
				  "                              second line\n"
				  "  --json                      print JSON\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_help),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
