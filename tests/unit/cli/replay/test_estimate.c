/* SPDX-License-Identifier: Apache-2.0 */
/* test_estimate.c - five rounds, ten seconds apart, with sums that can be done
 * by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/replay/estimate.h"
#include "core/base/mem.h"

static const char *const texts[] = { "CPU" };
static const uint32_t ranks[] = { 0 };
static const struct rt_amount four[] = { { 0, 4 * RT_UNITS } };
static const struct rt_group groups[] = {
	{ .name = "headgroup", .is_head = true },
	{ .name = "g", .res = { 1, four }, .price = 2, .max_nodes = 9 },
};
/* Two requests of four CPUs wait all the time. */
static const struct rt_request tasks[] = { { .count = 2, .res = { 1, four } } };

struct round {
	struct rt_snapshot snapshot;
	struct rt_decision decisions[ESTIMATE_POLICIES];
	int64_t launch[ESTIMATE_POLICIES][2];
};

static void add(struct estimate *e, int64_t at_s, int64_t recorded,
		int64_t other)
{
	struct round round = {
		.snapshot = { .names = { 1, texts, ranks },
			      .groups_len = 2,
			      .groups = groups },
		.launch = { { 0, recorded }, { 0, other } },
	};
	const struct rt_observation obs = {
		.now_ms = at_s * 1000,
		.demand = { .tasks_len = 1, .tasks = tasks },
	};
	const struct rt_decision *decisions[ESTIMATE_POLICIES];

	for (int p = 0; p < ESTIMATE_POLICIES; p++) {
		round.decisions[p].snapshot = &round.snapshot;
		round.decisions[p].launch = round.launch[p];
		decisions[p] = &round.decisions[p];
	}
	estimate_add(e, &obs, decisions);
}

static void assert_near(double value, double wanted)
{
	if (fabs(value - wanted) > 1e-9)
		fail_msg("%.12g is not %.12g", value, wanted);
}

static void test_sums(void **state)
{
	struct estimate *e = estimate_new();
	struct estimate_sums sums[ESTIMATE_POLICIES];

	(void)state;
	add(e, 0, 0, 1);
	add(e, 10, 0, 2);
	add(e, 20, 2, 2);
	add(e, 30, 2, 2);
	add(e, 40, 2, 2); /* the last has no length */
	estimate_sum(e, 10, sums);
	assert_string_equal(estimate_resource(e, 0), "CPU");
	assert_null(estimate_resource(e, 1));
	assert_near(estimate_hours(e), 40 / 3600.0);
	assert_near(estimate_waited_hours(e), 2 * 40 / 3600.0);
	assert_near(sums[ESTIMATE_RECORDED].node_hours, 40 / 3600.0);
	assert_near(sums[ESTIMATE_OTHER].node_hours, 70 / 3600.0);
	assert_near(sums[ESTIMATE_OTHER].cost, 140 / 3600.0);
	/* Of use: 0 0 0 2 2 against 1 1 2 2 2. */
	assert_near(sums[ESTIMATE_RECORDED].unmet_hours[0], 8 * 30 / 3600.0);
	assert_near(sums[ESTIMATE_OTHER].unmet_hours[0], 4 * 20 / 3600.0);
	assert_near(sums[ESTIMATE_RECORDED].waiting_hours, 2 * 30 / 3600.0);
	assert_near(sums[ESTIMATE_OTHER].waiting_hours, 20 / 3600.0);
	estimate_free(&e);
}

/* Nothing is known of a time without rounds. */
static void test_gap(void **state)
{
	struct estimate *e = estimate_new();
	struct estimate_sums sums[ESTIMATE_POLICIES];

	(void)state;
	add(e, 0, 1, 1);
	add(e, 10, 1, 1);
	add(e, 5000, 1, 1);
	add(e, 5020, 1, 1);
	estimate_sum(e, 0, sums);
	assert_near(sums[ESTIMATE_RECORDED].node_hours, 30 / 3600.0);
	estimate_free(&e);
}

static void test_delay(void **state)
{
	struct rt_instance one = { .status = RT_NODE_RAY_RUNNING,
				   .since_ms = 9000 };
	struct rt_instance *at[] = { &one };
	const struct rt_instances table = { .len = 1, .at = at };
	struct estimate *e = estimate_new();

	(void)state;
	assert_near(estimate_delay_s(e, 60), 60);
	for (one.asked_ms = 1000; one.asked_ms <= 7000; one.asked_ms += 3000)
		estimate_watch(e, &table, 9000);
	estimate_watch(e, &table, 9500); /* it came before */
	assert_near(estimate_delay_s(e, 60), 5);
	estimate_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_delay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
