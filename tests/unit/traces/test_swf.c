/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_swf.c - the Standard Workload Format: what a job is, what is known of
 * it, and which jobs are left out.
 */
#include "tests/unit/traces/loaded.h"

/* Job 7: submit, run, allocated and requested processors. */
#define JOB(submit, run, width, wanted)                                        \
	"7 " submit " -1 " run " " width " -1 -1 " wanted                      \
	" -1 -1 1 1 1 -1 -1 -1 -1 -1\n"

static void test_jobs(void **state)
{
	(void)state;
	set("swf.width=task");
	assert_int_equal(load("; UnixStartTime: 0\n" JOB("5", "60", "4", "8")
				      JOB("6", "0", "-1", "8")),
			 RT_OK);
	assert_int_equal(trace->jobs_len, 2);
	is_task(0, 5, 60, 4);
	is_task(1, 6, 0, 8);
	assert_string_equal(trace->jobs[0]->id, "7");
	assert_string_equal(trace->jobs[0]->user, "1");
	assert_null(trace->jobs[0]->preceding);
	assert_true(trace->jobs[0]->estimate_s < 0);
	assert_true(trace->jobs[0]->think_s < 0);
	assert_int_equal(trace->facts->left_out, 0);
}

static void test_every_field(void **state)
{
	(void)state;
	set("swf.width=gang");
	assert_int_equal(load("; Version: 2.2\n"
			      ";  MaxNodes: 64\n"
			      "; MaxProcs: 128 (of them 4 broken)\n"
			      "\t3\t1.5  9 10 4 1 1 8 600 1 1 17 2 3 4 5 2 "
			      "30.25\r\n"),
			 RT_OK);
	const struct trace_job *job = trace->jobs[0];
	assert_string_equal(job->id, "3");
	assert_true(job->submit_s == 1.5);
	assert_true(job->run_s == 10);
	assert_true(job->estimate_s == 600);
	assert_string_equal(job->user, "17");
	assert_string_equal(job->preceding, "2");
	assert_true(job->think_s == 30.25);
	assert_int_equal(job->kind, TRACE_GANG);
	assert_int_equal(job->strategy, TRACE_PACK);
	assert_int_equal(job->asks_len, 1);
	assert_int_equal(job->asks[0].count, 4);
	assert_int_equal(asks(0, "CPU"), RT_UNITS);
	assert_int_equal(trace->facts->processors, 128);
	assert_int_equal(trace->facts->nodes, 64);
}

static void test_left_out(void **state)
{
	(void)state;
	assert_int_equal(load(JOB("1", "1", "1", "1") JOB("7", "-1", "4", "4")
				      JOB("8", "9", "0", "0")
					      JOB("8", "-5", "0", "0")
						      JOB("-1", "9", "1", "1")),
			 RT_OK);
	assert_int_equal(trace->jobs_len, 1);
	assert_int_equal(trace->facts->left_out, 4);
	assert_int_equal(noted("had no run time"), 2);
	assert_int_equal(noted("had no processors"), 1);
	assert_int_equal(noted("had no submit time"), 1);
}

static const struct wrong_line wrong_lines[] = {
	{ ";\n1 2 3\n", ":2: ", "less than the 18 fields" },
	{ ";\n" JOB("1 1", "1", "1", "1"), ":2: ", "more than the 18 fields" },
	{ "; x\n" JOB("a", "1", "1", "1"), ":2: ", "field 2 (submit time)" },
	{ "; x\n" JOB("1", "1e11", "1", "1"), ":2: ", "field 4 (run time)" },
	{ "; x\n" JOB("1", "1", "nan", "1"), ":2: ", "field 5 (allocated" },
	{ "; x\n" JOB("1", "1", "1", "99999999999999999999"),
	  ":2: ", "field 8 (requested" },
	{ ";\nx 1 -1 1 1 -1 -1 1 -1 -1 1 1 1 1 1 1 -1 -1\n",
	  ":2: ", "field 1 (job number): \"x\" is no whole number" },
	{ ";\n1 1 -1 1 1 -1 -1 1 -1 -1 1 u 1 1 1 1 -1 -1\n",
	  ":2: ", "field 12 (user)" },
	{ "; x\n" JOB("1", "1", "2.5", "1"), ":2: ", "2.5 processors" },
};

static void test_wrong_lines(void **state)
{
	(void)state;
	set("swf.width=gang");
	ARE_REFUSED(wrong_lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_jobs),
		TEST(test_every_field),
		TEST(test_left_out),
		TEST(test_wrong_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
