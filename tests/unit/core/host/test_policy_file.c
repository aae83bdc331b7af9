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

struct span {
	int64_t for_ms;
	struct rt_cron cron;
	struct rt_zone zone;
};

struct speed_conf {
	double speed;
	const char *label;
	struct rt_pairs weights;
	struct rt_list spans; /* of struct span */
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

#define ROW(of, field, row_type)                                               \
	.name = #field, .type = (row_type), .offset = offsetof(of, field)
static const struct rt_param span_rows[] = {
	{ .name = "for",
	  .type = RT_PARAM_SPAN,
	  .offset = offsetof(struct span, for_ms),
	  .max = 1e9,
	  .needed = true },
	{ ROW(struct span, cron, RT_PARAM_CRON) },
	{ ROW(struct span, zone, RT_PARAM_ZONE) },
	{ .name = NULL },
};
static const struct rt_param params[] = {
	{ ROW(struct speed_conf, speed, RT_PARAM_DOUBLE), .def = 2, .max = 9 },
	{ ROW(struct speed_conf, label, RT_PARAM_TEXT) },
	{ ROW(struct speed_conf, weights, RT_PARAM_PAIRS), .max = 9 },
	{ ROW(struct speed_conf, spans, RT_PARAM_LIST), .rows = span_rows,
	  .row_size = sizeof(struct span) },
	{ .name = NULL },
};
static const struct rt_policy_ops fast = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "fast",
	.flags = RT_PACKS,
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
static const struct rt_policy_ops shapes = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "shapes",
	.params = params,
	.conf_size = sizeof(struct speed_conf),
	.decide = decide,
};
static const struct rt_policy_ops trims = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "trims",
	.flags = RT_TRIMS,
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
static const struct rt_policy_ops *const policies[] = {
	&fast, &packs, &shapes, &trims, &old, NULL,
};
static const struct rt_preset presets[] = {
	{ "office", "policy: [{shapes: {speed: 4}}, fast]\n"
		    "guards: {max_surge: 2}\n" },
	{ "broken", "policy:\n- fast: {sped: 4}\n" },
	{ NULL, NULL },
};
static const struct rt_registry registry = { policies, presets };

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
	enum rt_status status =
		rt_policy_open(&settings, path, &registry, &err);
	unlink(path);
	return status;
}

static void test_by_name(void **state)
{
	(void)state;
	assert_int_equal(rt_policy_open(&settings, "fast", &registry, &err),
			 RT_OK);
	assert_true(speed() == 2);
	assert_int_equal(rt_settings_set(&settings, "fast.speed=3.5", &err),
			 RT_OK);
	assert_true(speed() == 3.5);
	assert_int_equal(rt_settings_set(&settings, "stop_timeout_s=7", &err),
			 RT_OK);
	assert_true(controller.stop_timeout_s == 7);
	assert_int_equal(rt_settings_set(&settings, "guards.max_surge=2", &err),
			 RT_OK);
	assert_true(chain.guards.max_surge == 2);
	assert_int_equal(
		rt_settings_set(&settings, "fast.weights={a: 3}", &err), RT_OK);
	assert_true(((const struct speed_conf *)chain.stages[0].conf)
			    ->weights.at[0]
			    .value == 3);
}

static void test_presets(void **state)
{
	(void)state;
	assert_int_equal(rt_policy_open(&settings, "office", &registry, &err),
			 RT_OK);
	assert_int_equal(chain.len, 2);
	assert_true(speed() == 4);
	assert_true(chain.guards.max_surge == 2);
	rt_chain_close(&chain);
	assert_int_equal(rt_policy_open(&settings, "broken", &registry, &err),
			 RT_EINPUT);
	assert_non_null(strstr(err.text, "broken:2:10: policy[0].fast.sped"));
	assert_int_equal(rt_policy_open(&settings, "ofice", &registry, &err),
			 RT_EINPUT);
	assert_non_null(strstr(err.text, "did you mean office?"));
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

static void test_parameters(void **state)
{
	(void)state;
	assert_int_equal(open_text("policy:\n"
				   "- shapes: {speed: 3}\n"
				   "- fast:\n"
				   "    label: x\n"
				   "    weights: {b: 1, a: 0.5}\n"
				   "    spans:\n"
				   "    - {for: 90m, cron: '0 8 * * 1-5',\n"
				   "       zone: Europe/Berlin}\n"
				   "    - {for: 2s}\n"
				   "- trims\n"
				   "guards: {max_launch_per_minute: 50}\n"
				   "prices: {gpu: 2.5}\n"),
			 RT_OK);
	assert_int_equal(chain.len, 3);
	assert_true(speed() == 3);
	const struct speed_conf *conf = chain.stages[1].conf;
	assert_true(conf->speed == 2);
	assert_string_equal(conf->label, "x");
	assert_int_equal(conf->weights.len, 2);
	assert_string_equal(conf->weights.at[1].name, "a");
	assert_true(conf->weights.at[1].value == 0.5);
	assert_int_equal(conf->spans.len, 2);
	const struct span *spans = conf->spans.at;
	assert_int_equal(spans[0].for_ms, 5400000);
	assert_int_equal(spans[0].cron.weekdays, 0x3e);
	assert_string_equal(spans[0].zone.name, "Europe/Berlin");
	assert_true(spans[0].zone.len > 100);
	assert_int_equal(spans[1].for_ms, 2000);
	assert_null(spans[1].zone.name);
	assert_int_equal(chain.guards.max_launch_per_minute, 50);
	assert_int_equal(chain.prices.len, 1);
	assert_true(chain.prices.at[0].value == 2.5);
}

static void test_places(void **state)
{
	static const struct {
		const char *policy, *why;
	} cases[] = {
		{ "[packs, fast]", "fast: nothing may follow packs" },
		{ "[packs, shapes]", "shapes: nothing may follow packs" },
		{ "[trims, packs]", "trims: it works on what another" },
		{ "[shapes]", "policy: no stage packs" },
		{ "[shapes, shapes, fast]", "shapes: a second time" },
		{ "[{shapes: {}, fast: {}}]", "a stage is one name" },
		{ "[5]", "policy[0]: is a number" },
		{ "[{fast: [1]}]", "policy[0].fast: is an array" },
	};
	char text[128];
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "policy: %s\n", cases[i].policy);
		assert_int_equal(open_text(text), RT_EINPUT);
		if (!strstr(err.text, cases[i].why))
			fail_msg("%s: wanted \"%s\"", err.text, cases[i].why);
	}
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
		  ":2:7: set[\"fast.speed\"]: 10: not between 0 and 9" },
		{ "policy: fast\nset: {fast.speed: [1]}\n", "plain value" },
		{ "policy:\n- fast:\n    sped: 1\n",
		  ":3:5: policy[0].fast.sped: no such parameter; did you mean "
		  "speed?" },
		{ "policy:\n- fast:\n    spans:\n    - cron: 0 8 * * 1\n",
		  ":4:7: policy[0].fast.spans[0]: for is missing" },
		{ "policy:\n- fast: {spans: [{for: 5}]}\n",
		  "for: 5: not a time; as in 90s" },
		{ "policy:\n- fast: {spans: [{for: 5s, cron: 60 * * * *}]}\n",
		  "60 is no minute of a cron" },
		{ "policy:\n- fast: {spans: [{for: 5s, zone: Mars/Base}]}\n",
		  ":2:28: policy[0].fast.spans[0].zone: Mars/Base: no such "
		  "time zone" },
		{ "policy:\n- fast: {weights: {a: 10}}\n", "weights.a: " },
		{ "policy: fast\nguards: {max_lauch_per_minute: 1}\n",
		  ":2:10: guards.max_lauch_per_minute: no such parameter; did "
		  "you mean max_launch_per_minute?" },
		{ "policy: fast\nprices: {gpu: -1}\n", "prices.gpu: " },
		{ "polcy: fast\n", ":1:1: polcy: unknown key; did you mean "
				   "policy?" },
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

	assert_int_equal(rt_policy_open(&settings, "fast", &registry, &err),
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
		TEST(test_by_name),        TEST(test_presets),
		TEST(test_by_file),        TEST(test_parameters),
		TEST(test_places),         TEST(test_wrong_files),
		TEST(test_wrong_settings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
