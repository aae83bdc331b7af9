/* SPDX-License-Identifier: Apache-2.0 */
/* test_policy_file.c - policies by name and by file, settings by key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/param.h"
#include "core/controller/settings.h"
#include "core/host/policy_file.h"

struct speed_conf {
	double speed;
};

static enum rt_status decide(const struct rt_ctx *ctx,
			     const struct rt_snapshot *snapshot,
			     struct rt_plan *plan, struct rt_error *err)
{
	(void)snapshot;
	(void)err;
	rt_pace(ctx, plan, ((const struct speed_conf *)ctx->conf)->speed);
	return RT_OK;
}

static const struct rt_param params[] = {
	{ .name = "speed", .type = RT_PARAM_DOUBLE, .def = 2, .max = 9 },
	{ .name = NULL },
};
static const struct rt_policy_ops fast = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "fast",
	.params = params,
	.conf_size = sizeof(struct speed_conf),
	.decide = decide,
};
static const struct rt_policy_ops packs = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "packs",
	.flags = RT_PACKS,
	.params = params,
	.conf_size = sizeof(struct speed_conf),
	.decide = decide,
};
static const struct rt_policy_ops old = {
	.abi = RT_POLICY_ABI + 1,
	.size = sizeof(struct rt_policy_ops),
	.name = "old",
	.params = params,
	.decide = decide,
};
static const struct rt_policy_ops *const policies[] = { &fast, &packs, &old,
							NULL };

static struct rt_controller_settings controller;
static const struct rt_setting_group group = { rt_controller_params,
					       &controller, NULL };
static struct rt_chain chain;
static const struct rt_settings settings = { &chain, 1, &group };
static struct rt_error err;

static int setup(void **state)
{
	(void)state;
	rt_params_default(rt_controller_params, &controller);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rt_chain_close(&chain);
	return 0;
}

static double speed(void)
{
	return ((const struct speed_conf *)chain.stages[0].conf)->speed;
}

static enum rt_status open_text(const char *text)
{
	char path[] = "/tmp/raytide-policy-XXXXXX.yaml";
	int fd = mkstemps(path, 5);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	enum rt_status status = rt_policy_open(&settings, path, policies, &err);
	unlink(path);
	return status;
}

static void test_by_name(void **state)
{
	(void)state;
	assert_int_equal(rt_policy_open(&settings, "fast", policies, &err),
			 RT_OK);
	assert_true(speed() == 2);
	assert_int_equal(rt_settings_set(&settings, "fast.speed=3.5", &err),
			 RT_OK);
	assert_true(speed() == 3.5);
	assert_int_equal(rt_settings_set(&settings, "stop_timeout_s=7", &err),
			 RT_OK);
	assert_true(controller.stop_timeout_s == 7);
}

static void test_by_file(void **state)
{
	(void)state;
	assert_int_equal(open_text("policy: [fast]\n"
				   "set:\n"
				   "  fast.speed: 4\n"
				   "  conserve_gpu: false\n"),
			 RT_OK);
	assert_true(speed() == 4);
	assert_false(controller.conserve_gpu);
}

static void test_wrong_files(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "policy: fsat\n", "policy: fsat: no such policy; did you "
				    "mean fast?" },
		{ "set: {}\n", "policy is missing" },
		{ "policy: fast\npace: 1\n", "pace: unknown key" },
		{ "policy: []\n", "policy: no stage" },
		{ "policy: fast\nset: {fast.sped: 1}\n",
		  "did you mean fast.speed?" },
		{ "policy: fast\nset: {fast.speed: 10}\n",
		  "speed: 10: not between 0 and 9" },
		{ "policy: fast\nset: {fast.speed: [1]}\n", "plain value" },
		{ "policy: [packs, fast]\n",
		  "policy[1]: fast: nothing may follow packs" },
		{ "policy: old\n", "built for another raytide" },
		{ "- fast\n", "object" },
		{ "policy: [fast\n", ":2: " },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(open_text(cases[i].text), RT_EINPUT);
		if (!strstr(err.text, cases[i].why))
			fail_msg("%s: wanted \"%s\"", err.text, cases[i].why);
		assert_int_equal(chain.len, 0);
	}
}

static void test_wrong_settings(void **state)
{
	static const char *const bad[] = { "speed",         "=1",
					   "fast.speed=x",  "fast.speed=-1",
					   "fast.other=1",  "slow.speed=1",
					   "stop_timeout=7" };
	(void)state;

	assert_int_equal(rt_policy_open(&settings, "fast", policies, &err),
			 RT_OK);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(rt_settings_set(&settings, bad[i], &err),
				 RT_EINPUT);
	assert_non_null(strstr(err.text, "did you mean stop_timeout_s?"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_by_name),
		TEST(test_by_file),
		TEST(test_wrong_files),
		TEST(test_wrong_settings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
