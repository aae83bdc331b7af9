/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ray.c - what Ray tells of tasks, read as a trace: the State API in its
 * forms, and a timeline.
 */
#include "tests/unit/traces/loaded.h"

/* Times are ms since 1970. */
#define TASK(id, type, demand, start, end)                                     \
	"{\"task_id\":\"" id "\",\"attempt_number\":0,\"name\":\"f\","         \
	"\"type\":\"" type "\",\"job_id\":\"01\",\"actor_id\":\"a\","          \
	"\"required_resources\":{\"CPU\":0.5,\"x\":2},"                        \
	"\"label_selector\":{\"zone\":\"!in(a,b)\"},\"events\":["              \
	"{\"state\":\"PENDING_NODE_ASSIGNMENT\",\"created_ms\":" demand "},"   \
	"{\"state\":\"RUNNING\",\"created_ms\":" start "},"                    \
	"{\"state\":\"FINISHED\",\"created_ms\":" end "}]}"

static void is_first(void)
{
	char text[256];

	is_task(0, 0, 2, 0.5);
	assert_string_equal(trace->facts->format, "ray");
	assert_string_equal(trace->jobs[0]->id, "t1");
	assert_int_equal(asks(0, "x"), 2 * RT_UNITS);
	assert_string_equal(rule(0, 0, text), "zone not in a b");
}

static void test_a_list(void **state)
{
	(void)state;
	assert_int_equal(
		load("[" TASK(
			"t1", "NORMAL_TASK", "1000000", "1003000",
			"1005000") ",\n\n" TASK("t2", "NORMAL_TASK", "1000500",
						"1001000",
						"1001250") ",\n" TASK("t3",
								      "ACTOR_TASK",
								      "1000500",
								      "1001000",
								      "1001250") "]\n"),
		RT_OK);
	assert_int_equal(trace->jobs_len, 2);
	is_first();
	is_task(1, 0.5, 0.25, 0.5);
	assert_int_equal(noted("called an actor, which asks for nothing,"), 1);
	assert_int_equal(trace->facts->left_out, 1);
}

static void test_an_answer(void **state)
{
	(void)state;
	assert_int_equal(
		load("{\n \"result\": true,\n \"data\": {\"result\": {\"total\": "
		     "3,\n \"result\": [" TASK("t1", "NORMAL_TASK", "1000000",
					       "1003000", "1005000") "]}}}"),
		RT_OK);
	assert_int_equal(trace->jobs_len, 1);
	is_first();
	assert_int_equal(noted("went missing before Ray told of them"), 2);
}

#define NO_ACTOR "ffffffffffffffffffffffff01000000"
#define EVENT(category, ts, dur, id)                                           \
	"{\"cat\":\"" category "\",\"ts\":" ts ",\"dur\":" dur                 \
	",\"args\":{\"task_id\":\"" id "\"},\"ph\":\"X\"}"

static void test_a_timeline(void **state)
{
	static const char text[] = "[" EVENT("task::f", "5000001", "1500000", "x") ",\n" EVENT(
		"task:execute", "5000000", "1400000",
		"x") ",\n" EVENT("task::f", "4000000.25", "250000",
				 "32d950ec0ccf9d2a" NO_ACTOR) ",\n" EVENT("task::A.m",
									  "4000000",
									  "250000",
									  "f4402ec78d3a2607d43ec8da0862187e23ee5f8d01000000") ",\n"
															      "{\"name\":\"process_name\",\"pid\":0,\"ph\":\"M\"}]";

	(void)state;
	assert_int_equal(load(text), RT_OK);
	assert_int_equal(trace->jobs_len, 2);
	is_task(0, 0, 0.25, 1);
	assert_string_equal(trace->jobs[0]->id, "32d950ec0ccf9d2a" NO_ACTOR);
	is_task(1, 1.000001, 1.5, 1);
	assert_int_equal(noted("called an actor, which asks for nothing,"), 1);
}

static void is_refused(const char *text, const char *why)
{
	if (!load(text))
		fail_msg("read without complaint: %s", text);
	if (!strstr(err.text, path) || !strstr(err.text, why))
		fail_msg("%s is answered \"%s\"", text, err.text);
}

static void test_wrong_documents(void **state)
{
	(void)state;
	is_refused("[1]", "[0]");
	is_refused("[", "");
	is_refused("[]", "no task came back");
	is_refused("{\n}", "no data.result.result");
	is_refused("[{\"ph\":\"X\",\"cat\":\"task::f\",\"dur\":1,"
		   "\"args\":{\"task_id\":\"a\"}}]",
		   "ts is missing");
	is_refused("[{\"ph\":\"X\",\"cat\":\"task::f\",\"ts\":-1}]", "ts");
	is_refused("[" EVENT("task::f", "1e300", "1", "x") "]", "ts");
	is_refused("[" TASK("t1", "TASK", "1", "2", "3") "]", "no such type");
	/* Later than an int64 has nanoseconds for. */
	is_refused("[" TASK("t1", "NORMAL_TASK", "1", "2", "9.3e15") "]",
		   "created_ms");
	is_refused("[" TASK("t1", "NORMAL_TASK", "1", "2",
			    "\"3666-11-21 03:55:40\"") "]",
		   "not a date");
	is_refused("[" TASK("t1", "NORMAL_TASK", "1", "2",
			    "\"2026-11-21 03:55:40.9e300\"") "]",
		   "not a date");
	is_refused("[" EVENT("task::f", "9e15", "1", "x") "]", "ts");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_list),
		TEST(test_an_answer),
		TEST(test_a_timeline),
		TEST(test_wrong_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
