/* SPDX-License-Identifier: Apache-2.0 */
/* test_state_file.c - what is remembered outlives the process, and a file that
 * cannot be read or written harms nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "autoscaler/state_file.h"
#include "core/base/log.h"
#include "core/base/param.h"

static char folder[] = "/tmp/raytide-state-XXXXXX";
static char path[64];
static int64_t rounds;
static int lines;

static enum rt_status count(const struct rt_ctx *ctx,
			    const struct rt_snapshot *s, struct rt_plan *plan,
			    struct rt_error *err)
{
	(void)s;
	(void)plan;
	(void)err;
	rounds = ++*(int64_t *)ctx->state;
	return RT_OK;
}

static const struct rt_policy_ops counting = {
	.name = "counting",
	.state_size = sizeof(int64_t),
	.decide = count,
};
static const struct rt_chain chain = { .len = 1,
				       .stages = { { .ops = &counting } } };

static struct rt_controller *start(void)
{
	struct rt_controller_settings settings = { 0 };

	rt_params_default(rt_controller_params, &settings);
	return rt_controller_new(&settings, &chain);
}

static void run(struct rt_controller *c)
{
	const struct rt_observation seen = { .now_ms = 1000 };
	struct rt_decision *decision;
	struct rt_actions *actions;
	struct rt_error err;

	rt_controller_begin(c);
	assert_int_equal(
		rt_controller_reconcile(c, &seen, &decision, &actions, &err),
		RT_OK);
}

static void count_line(void *arg, const char *line, unsigned long len)
{
	(void)arg;
	(void)line;
	(void)len;
	lines++;
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder + sizeof folder - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/state", folder);
	lines = 0;
	rt_log_also(count_line, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rt_log_also(NULL, NULL);
	unlink(path);
	return rmdir(folder);
}

static void test_over_a_restart(void **state)
{
	(void)state;
	struct rt_controller *c = start();
	struct state_file file = state_file_open(path, c);
	run(c);
	state_file_keep(&file, c, 1000);
	assert_int_equal(access(path, F_OK), 0);
	run(c);
	run(c);
	state_file_keep(&file, c, 5000); /* too soon: these are not in it */
	rt_controller_free(&c);          /* as in a crash */
	c = start();
	file = state_file_open(path, c);
	run(c);
	assert_int_equal(rounds, 2);
	run(c);
	state_file_close(&file, c);
	rt_controller_free(&c);
	c = start();
	file = state_file_open(path, c);
	run(c);
	assert_int_equal(rounds, 4);
	rt_controller_free(&c);
}

/* A policy that is given after the start: its stage is told from others by its
 * name, and goes on where it was. */
static void test_another_policy(void **state)
{
	struct rt_controller_settings settings = { 0 };
	struct rt_policy_ops renamed = counting;
	const struct rt_chain both = { .len = 2,
				       .stages = { { .ops = &renamed },
						   { .ops = &counting } } };

	(void)state;
	renamed.name = "another";
	rt_params_default(rt_controller_params, &settings);
	struct rt_controller *c = rt_controller_new(&settings, &both);
	struct state_file file = state_file_open(path, c);
	run(c);
	run(c);
	state_file_close(&file, c);
	rt_controller_use(c, &settings, &chain);
	run(c);
	assert_int_equal(rounds, 3);
	rt_controller_free(&c);

	c = start(); /* under the other one */
	file = state_file_open(path, c);
	assert_int_equal(lines, 1);
	rt_controller_use(c, &settings, &both);
	state_file_retry(&file, c);
	assert_int_equal(lines, 2); /* taken up */
	run(c);
	assert_int_equal(rounds, 3);
	state_file_retry(&file, c); /* once is enough */
	run(c);
	assert_int_equal(rounds, 4);
	rt_controller_free(&c);
}

static void test_a_broken_file(void **state)
{
	(void)state;
	FILE *file = fopen(path, "w");
	fputs("{\"version\": 1, \"layout\": \"other 8 0, guards 1 1\"}", file);
	fclose(file);
	struct rt_controller *c = start();
	struct state_file kept = state_file_open(path, c);
	assert_int_equal(lines, 1);
	run(c);
	assert_int_equal(rounds, 1);
	state_file_close(&kept, c);
	assert_int_equal(lines, 1);
	rt_controller_free(&c);
}

static void test_nowhere_to_write(void **state)
{
	(void)state;
	struct rt_controller *c = start();
	struct state_file file = state_file_open("/nowhere/at/all", c);
	for (int64_t now_ms = 0; now_ms < 100000; now_ms += 10000) {
		run(c);
		state_file_keep(&file, c, now_ms);
	}
	assert_int_equal(lines, 1); /* said once */
	rt_controller_free(&c);
}

static void test_none_is_asked_for(void **state)
{
	(void)state;
	struct rt_controller *c = start();
	struct state_file file = state_file_open(NULL, c);
	run(c);
	state_file_keep(&file, c, 1000);
	state_file_close(&file, c);
	assert_int_equal(lines, 0);
	rt_controller_free(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_over_a_restart),    TEST(test_another_policy),
		TEST(test_a_broken_file),     TEST(test_nowhere_to_write),
		TEST(test_none_is_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
