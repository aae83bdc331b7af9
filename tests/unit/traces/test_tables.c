/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tables.c - the formats that are CSV of others: what a row is read as,
 * what is left out or mended, and what is refused.
 */
#include "tests/unit/traces/loaded.h"

#define PHILLY "timestamp,duration,num_gpus,gpu_time,cluster\n"

static void test_philly(void **state)
{
	(void)state;
	assert_int_equal(load(PHILLY "2017-11-05 02:00:10,66.0,2,132.0,a\n"
				     "2017-11-05 02:00:00,5.0,1,5.0,b\n"
				     "2017-11-05 02:00:10,,1,,b\n"
				     "2017-11-05 02:00:11,7,0,0,b\n\n"
				     "2017-11-05 02:00:10,1,8,8,b\n"),
			 RT_OK);
	assert_int_equal(trace->jobs_len, 3);
	assert_string_equal(trace->facts->format, "philly");
	const struct trace_job *last = trace->jobs[2];
	assert_string_equal(trace->jobs[0]->id, "2");
	assert_true(trace->jobs[0]->submit_s == 0);
	assert_string_equal(trace->jobs[1]->id, "1"); /* a tie */
	assert_true(trace->jobs[1]->submit_s == 10);
	assert_true(trace->jobs[1]->run_s == 66);
	assert_string_equal(last->id, "5");
	assert_int_equal(last->kind, TRACE_GANG);
	assert_int_equal(last->asks[0].count, 8);
	assert_int_equal(asks(2, "GPU"), RT_UNITS);
	assert_int_equal(asks(2, "CPU"), 0);
	assert_int_equal(noted("had no duration"), 1);
	assert_int_equal(noted("had no GPUs"), 1);
	assert_int_equal(trace->facts->ignored_len, 0);
}

static void test_philly_as_tasks(void **state)
{
	(void)state;
	set("philly.width=task");
	set("philly.cpus=4");
	assert_int_equal(load(PHILLY "2017-11-05 02:00:10,66,2,132.0,a\n"),
			 RT_OK);
	is_task(0, 0, 66, 8);
	assert_int_equal(asks(0, "GPU"), 2 * RT_UNITS);
}

static void test_philly_on_machines(void **state)
{
	(void)state;
	set("philly.machine=8");
	assert_int_equal(load(PHILLY "2017-11-05 02:00:10,66,8,132.0,a\n"
				     "2017-11-05 02:00:10,66,9,132.0,a\n"),
			 RT_OK);
	assert_int_equal(trace->jobs[0]->strategy, TRACE_STRICT_PACK);
	assert_int_equal(trace->jobs[1]->strategy, TRACE_PACK);
}

#define OPENB                                                                  \
	"name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,"  \
	"creation_time,deletion_time,scheduled_time\n"

static void test_openb(void **state)
{
	char text[256];

	(void)state;
	assert_int_equal(load(OPENB "a,12000,16384,1,460,V100M16|V100M32,LS,"
				    "Running,10,30,12\n"
				    "b,500,0,2,1000,,BE,Pending,10,11,\n"
				    "c,500,0,0,0,T4,Burstable,Failed,11,,12\n"),
			 RT_OK);
	assert_int_equal(trace->jobs_len, 2);
	is_task(0, 10, 20, 12);
	assert_string_equal(trace->jobs[0]->id, "a");
	assert_int_equal(trace->jobs[0]->priority, 2);
	assert_int_equal(asks(0, "GPU"), 4600);
	assert_int_equal(asks(0, "memory"), ((int64_t)16 << 30) * RT_UNITS);
	assert_string_equal(rule(0, 0, text),
			    "ray.io/accelerator-type in V100M16 V100M32");
	is_task(1, 10, 1, 0.5);
	assert_int_equal(asks(1, "GPU"), 2 * RT_UNITS);
	assert_int_equal(noted("had no end"), 1);
	set("openb.run=scheduled");
	assert_int_equal(load(OPENB "a,12000,16384,1,460,,LS,Running,10,30,12\n"
				    "b,500,0,2,1000,,BE,Pending,10,11,\n"),
			 RT_OK);
	assert_int_equal(trace->jobs_len, 1);
	is_task(0, 10, 18, 12);
	assert_int_equal(noted("had not been scheduled"), 1);
}

static void test_alibaba_genai(void **state)
{
	(void)state;
	set("alibaba-genai.cpus=2");
	assert_int_equal(
		load("gmt_create,predict_type,predict_status,exec_time_seconds,"
		     "groupId\n"
		     "2024-11-15 16:57:50,TXT_2_IMG,SUCCEED,32.0,G0\n"
		     "2024-11-15 16:57:58,TXT_2_IMG,PENDING,,G0\n"
		     "2024-12-15 16:57:50,TXT_2_IMG,FAILED,0,G0\n"),
		RT_OK);
	assert_int_equal(trace->jobs_len, 2);
	is_task(0, 0, 32, 2);
	assert_int_equal(asks(0, "GPU"), RT_UNITS);
	is_task(1, 30 * 86400, 0, 2);
	assert_int_equal(noted("had no execution time"), 1);
}

static void test_alibaba_dlrm(void **state)
{
	(void)state;
	assert_int_equal(
		load("instance_sn,role,app_name,cpu_request,gpu_request,"
		     "memory_request,creation_time,scheduled_time,"
		     "deletion_time\n"
		     "a,CN,x,64,0,120.5,100,101,\n"
		     "b,HN,x,12,1,8,,,\n"
		     "c,HN,x,12,1,8,,,50\n"
		     "d,HN,x,12,1,8,300,300,200\n"
		     "e,HN,x,12,1,8,10,10,900\n"),
		RT_OK);
	assert_int_equal(trace->jobs_len, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(trace->jobs[i]->kind, TRACE_ACTOR);
	assert_string_equal(trace->jobs[0]->id, "b");
	assert_true(trace->jobs[0]->run_s == 900);
	assert_true(trace->jobs[1]->run_s == 50);
	assert_string_equal(trace->jobs[3]->id, "a");
	assert_true(trace->jobs[3]->run_s == 800);
	assert_int_equal(asks(3, "memory"),
			 ((int64_t)241 << 29) * RT_UNITS); /* 120.5 GiB */
	assert_int_equal(asks(0, "GPU"), RT_UNITS);
	assert_int_equal(noted("had no creation and began at 0"), 2);
	assert_int_equal(noted("had no deletion and lived to the end"), 2);
	assert_int_equal(noted("had their end before their creation"), 1);
	assert_int_equal(trace->facts->left_out, 1);
}

static void test_azure_llm(void **state)
{
	(void)state;
	assert_int_equal(load("TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
			      "2023-11-16 18:17:03.9799600,4808,10\r\n"
			      "2023-11-16 18:17:04.0319601,3180,8"),
			 RT_OK);
	is_task(0, 0, (0.25 * 4808 + 300) / 1000, 0);
	is_task(1, 0.0520001, (0.25 * 3180 + 240) / 1000, 0);
	assert_int_equal(asks(1, "GPU"), RT_UNITS);
	set("azure-llm.fixed_ms=500");
	set("azure-llm.generated_ms=1");
	set("azure-llm.gpus=0.5");
	assert_int_equal(load("TIMESTAMP,ContextTokens,GeneratedTokens\n"
			      "2023-11-16 18:17:03,400,100\n"),
			 RT_OK);
	is_task(0, 0, 0.7, 0);
	assert_int_equal(asks(0, "GPU"), RT_UNITS / 2);
}

static void test_zones(void **state)
{
	(void)state;
	assert_int_equal(load("TIMESTAMP,ContextTokens,GeneratedTokens\n"
			      "2024-02-28 23:30:00.009930+00:00,0,0\n"
			      "2024-02-29T01:30:01.009930+02:00,0,0\n"
			      "2024-02-28T23:30:02.00993Z,0,0\n"
			      "2024-02-28 18:00:03.00993-05:30,0,0\n"
			      "2024-03-01 00:00:00.00993Z,0,0\n"),
			 RT_OK);
	for (uint32_t i = 0; i < 4; i++)
		assert_true(trace->jobs[i]->submit_s == i);
	assert_true(trace->jobs[4]->submit_s == 1800 + 86400);
}

static void test_azure_functions(void **state)
{
	(void)state;
	assert_int_equal(load("app,func,end_timestamp,duration\n"
			      "a,f,1.5,1.25\n"
			      "a,g,100.07949090003967,0.078\n"
			      "a,g,60,\n"),
			 RT_OK);
	assert_int_equal(trace->jobs_len, 2);
	is_task(0, 0, 1.25, 1);
	is_task(1, 100.001491 - 0.25, 0.078, 1);
	assert_int_equal(noted("had no duration"), 1);
}

static const struct wrong_line wrong_lines[] = {
	{ PHILLY "2017-13-05 02:00:10,66,2,1,a\n", ":2: ", "is no time" },
	{ PHILLY "2017-11-05 02:00,66,2,1,a\n", ":2: ", "is no time" },
	{ PHILLY "2017-11-05 02:00:00x,66,2,1,a\n", ":2: ", "is no time" },
	{ PHILLY "2017-11-05 02:00:00+0200,66,2,1,a\n", ":2: ", "is no time" },
	{ PHILLY "2017-02-29 02:00:10,66,2,1,a\n", ":2: ", "is no time" },
	{ PHILLY "2017-11-05 02:00:10+02:60,66,2,1,a\n", ":2: ", "is no time" },
	{ PHILLY "2017-11-05 02:00:10,1,2,1,caf\xE9\n",
	  ":2: ", "byte 30 is not UTF-8" },
	{ PHILLY "2017-11-05 02:00:10,0x10,2,1,a\n", ":2: ", "duration" },
	{ PHILLY "2017-11-05 02:00:10,-1x,2,1,a\n", ":2: ", "duration" },
	{ PHILLY "2017-11-05 02:00:10,x,2,1,a\n", ":2: ", "duration" },
	{ PHILLY "2017-11-05 02:00:10,1,2.5,1,a\n", ":2: ", "num_gpus: 2.5" },
	{ PHILLY "2017-11-05 02:00:10,1,2\n", ":2: ", "3 fields where" },
	{ "timestamp,duration,num_gpus,num_gpus\n",
	  ":1: ", "column num_gpus is there twice" },
	{ OPENB "a,x,0,1,460,,LS,Running,10,30,12\n", ":2: ", "cpu_milli" },
	{ OPENB "a,1,0,1,460,,LS,Running,1e11,30,12\n",
	  ":2: ", "creation_time" },
	{ "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n",
	  ":1: ", "no column creation_time" },
	{ "TIMESTAMP,ContextTokens,GeneratedTokens\n"
	  "2023-11-16 18:17:03,-1,2\n",
	  ":2: ", "ContextTokens: -1" },
	{ "app,func,end_timestamp,duration\na,f,inf,1\n",
	  ":2: ", "end_timestamp" },
};

static void test_wrong_lines(void **state)
{
	(void)state;
	ARE_REFUSED(wrong_lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_philly),
		TEST(test_philly_as_tasks),
		TEST(test_philly_on_machines),
		TEST(test_openb),
		TEST(test_alibaba_genai),
		TEST(test_alibaba_dlrm),
		TEST(test_azure_llm),
		TEST(test_zones),
		TEST(test_azure_functions),
		TEST(test_wrong_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
