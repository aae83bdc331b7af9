/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_param.c - settings by name, and what was probably meant.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/param.h"

struct conf {
	bool on;
	int64_t count;
	double speed;
	int order;
};

static const char *const orders[] = { "first", "best", NULL };

#define ROW(field) .name = #field, .offset = offsetof(struct conf, field)
static const struct rt_param rows[] = {
	{ ROW(on), .type = RT_PARAM_BOOL, .def = 1, .unit = "",
	  .help = "Switch" },
	{ ROW(count), .type = RT_PARAM_INT, .def = 5, .min = 0, .max = 100,
	  .unit = "nodes", .help = "Nodes" },
	{ ROW(speed), .type = RT_PARAM_DOUBLE, .def = 0.5, .min = 0,
	  .max = INFINITY, .unit = "", .help = "Speed" },
	{ ROW(order), .type = RT_PARAM_CHOICE, .def = 1, .unit = "",
	  .help = "Order", .choices = orders },
	{ .name = NULL },
};

static enum rt_status set(struct conf *conf, const char *name,
			  const char *value, const char *why)
{
	struct rt_error err = { 0 };
	enum rt_status status =
		rt_param_set(rt_param_find(rows, name), conf, value, &err);
	assert_string_equal(err.text, why);
	return status;
}

static void test_defaults(void **state)
{
	(void)state;
	struct conf conf = { 0 };
	rt_params_default(rows, &conf);
	assert_true(conf.on && conf.count == 5 && conf.speed == 0.5);
	assert_int_equal(conf.order, 1);
}

static void test_set(void **state)
{
	(void)state;
	struct conf conf = { .on = true };
	assert_int_equal(set(&conf, "on", "false", ""), RT_OK);
	assert_int_equal(set(&conf, "count", "100", ""), RT_OK);
	assert_int_equal(set(&conf, "speed", "inf", ""), RT_OK);
	assert_int_equal(set(&conf, "order", "best", ""), RT_OK);
	assert_true(!conf.on && conf.count == 100 && isinf(conf.speed));
	assert_int_equal(conf.order, 1);
}

static void test_refused_values_change_nothing(void **state)
{
	(void)state;
	struct conf conf = { .count = 3, .speed = 2 };
	set(&conf, "on", "yes", "on: yes: neither \"true\" nor \"false\"");
	set(&conf, "count", "101", "count: 101: not between 0 and 100");
	set(&conf, "count", "1.5", "count: 1.5: not a whole number");
	set(&conf, "count", " 1", "count:  1: not a whole number");
	set(&conf, "count", "", "count: : not a whole number");
	set(&conf, "count", "99999999999999999999",
	    "count: 99999999999999999999: not a whole number");
	set(&conf, "speed", "-1", "speed: -1: less than 0");
	set(&conf, "speed", "nan", "speed: nan: not a number");
	set(&conf, "speed", "1x", "speed: 1x: not a number");
	set(&conf, "order", "bst",
	    "order: bst: no such choice; did you mean best");
	assert_true(!conf.on && conf.count == 3 && conf.speed == 2);
	assert_int_equal(conf.order, 0);
	assert_null(rt_param_find(rows, "counts"));
}

static void test_help(void **state)
{
	(void)state;
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	rt_params_help(rows, "p.", file);
	fclose(file);
	assert_non_null(strstr(text, "  p.on "));
	assert_non_null(strstr(text, "Nodes (default 5 nodes)\n"));
	assert_non_null(strstr(text, "Order: first, best (default best)\n"));
	free(text);
}

static void test_nearest(void **state)
{
	(void)state;
	static const char *const known[] = { "policy", "trace", "x" };
	assert_string_equal(rt_nearest("polciy", known, 3), "policy");
	assert_string_equal(rt_nearest("traces", known, 3), "trace");
	assert_null(rt_nearest("cluster", known, 3));
	assert_null(rt_nearest("y", known, 3)); /* nothing in common */
	assert_null(rt_nearest("", known, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_refused_values_change_nothing),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_nearest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
