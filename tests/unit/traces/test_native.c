/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_native.c - the native format by small files: what is read, in which
 * order, and what is said of lines that are wrong.
 */
#include "core/base/buf.h"
#include "core/base/json.h"
#include "tests/unit/traces/loaded.h"
#include "traces/native.h"

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

static void test_kinds(void **state)
{
	(void)state;
	assert_int_equal(
		load("{\"submit_s\":0,\"duration_s\":9,\"kind\":\"actor\","
		     "\"priority\":-3,\"estimate_s\":10,\"after\":[\"a\",7]}\n"
		     "{\"submit_s\":1,\"duration_s\":5,\"strategy\":"
		     "\"STRICT_SPREAD\",\"bundles\":[{\"resources\":{\"CPU\":"
		     "2},\"count\":3},{\"resources\":{\"CPU\":2}},"
		     "{\"resources\":{\"GPU\":1}}]}\n"
		     "{\"submit_s\":2,\"kind\":\"request\",\"bundles\":4,"
		     "\"cpus\":8}\n"
		     "{\"submit_s\":3,\"kind\":\"request\",\"bundles\":[]}\n"),
		RT_OK);
	const struct trace_job *actor = trace->jobs[0];
	assert_int_equal(actor->kind, TRACE_ACTOR);
	assert_int_equal(actor->priority, -3);
	assert_true(actor->estimate_s == 10);
	assert_int_equal(actor->after_len, 2);
	assert_string_equal(actor->after[0], "a");
	assert_string_equal(actor->after[1], "7");
	const struct trace_job *gang = trace->jobs[1];
	assert_int_equal(gang->kind, TRACE_GANG);
	assert_int_equal(gang->strategy, TRACE_STRICT_SPREAD);
	assert_int_equal(gang->asks_len, 2);
	assert_int_equal(gang->asks[0].count, 4); /* equal neighbours are one */
	assert_int_equal(gang->asks[1].count, 1);
	assert_int_equal(asks(1, "CPU"), 2 * RT_UNITS);
	const struct trace_job *request = trace->jobs[2];
	assert_int_equal(request->kind, TRACE_REQUEST);
	assert_true(request->run_s < 0);
	assert_int_equal(request->asks[0].count, 4);
	assert_int_equal(asks(2, "CPU"), 8 * RT_UNITS);
	assert_int_equal(trace->jobs[3]->asks_len, 0);
}

static void test_kinds_in_csv(void **state)
{
	(void)state;
	assert_int_equal(
		load("submit_s,duration_s,kind,bundles,strategy,after,user,"
		     "preceding,think_s\n"
		     "0,1,actor,,,x;y,ann,,\n"
		     "1,1,,2,SPREAD,,,x,60\n"
		     "2,,request,0,,,,,\n"),
		RT_OK);
	assert_int_equal(trace->jobs[0]->kind, TRACE_ACTOR);
	assert_int_equal(trace->jobs[0]->after_len, 2);
	assert_string_equal(trace->jobs[0]->after[1], "y");
	assert_string_equal(trace->jobs[0]->user, "ann");
	assert_true(trace->jobs[0]->think_s < 0);
	assert_int_equal(trace->jobs[1]->kind, TRACE_GANG);
	assert_int_equal(trace->jobs[1]->strategy, TRACE_SPREAD);
	assert_int_equal(trace->jobs[1]->asks[0].count, 2);
	assert_string_equal(trace->jobs[1]->preceding, "x");
	assert_true(trace->jobs[1]->think_s == 60);
	assert_int_equal(trace->jobs[2]->kind, TRACE_REQUEST);
}

static void test_label_selectors(void **state)
{
	char text[256];

	(void)state;
	assert_int_equal(
		load("{\"submit_s\":0,\"duration_s\":1,\"label_selector\":{"
		     "\"zone\":\"in(a, b)\",\"gpu\":\"T4\",\"m\":\"!x\","
		     "\"n\":\"!in(c,d)\"}}\n"
		     "{\"submit_s\":1,\"duration_s\":1,\"label_selector\":{"
		     "\"n\":\"!in(c,d)\",\"m\":\"!x\",\"gpu\":\"T4\","
		     "\"zone\":\"in(a,b)\"}}\n"
		     "{\"submit_s\":2,\"duration_s\":1}\n"),
		RT_OK);
	assert_string_equal(rule(0, 0, text), "gpu in T4");
	assert_string_equal(rule(0, 1, text), "m not in x");
	assert_string_equal(rule(0, 2, text), "n not in c d");
	assert_string_equal(rule(0, 3, text), "zone in a b");
	assert_int_equal(trace->facts->shapes_len, 2);
	assert_int_equal(load("submit_s,duration_s,label_selector.gpu\n"
			      "0,1,\"in(T4,P100)\"\n1,1,\n"),
			 RT_OK);
	assert_string_equal(rule(0, 0, text), "gpu in T4 P100");
	assert_int_equal(trace->facts->shapes_len, 2);
}

/* All jobs as native_write() writes them. */
static void write_all(struct rt_buf *to)
{
	rt_buf_clear(to);
	for (uint32_t i = 0; i < trace->jobs_len; i++)
		native_write(trace->facts, trace->jobs[i], to);
}

static void test_what_is_written_is_read(void **state)
{
	struct rt_buf once = RT_BUF(1 << 20), twice = RT_BUF(1 << 20);

	(void)state;
	assert_int_equal(
		load("{\"submit_s\":0.1,\"duration_s\":9,\"kind\":\"actor\","
		     "\"priority\":-3,\"estimate_s\":10,\"after\":[\"a\","
		     "\"\\\"\\\\\\u0001\"],\"memory\":1e12,\"cpus\":0.0001,"
		     "\"label_selector\":{\"k\":\"!in(a,b)\",\"l\":\"!c\"}}\n"
		     "{\"submit_s\":1,\"duration_s\":0.3,\"strategy\":"
		     "\"SPREAD\",\"bundles\":[{\"resources\":{\"CPU\":2},"
		     "\"count\":3},{\"resources\":{}}]}\n"
		     "{\"submit_s\":2,\"kind\":\"request\",\"bundles\":[]}\n"
		     "{\"submit_s\":3,\"duration_s\":4,\"user\":\"u\","
		     "\"preceding\":5,\"think_s\":6.5,\"cpus\":0}\n"),
		RT_OK);
	write_all(&once);
	assert_int_equal(load(once.data), RT_OK);
	assert_int_equal(trace->jobs_len, 4);
	write_all(&twice);
	assert_string_equal(once.data, twice.data);
	assert_non_null(strstr(once.data,
			       "{\"submit_s\":2,\"kind\":\"request\","
			       "\"bundles\":[]}\n"));
	assert_non_null(strstr(once.data, "\"preceding\":\"5\""));
	assert_true(trace->jobs[0]->submit_s == 0.1);
	assert_int_equal(asks(0, "memory"), 1000000000000 * RT_UNITS);
	rt_buf_free(&once);
	rt_buf_free(&twice);
}

/* What is written by hand reads back as the same bits, and so does the rest. */
static void test_numbers_that_are_written(void **state)
{
	static const double numbers[] = {
		0,
		1e-6,
		0.1,
		0.25,
		0.000125,
		0.30000000000000004,
		1e-7,
		5e-324,
		12.5,
		123456789.123456,
		999999999.999999,
		1e9,
		1e9 + 0.1,
		4e9,
		1.0 / 3,
		1e10,
		9999999999.5,
	};
	struct rt_buf text = RT_BUF(1 << 20);

	(void)state;
	assert_int_equal(load("submit_s,duration_s\n0,1\n"), RT_OK);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct trace_job job = *trace->jobs[0];
		char shortest[RT_F64_TEXT];
		job.run_s = numbers[i];
		rt_buf_clear(&text);
		native_write(trace->facts, &job, &text);
		const char *at = strstr(text.data, "\"duration_s\":");
		assert_non_null(at);
		at += strlen("\"duration_s\":");
		rt_json_f64_text(numbers[i], shortest);
		bool long_one = strcspn(at, ",") > strlen(shortest);
		if (strtod(at, NULL) != numbers[i] ||
		    (long_one && numbers[i] >= 1e-4))
			fail_msg("%s is written %s", shortest, text.data);
	}
	rt_buf_free(&text);
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

static const struct wrong_line wrong_lines[] = {
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
	{ "{\"submit_s\":1,\"duration_s\":2}\n{\"submit_s\":1\n", ":2: ", "" },
	{ "{\"submit_s\":\"1\",\"duration_s\":2}\n", ":1: ", "submit_s" },
	{ "{\"submit_s\":1}\n", ":1: ", "duration_s is missing" },
	{ "{\"submit_s\":1,\"duration_s\":2,\"resources\":[1]}\n",
	  ":1: ", "resources" },
	{ "{\"submit_s\":1,\"duration_s\":2,\"resources\":"
	  "{\"CPU\":-1}}\n",
	  ":1: ", "resources.CPU" },
	{ "{\"submit_s\":1,\"duration_s\":2,\"bundles\":2,"
	  "\"kind\":\"actor\"}\n",
	  ":1: ", "bundles: of kind actor" },
	{ "{\"submit_s\":1,\"duration_s\":2,\"strategy\":\"PACK\"}\n",
	  ":1: ", "strategy: of kind task" },
	{ "{\"submit_s\":1,\"duration_s\":2,\"kind\":\"gang\","
	  "\"strategy\":\"PAKC\"}\n",
	  ":1: ", "did you mean PACK" },
	{ "{\"submit_s\":1,\"duration_s\":2,\"bundles\":[]}\n",
	  ":1: ", "a gang without bundles" },
	{ "{\"submit_s\":1,\"duration_s\":2,\"bundles\":[{"
	  "\"resources\":{},\"count\":1.5}]}\n",
	  ":1: ", "1.5 bundles" },
	{ "{\"submit_s\":1,\"duration_s\":2,\"bundles\":[{}]}\n",
	  ":1: ", "bundles[0]: a bundle needs resources" },
	{ "submit_s,duration_s,priority\n1,2,0.5\n", ":2: ", "priority: 0.5" },
	{ "submit_s,duration_s,label_selector.a\n1,2,in()\n",
	  ":2: ", "has no values" },
	{ "hello\n", ":1: ", "no known trace format" },
};

static void test_wrong_lines(void **state)
{
	(void)state;
	ARE_REFUSED(wrong_lines);
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
		TEST(test_minimal_csv),
		TEST(test_csv_columns),
		TEST(test_json_lines),
		TEST(test_kinds),
		TEST(test_kinds_in_csv),
		TEST(test_label_selectors),
		TEST(test_what_is_written_is_read),
		TEST(test_numbers_that_are_written),
		TEST(test_cpus_that_are_not_given),
		TEST(test_order_and_ties),
		TEST(test_equal_shapes_are_one),
		TEST(test_unknown_columns_are_told),
		TEST(test_many_unknown_keys),
		TEST(test_wrong_lines),
		TEST(test_resources_are_bounded),
		TEST(test_no_tasks),
		TEST(test_missing_file_and_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
