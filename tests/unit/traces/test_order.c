/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_order.c - jobs come in order of submission from rows that are not, as
 * far as rows are read ahead; copies of one row, and jobs in one block.
 */
#include "core/base/buf.h"
#include "tests/unit/traces/loaded.h"
#include "traces/window.h"

static void put_rows(int rows, int (*submit)(int row))
{
	struct rt_buf text = RT_BUF(64 << 20);

	rt_buf_addf(&text, "submit_s,duration_s,id\n");
	for (int i = 0; i < rows; i++)
		rt_buf_addf(&text, "%d,1,%d\n", submit(i), i);
	put(text.data, text.len);
	rt_buf_free(&text);
}

/* Blocks of 1,000 rows, each backwards, with ties of ten. */
static int in_blocks(int row)
{
	return row / 1000 * 1000 + (999 - row % 1000) / 10 * 10;
}

/* By submission, and by the place in the file. */
static void are_in_order(void)
{
	for (uint32_t i = 1; i < trace->jobs_len; i++) {
		const struct trace_job *a = trace->jobs[i - 1];
		const struct trace_job *b = trace->jobs[i];
		assert_true(a->submit_s < b->submit_s ||
			    (a->submit_s == b->submit_s && a->row < b->row));
	}
}

static void test_rows_in_blocks(void **state)
{
	(void)state;
	put_rows(200000, in_blocks);
	assert_int_equal(reload(NULL), RT_OK);
	assert_int_equal(trace->jobs_len, 200000);
	are_in_order();
}

/* The last row belongs in front. */
static int late(int row)
{
	return row == TRACE_WINDOW + 10 ? 0 : row + 1;
}

static void test_a_row_too_late(void **state)
{
	const struct trace_options sort = { .sort = true };

	(void)state;
	put_rows(TRACE_WINDOW + 11, late);
	assert_int_equal(reload(NULL), RT_EINPUT);
	assert_non_null(strstr(err.text, ":65548: submitted at 0 s"));
	assert_non_null(strstr(err.text, "--sort"));
	assert_int_equal(reload(&sort), RT_OK);
	assert_string_equal(trace->jobs[0]->id, "65546");
	are_in_order();
}

static void test_copies(void **state)
{
	(void)state;
	assert_int_equal(load("submit_s,duration_s,count,id,user,after\n"
			      "5,1,1,last,,\n2,2,3,a,u,x;y\n0,1,0,none,,\n"),
			 RT_OK);
	assert_int_equal(trace->jobs_len, 4);
	for (uint32_t i = 0; i < 3; i++) {
		const struct trace_job *job = trace->jobs[i];
		assert_true(job->submit_s == 2);
		assert_string_equal(job->id, "a");
		assert_string_equal(job->user, "u");
		assert_string_equal(job->after[1], "y");
		assert_int_equal(job->row, 3);
		/* All that it points to is in its block. */
		const char *end = (const char *)job + job->size;
		assert_true(job->after[1] > (const char *)job);
		assert_true(job->after[1] + 2 <= end);
		assert_true((const char *)(job->asks + 1) <= end);
	}
	assert_true(trace->jobs[0] != trace->jobs[1]);
	assert_string_equal(trace->jobs[3]->id, "last");
}

/* What it holds is known in bytes, so that large rows fill it, too. */
static void test_bytes_of_the_window(void **state)
{
	struct trace_window window = { 0 };
	struct trace_job *jobs[3];

	(void)state;
	assert_int_equal(load("submit_s,duration_s,id\n2,1,a\n1,1,bbbbbbb\n"
			      "3,1,c\n"),
			 RT_OK);
	size_t all = 0;
	for (uint32_t i = 0; i < 3; i++)
		all += trace->jobs[i]->size;
	for (uint32_t i = 3; i-- > 0;)
		trace_window_put(&window, trace->jobs[i], 1 + (i == 1));
	trace->jobs_len = 0; /* they are the window's now */
	assert_int_equal(window.bytes, all);
	for (uint32_t i = 0; i < 3; i++)
		jobs[i] = trace_window_take(&window);
	assert_string_equal(jobs[0]->id, "bbbbbbb");
	assert_string_equal(jobs[1]->id, "a");
	assert_string_equal(jobs[2]->id, "a"); /* its copy */
	assert_int_equal(trace_window_len(&window), 1);
	assert_int_equal(window.bytes, all - jobs[0]->size - jobs[1]->size);
	for (uint32_t i = 0; i < 3; i++)
		trace_job_free(&jobs[i]);
	trace_window_free(&window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rows_in_blocks),
		TEST(test_a_row_too_late),
		TEST(test_copies),
		TEST(test_bytes_of_the_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
