/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_trace.c - each format by small files: what is read, in which order, and
 * what is said of lines that are wrong.
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
#include "core/model/res.h"
#include "traces/trace.h"

static struct trace *trace;
static struct rt_error err;
static char path[] = "/tmp/raytide-trace-XXXXXX";

static int setup(void **state)
{
	(void)state;
	strcpy(path + sizeof path - 7, "XXXXXX");
	int fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	err = (struct rt_error){ 0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	trace_free(&trace);
	return unlink(path);
}

static enum rt_status load_as(const char *format, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	trace_free(&trace);
	const struct trace_options options = { .format = format };
	return trace_load(&trace, path, &options, &err);
}

static enum rt_status load(const char *text)
{
	return load_as(NULL, text);
}

/* What the i-th job asks for, which is a task. */
static struct rt_res res_of(uint32_t i)
{
	return trace->facts->shapes[trace->jobs[i]->asks[0].shape].res;
}

/* The same of one resource, in units. */
static int64_t asks(uint32_t i, const char *name)
{
	return rt_res_get(res_of(i), rt_name_intern(trace->facts->names, name));
}

static void is_task(uint32_t i, double submit_s, double duration_s, double cpus)
{
	assert_true(i < trace->jobs_len);
	assert_true(trace->jobs[i]->submit_s == submit_s);
	assert_true(trace->jobs[i]->run_s == duration_s);
	assert_int_equal(asks(i, "CPU"), rt_units(cpus));
}

static void test_minimal_csv(void **state)
{
	(void)state;
	assert_int_equal(load("submit_s,duration_s,cpus\n0.1,2,1\n0.3,0,2.5\n"),
			 RT_OK);
	assert_int_equal(trace->jobs_len, 2);
	is_task(0, 0.1, 2, 1);
	is_task(1, 0.3, 0, 2.5);
	assert_null(trace->jobs[0]->id);
	assert_int_equal(trace->facts->ignored_len, 0);
}

static void test_csv_columns(void **state)
{
	(void)state;
	assert_int_equal(
		load("id,duration_s,submit_s,gpus,memory,resources.disk,count,"
		     "name,kind\r\n"
		     "\"a, b\",2,1,1,1073741824,0.5,2,f,task\r\n"
		     "\r\n"
		     "c,3,4,,,,,,\r\n"),
		RT_OK);
	assert_int_equal(trace->jobs_len, 3);
	is_task(1, 1, 2, 1);
	assert_string_equal(trace->jobs[1]->id, "a, b");
	assert_int_equal(asks(1, "GPU"), RT_UNITS);
	assert_int_equal(asks(1, "memory"), 1073741824 * (int64_t)RT_UNITS);
	assert_int_equal(asks(1, "disk"), RT_UNITS / 2);
	is_task(2, 4, 3, 1);
	assert_int_equal(res_of(2).len, 1);
	assert_int_equal(trace->facts->ignored_len, 0);
}

static void test_json_lines(void **state)
{
	(void)state;
	assert_int_equal(
		load("{\"submit_s\":5,\"duration_s\":1.5,\"resources\":"
		     "{\"CPU\":0.5,\"accel\":2,\"none\":0},\"id\":7}\n"
		     "{\"submit_s\":6,\"duration_s\":1,\"cpus\":0,\"id\":\"x\","
		     "\"gang\":\"g\",\"label_selector\":{\"a\":\"b\"},"
		     "\"memory\":null}\n"),
		RT_OK);
	is_task(0, 5, 1.5, 0.5);
	assert_int_equal(asks(0, "accel"), 2 * RT_UNITS);
	assert_int_equal(res_of(0).len, 2);
	assert_string_equal(trace->jobs[0]->id, "7");
	is_task(1, 6, 1, 0);
	assert_int_equal(res_of(1).len, 0);
	assert_int_equal(trace->facts->ignored_len, 0);
}

static void test_cpus_that_are_not_given(void **state)
{
	(void)state;
	assert_int_equal(load("{\"submit_s\":0,\"duration_s\":1}\n"
			      "{\"submit_s\":1,\"duration_s\":1,"
			      "\"resources\":{}}\n"),
			 RT_OK);
	is_task(0, 0, 1, 1);
	is_task(1, 1, 1, 0); /* what it asks for is told: nothing */
}

static void test_order_and_ties(void **state)
{
	(void)state;
	assert_int_equal(load("submit_s,duration_s\n9,1\n3,2\n3,3\n0,4\n3,5\n"),
			 RT_OK);
	const double order[] = { 4, 2, 3, 5, 1 };
	for (uint32_t i = 0; i < 5; i++)
		assert_true(trace->jobs[i]->run_s == order[i]);
}

static void test_equal_shapes_are_one(void **state)
{
	(void)state;
	char text[40000] = "submit_s,duration_s,cpus,memory\n";
	char *end = text + strlen(text);
	for (int i = 0; i < 1000; i++)
		end += sprintf(end, "%d,1,%d,%d\n", i, i % 5, i % 100);
	assert_int_equal(load(text), RT_OK);
	assert_int_equal(trace->jobs_len, 1000);
	assert_int_equal(trace->facts->shapes_len, 100);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(asks(i, "CPU"), i % 5 * RT_UNITS);
		assert_int_equal(asks(i, "memory"), i % 100 * RT_UNITS);
	}
}

static void check_ignored(const char *text, uint32_t len, const char *first)
{
	assert_int_equal(load(text), RT_OK);
	assert_int_equal(trace->facts->ignored_len, len);
	assert_string_equal(trace->facts->ignored[0], first);
}

static void test_unknown_columns_are_told(void **state)
{
	(void)state;
	check_ignored("submit_s,duration_s,mem,cpu\n0,1,2,3\n", 2, "mem");
	check_ignored("submit_s,duration_s,mem,\n0,1,2,\n", 2, "mem");
	check_ignored("{\"submit_s\":0,\"duration_s\":1,\"mem\":1}\n"
		      "{\"submit_s\":0,\"duration_s\":1,\"mem\":2}\n",
		      1, "mem");
}

/* A trace may have a new key in each line. */
static void test_many_unknown_keys(void **state)
{
	struct rt_buf text = RT_BUF(1 << 20);

	(void)state;
	for (int i = 0; i < 1000; i++)
		rt_buf_addf(&text,
			    "{\"submit_s\":0,\"duration_s\":1,\"k%d\":1}\n", i);
	check_ignored(text.data, TRACE_IGNORED_MAX, "k0");
	rt_buf_free(&text);
}

#define JOB(submit, run, width, wanted)                                        \
	"7 " submit " -1 " run " " width " -1 -1 " wanted                      \
	" -1 -1 1 1 1 -1 -1 -1 -1 -1\n"

static void test_swf(void **state)
{
	(void)state;
	assert_int_equal(load("; UnixStartTime: 0\n" JOB("5", "60", "4", "8")
				      JOB("6", "0", "-1", "8")
					      JOB("7", "-1", "4", "4")
						      JOB("8", "9", "0", "0")),
			 RT_OK);
	assert_int_equal(trace->jobs_len, 2);
	is_task(0, 5, 60, 4);
	is_task(1, 6, 0, 8);
	assert_string_equal(trace->jobs[0]->id, "7");
	assert_int_equal(trace->facts->left_out, 2);
}

static void test_wrong_lines(void **state)
{
	static const struct {
		const char *text;
		const char *line;
		const char *why;
	} cases[] = {
		{ "submit_s,duration_s\n1,2\nx,2\n",
		  ":3: ", "submit_s: \"x\" is not a number" },
		{ "submit_s,duration_s\n\n1,-2\n", ":3: ", "duration_s: -2" },
		{ "submit_s,duration_s\n1,inf\n", ":2: ", "not a number" },
		{ "submit_s,duration_s\n1\n", ":2: ", "1 fields" },
		{ "submit_s,duration_s\n1,2,3\n", ":2: ", "3 fields" },
		{ "submit_s,duration_s\n1,\"2\n", ":2: ", "quote" },
		{ "submit_s,duration_s\n,2\n", ":2: ", "submit_s is missing" },
		{ "submit_s,cpus\n1,2\n", ":1: ", "no column duration_s" },
		{ "submit_s,cpus,duration_s,cpus\n1,2,3,4\n",
		  ":1: ", "column cpus is there twice" },
		{ "submit_s,duration_s,count\n1,2,1.5\n", ":2: ", "count" },
		{ "submit_s,duration_s,count\n1,2,1\n1,2,10000000\n",
		  ":3: ", "more than 10000000 jobs" },
		{ "submit_s,duration_s,cpus\n1,2,1e99\n", ":2: ", "cpus" },
		{ "{\"submit_s\":1,\"duration_s\":2}\n{\"submit_s\":1\n",
		  ":2: ", "" },
		{ "{\"submit_s\":\"1\",\"duration_s\":2}\n",
		  ":1: ", "submit_s" },
		{ "{\"submit_s\":1}\n", ":1: ", "duration_s is missing" },
		{ "{\"submit_s\":1,\"duration_s\":2,\"resources\":[1]}\n",
		  ":1: ", "resources" },
		{ "{\"submit_s\":1,\"duration_s\":2,\"resources\":"
		  "{\"CPU\":-1}}\n",
		  ":1: ", "resources.CPU" },
		{ ";\n1 2 3\n", ":2: ", "less than the 18 fields" },
		{ "; x\n" JOB("a", "1", "1", "1"),
		  ":2: ", "field 2 (submit time)" },
		{ "hello\n", ":1: ", "no known trace format" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (!load(cases[i].text))
			fail_msg("read without complaint: %s", cases[i].text);
		char *at = strstr(err.text, path);
		if (!at || strncmp(at + strlen(path), cases[i].line, 4) != 0 ||
		    !strstr(err.text, cases[i].why))
			fail_msg("%s is answered \"%s\"", cases[i].text,
				 err.text);
		assert_null(trace);
	}
}

static void test_resources_are_bounded(void **state)
{
	struct rt_buf line = RT_BUF(1 << 20);

	(void)state;
	rt_buf_addf(&line, "{\"submit_s\":1,\"duration_s\":2,\"resources\":{");
	for (int i = 0; i <= RT_ENTRIES_MAX; i++)
		rt_buf_addf(&line, "%s\"r%d\":1", i ? "," : "", i);
	rt_buf_addf(&line, "}}");
	assert_int_equal(load(line.data), RT_ELIMIT);
	assert_non_null(strstr(err.text, "resources: 10001 entries, at most"));
	rt_buf_free(&line);
}

static void test_no_tasks(void **state)
{
	(void)state;
	assert_int_equal(load(""), RT_EINPUT);
	assert_non_null(strstr(err.text, "no jobs"));
	assert_int_equal(load("submit_s,duration_s\n"), RT_EINPUT);
	assert_non_null(strstr(err.text, path));
}

static void test_missing_file_and_format(void **state)
{
	(void)state;
	assert_int_equal(trace_load(&trace, "/nonexistent/x.csv", NULL, &err),
			 RT_EINPUT);
	assert_non_null(strstr(err.text, "/nonexistent/x.csv"));
	assert_int_equal(load_as("nativ", "submit_s,duration_s\n1,1\n"),
			 RT_EINPUT);
	assert_non_null(strstr(err.text, "did you mean native"));
	assert_int_equal(load_as("swf", "submit_s,duration_s\n1,1\n"),
			 RT_EINPUT);
	assert_non_null(strstr(err.text, ":1: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_minimal_csv),
		TEST(test_csv_columns),
		TEST(test_json_lines),
		TEST(test_cpus_that_are_not_given),
		TEST(test_order_and_ties),
		TEST(test_equal_shapes_are_one),
		TEST(test_unknown_columns_are_told),
		TEST(test_many_unknown_keys),
		TEST(test_swf),
		TEST(test_wrong_lines),
		TEST(test_resources_are_bounded),
		TEST(test_no_tasks),
		TEST(test_missing_file_and_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
