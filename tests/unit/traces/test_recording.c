/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_recording.c - jobs out of what a sidecar saw, round by round.
 */
#include "tests/unit/traces/loaded.h"

#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

static char text[1 << 16], *end;

static void begin(void)
{
	end = text + sprintf(text, "{\"recording\":1,\"part\":0}\n");
}

/* `more` is what was seen, as members of the observation; NULL: a round that
 * was repeated. */
static void seen(double at_s, const char *more)
{
	end += sprintf(end, "{\"round\":1,\"now_ms\":%.0f,",
		       1.7e12 + at_s * 1000);
	if (more)
		end += sprintf(end, "\"observation\":{%s}}\n", more);
	else
		end += sprintf(end, "\"repeated\":true}\n");
}

#define WAIT(count)                                                            \
	"\"demand\":{\"tasks\":[{\"count\":" #count                            \
	",\"resources\":{\"CPU\":1},\"label_selectors\":[[]]}]}"
#define NONE "\"demand\":{}"
/* Of eight CPUs of a node. */
#define NODE(id, free)                                                         \
	"{\"ray_node_id\":\"" #id "\",\"total\":{\"CPU\":8,\"node:1\":1,"      \
	"\"object_store_memory\":9},\"available\":{\"CPU\":" #free "}}"
#define NODES(list) "\"ray_nodes\":[" list "]"

static void is_job(uint32_t i, double submit_s, double run_s, double cpus)
{
	is_task(i, submit_s, run_s, cpus);
}

static void loads(uint32_t jobs)
{
	if (load(text))
		fail_msg("%s", err.text);
	assert_string_equal(trace->facts->format, "recording");
	assert_int_equal(trace->jobs_len, jobs);
}

/* Ten come at 1; eight run from 4 on, two more from 6, when as many of the
 * first have ended; the rest go one after the other. */
static void test_a_queue(void **state)
{
	(void)state;
	begin();
	seen(0, NONE "," NODES(NODE(a, 8)));
	seen(1, WAIT(10));
	seen(2, NULL);
	seen(4, WAIT(2) "," NODES(NODE(a, 0)));
	seen(6, NONE "," NODES(NODE(a, 0)));
	seen(9, NODES(NODE(a, 6)));
	seen(9.5, NODES(NODE(a, 7)));
	seen(12, NODES(NODE(a, 8)));
	loads(10);
	for (uint32_t i = 0; i < 2; i++)
		is_job(i, 1, 2, 1);
	for (uint32_t i = 2; i < 8; i++)
		is_job(i, 1, 5, 1);
	is_job(8, 1, 3.5, 1);
	is_job(9, 1, 6, 1);
	assert_int_equal(trace->facts->notes_len, 0);
}

/* Use is seen before the queue is: it was of those that waited.  What nobody
 * waited for is a job for each node. */
static void test_use(void **state)
{
	(void)state;
	begin();
	seen(0, NONE "," NODES(NODE(a, 8) "," NODE(b, 8)));
	seen(1, WAIT(2));
	seen(2, NODES(NODE(a, 5) "," NODE(b, 8)));
	seen(3, NONE);
	seen(5, NODES(NODE(a, 7) "," NODE(b, 8)));
	seen(6, NODES(NODE(a, 7) "," NODE(b, 4)));
	seen(8, NODES(NODE(a, 8) "," NODE(b, 8)));
	loads(4);
	is_job(0, 1, 3, 1); /* from 2 on */
	is_job(1, 1, 6, 1);
	is_job(2, 2, 3, 1);
	is_job(3, 6, 2, 4);
	assert_int_equal(noted("had not waited when found in use"), 2);
}

/* One ends of those that fit into what is gone, if not the oldest. */
static void test_who_ends(void **state)
{
	(void)state;
	begin();
	seen(0, "\"demand\":{\"tasks\":[{\"resources\":{\"CPU\":6}}]}," NODES(
			NODE(a, 8)));
	seen(1, NONE "," NODES(NODE(a, 2)));
	seen(2, WAIT(1));
	seen(3, NONE "," NODES(NODE(a, 1)));
	seen(5, NODES(NODE(a, 2)));
	seen(9, NODES(NODE(a, 5))); /* three of six: no job is so small */
	seen(10, NODES("{\"ray_status\":\"DEAD\",\"total\":{\"CPU\":8}}"));
	loads(3);
	is_job(0, 0, 8, 6);
	is_job(1, 2, 2, 1);
	is_job(2, 9, 1, 3);
}

static void test_kinds(void **state)
{
	char rules[256];

	(void)state;
	begin();
	seen(0, "\"demand\":{\"tasks\":[{\"resources\":{\"CPU_group_ab\":1}},"
		"{\"resources\":{\"GPU\":0.5,\"CPU\":0},\"label_selectors\":"
		"[[{\"key\":\"zone\",\"op\":\"not_in\",\"values\":[\"a\","
		"\"b\"]}],[]]},{\"resources\":{}}],\"gangs\":[{\"details\":"
		"\"f00d:SPREAD|PENDING\",\"bundles\":[{\"resources\":"
		"{\"CPU\":2}},{\"resources\":{\"CPU\":2}}]},{\"details\":\"\","
		"\"bundles\":[{\"resources\":{\"CPU\":1},\"placement\":[{"
		"\"kind\":\"affinity\",\"label\":\"g\",\"value\":\"1\"}]}]}],"
		"\"constraints\":[{\"requests\":[{\"resources\":{\"CPU\":3},"
		"\"count\":4}]}]}," NODES("{\"total\":{\"CPU\":8,\"GPU\":1},"
					  "\"available\":{\"CPU\":8,"
					  "\"GPU\":1}}"));
	seen(5, "\"demand\":{\"constraints\":[]}," NODES(
			"{\"total\":{\"CPU\":8,\"GPU\":1},\"available\":{"
			"\"CPU\":3,\"GPU\":0.5}}"));
	seen(6, NULL);
	loads(6);
	const struct trace_job *const *jobs =
		(const struct trace_job *const *)trace->jobs;
	assert_int_equal(jobs[0]->kind, TRACE_REQUEST);
	assert_int_equal(jobs[0]->asks[0].count, 4);
	assert_true(jobs[1]->run_s == 0); /* it asks for nothing */
	assert_int_equal(asks(2, "GPU"), RT_UNITS / 2);
	assert_int_equal(asks(2, "CPU"), 0);
	assert_string_equal(rule(2, 0, rules), "zone not in a b");
	assert_int_equal(jobs[3]->kind, TRACE_GANG);
	assert_string_equal(jobs[3]->id, "f00d");
	assert_int_equal(jobs[3]->strategy, TRACE_SPREAD);
	assert_int_equal(jobs[3]->asks[0].count, 2);
	assert_true(jobs[3]->run_s == 1);
	assert_int_equal(jobs[4]->strategy, TRACE_STRICT_PACK);
	assert_int_equal(jobs[5]->kind, TRACE_REQUEST);
	assert_int_equal(jobs[5]->asks_len, 0);
	assert_true(jobs[5]->submit_s == 5);
	assert_int_equal(noted("had no end before the recording's"), 3);
}

/* Several processes wrote it, the clock was set, and some work goes on. */
static void test_ends(void **state)
{
	(void)state;
	begin();
	seen(0, WAIT(3) "," NODES(NODE(a, 8)));
	seen(2, WAIT(2) "," NODES(NODE(a, 7)));
	end += sprintf(end, "{\"recording\":1,\"part\":0}\n");
	end += sprintf(end, "{\"round\":9,\"now_ms\":1,\"failed\":\"x\"}\n");
	seen(4, WAIT(2) "," NODES(NODE(a, 7)));
	loads(1);
	is_job(0, 0, 2, 1);
	assert_int_equal(noted("still waited at the end"), 2);
	assert_int_equal(trace->facts->left_out, 2);
	assert_int_equal(noted("had no end before the recording's"), 1);
	assert_int_equal(noted("had a time before the first round's"), 1);
}

/* One frame, flushed line by line, whose end is missing. */
static void test_cut(void **state)
{
	static char packed[1 << 16];
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	ZSTD_outBuffer out = { packed, sizeof packed, 0 };

	(void)state;
	begin();
	seen(0, WAIT(1) "," NODES(NODE(a, 8)));
	seen(1, NONE "," NODES(NODE(a, 7)));
	seen(3, NODES(NODE(a, 8)));
	for (char *line = text, *next; line < end; line = next) {
		next = strchr(line, '\n') + 1;
		ZSTD_inBuffer in = { line, (size_t)(next - line), 0 };
		assert_int_equal(
			ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_flush), 0);
	}
	ZSTD_freeCCtx(zstd);
	put(packed, out.pos);
	assert_int_equal(reload(NULL), RT_OK);
	assert_int_equal(trace->jobs_len, 1);
	is_job(0, 0, 2, 1);
	assert_int_equal(noted("had no end: the file was cut short"), 1);
	put(packed, out.pos - 9);
	assert_int_equal(reload(NULL), RT_OK);
	assert_int_equal(noted("had no end before the recording's"), 1);
}

static const struct wrong_line wrong_lines[] = {
	{ "{\"recording\":2}\n", ":1: ", "version 2" },
	{ "{\"recording\":1}\n{}\n", ":2: ", "no line of a recording" },
	{ "{\"recording\":1}\n{\"now_ms\":1,\"observation\":[]}\n",
	  ":2: ", "observation" },
	{ "{\"recording\":1}\n{\"now_ms\":1,\"observation\":{\"demand\":"
	  "{\"tasks\":[{\"resources\":{\"CPU\":-1}}]}}}\n",
	  ":2: ", "demand.tasks[0].resources.CPU" },
	{ "{\"recording\":1}\n{\"now_ms\":0}\n{\"now_ms\":9007199254740991}\n",
	  ":3: ", "now_ms: more than" },
	{ "{\"recording\":1}\nx\n", ":2: ", "not valid JSON" },
};

static void test_wrong_lines(void **state)
{
	(void)state;
	ARE_REFUSED(wrong_lines);
}

/* Two files of a folder, in order of their names. */
static void test_a_folder(void **state)
{
	char folder[] = "/tmp/raytide-trace-XXXXXX", file[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (int i = 1; i >= 0; i--) {
		begin();
		seen(i * 10, WAIT(1) "," NODES(NODE(a, 8)));
		seen(i * 10 + 1, NONE "," NODES(NODE(a, 7)));
		seen(i * 10 + 3, NODES(NODE(a, 8)));
		snprintf(file, sizeof file, "%s/%d.jsonl", folder, i);
		FILE *to = fopen(file, "w");
		fwrite(text, 1, (size_t)(end - text), to);
		fclose(to);
	}
	trace_free(&trace);
	assert_int_equal(trace_load(&trace, folder, NULL, &err), RT_OK);
	assert_int_equal(trace->jobs_len, 2);
	is_job(0, 0, 2, 1);
	is_job(1, 10, 2, 1);
	assert_string_equal(trace->facts->path, file);
	for (int i = 0; i < 2; i++) {
		snprintf(file, sizeof file, "%s/%d.jsonl", folder, i);
		unlink(file);
	}
	trace_free(&trace);
	assert_int_equal(trace_load(&trace, folder, NULL, &err), RT_EINPUT);
	assert_non_null(strstr(err.text, "a folder without *.jsonl.zst"));
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_queue),     TEST(test_use),
		TEST(test_who_ends),    TEST(test_kinds),
		TEST(test_ends),        TEST(test_cut),
		TEST(test_wrong_lines), TEST(test_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
