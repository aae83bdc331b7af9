/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_workers.c - jobs in processes of their own: each once, so many at a
 * time, and what comes of one that fails or dies.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/experiment/workers.h"

#define JOBS 12

/* Seen by all processes. */
static struct shared {
	_Atomic uint32_t runs[JOBS];
	_Atomic uint32_t at_work, most;
} * shared;

static uint32_t done[JOBS], order_len;
static uint32_t fails = UINT32_MAX, dies = UINT32_MAX, spoils = UINT32_MAX;
static bool finished[JOBS];

static enum rt_status run(void *to, uint32_t job, struct rt_error *err)
{
	uint32_t now = ++shared->at_work;

	(void)to;
	shared->runs[job]++;
	while (now > shared->most)
		shared->most = now;
	usleep(2000);
	if (job == dies)
		raise(SIGKILL);
	shared->at_work--;
	if (job == fails)
		return rt_fail(err, RT_EINPUT, "job %u", job);
	return RT_OK;
}

static enum rt_status note(void *to, uint32_t job, struct rt_error *err)
{
	(void)to;
	done[job]++;
	order_len++;
	if (job == spoils)
		return rt_fail(err, RT_EIO, "spoilt %u", job);
	return RT_OK;
}

static const struct workers_job conf = { .run = run, .done = note };

static int setup(void **state)
{
	(void)state;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	memset(done, 0, sizeof done);
	memset(finished, 0, sizeof finished);
	order_len = 0;
	fails = dies = spoils = UINT32_MAX;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	munmap(shared, sizeof *shared);
	return 0;
}

static void test_each_once(void **state)
{
	struct rt_error err = { 0 };

	(void)state;
	finished[3] = finished[7] = true;
	assert_int_equal(workers_run(&conf, JOBS, finished, 3, &err), RT_OK);
	for (uint32_t i = 0; i < JOBS; i++) {
		assert_int_equal(shared->runs[i], !finished[i]);
		assert_int_equal(done[i], !finished[i]);
	}
	assert_true(shared->most >= 1 && shared->most <= 3);
}

static void test_nothing_to_do(void **state)
{
	struct rt_error err = { 0 };

	(void)state;
	memset(finished, true, sizeof finished);
	assert_int_equal(workers_run(&conf, JOBS, finished, 2, &err), RT_OK);
	assert_int_equal(order_len, 0);
}

static void test_a_job_fails(void **state)
{
	struct rt_error err = { 0 };

	(void)state;
	fails = 2;
	assert_int_equal(workers_run(&conf, JOBS, finished, 1, &err),
			 RT_EINPUT);
	assert_string_equal(err.text, "job 2");
	assert_int_equal(done[0] + done[1], 2);
	assert_int_equal(done[2], 0);
	assert_int_equal(shared->runs[3], 0); /* not begun */
}

static void test_a_job_dies(void **state)
{
	struct rt_error err = { 0 };

	(void)state;
	dies = 0;
	assert_int_equal(workers_run(&conf, JOBS, finished, 1, &err), RT_EIO);
	assert_string_equal(err.text, "ended by signal 9");
	assert_int_equal(order_len, 0);
}

static void test_what_is_done_is_of_no_use(void **state)
{
	struct rt_error err = { 0 };

	(void)state;
	spoils = 1;
	assert_int_equal(workers_run(&conf, JOBS, finished, 1, &err), RT_EIO);
	assert_string_equal(err.text, "spoilt 1");
	assert_int_equal(shared->runs[2], 0);
}

static void test_cores(void **state)
{
	(void)state;
	assert_true(workers_cores() >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_each_once),
		TEST(test_nothing_to_do),
		TEST(test_a_job_fails),
		TEST(test_a_job_dies),
		TEST(test_what_is_done_is_of_no_use),
		TEST(test_cores),
	};

	return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
