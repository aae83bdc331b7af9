/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_metrics.c - what stands on the page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "autoscaler/metrics.h"
#include <raytide/limits.h>

#include "core/base/arena.h"

struct world {
	struct metrics *metrics;
	struct rt_buf page;
};

static int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof *w);
	w->metrics = metrics_open();
	w->page.max = 1 << 20;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	metrics_close(&w->metrics);
	metrics_close(&w->metrics);
	rt_buf_free(&w->page);
	test_free(w);
	return 0;
}

static bool has(struct world *w, const char *lines)
{
	rt_buf_clear(&w->page);
	metrics_write(w->metrics, &w->page);
	return strstr(w->page.data, lines);
}

static void test_counters(void **state)
{
	struct world *w = *state;
	struct metrics *m = w->metrics;
	assert_true(has(w, "# HELP raytide_rounds_total Rounds that have "
			   "ended.\n# TYPE raytide_rounds_total counter\n"
			   "raytide_rounds_total{SessionName=\"\"} 0\n"));
	metrics_add(m, METRIC_ROUNDS, 2, NULL, NULL);
	metrics_add(m, METRIC_ROUNDS, 1, NULL, NULL);
	metrics_set_session(m, "session_1");
	assert_true(
		has(w, "raytide_rounds_total{SessionName=\"session_1\"} 3\n"));
	metrics_add(m, METRIC_KUBE_REQUESTS, 1, "LIST pods", "200");
	metrics_add(m, METRIC_KUBE_REQUESTS, 1, "LIST pods", "403");
	metrics_add(m, METRIC_KUBE_REQUESTS, 4, "LIST pods", "200");
	assert_true(has(w, " counter\n"
			   "raytide_kube_requests_total{call=\"LIST pods\","
			   "code=\"200\",SessionName=\"session_1\"} 5\n"
			   "raytide_kube_requests_total{call=\"LIST pods\","
			   "code=\"403\",SessionName=\"session_1\"} 1\n# "));
}

static void test_gauges(void **state)
{
	struct world *w = *state;
	struct metrics *m = w->metrics;
	metrics_set(m, METRIC_RUNNING_WORKERS, 4, NULL, NULL);
	metrics_set(m, METRIC_RUNNING_WORKERS, 3, NULL, NULL);
	assert_true(
		has(w, "\nautoscaler_running_workers{SessionName=\"\"} 3\n"));
	metrics_append(m, METRIC_CLUSTER_RESOURCES, 0.5, "CPU", NULL);
	metrics_append(m, METRIC_CLUSTER_RESOURCES, 1e13, "memory", NULL);
	assert_true(has(w, "autoscaler_cluster_resources{resource=\"CPU\","
			   "SessionName=\"\"} 0.5\n"));
	assert_true(has(w, "resource=\"memory\",SessionName=\"\"} "
			   "10000000000000\n"));
	metrics_clear(m, METRIC_CLUSTER_RESOURCES);
	assert_true(has(w, "# TYPE autoscaler_cluster_resources gauge\n# "));
}

static void test_histograms(void **state)
{
	static const char *const buckets[][2] = {
		{ "0.0001", "0" }, { "0.001", "0" }, { "0.01", "0" },
		{ "0.1", "1" },    { "1", "2" },     { "10", "2" },
		{ "100", "2" },    { "1000", "2" },  { "+Inf", "3" },
	};
	struct world *w = *state;
	struct rt_buf want = RT_BUF(4096);
	metrics_observe(w->metrics, METRIC_UPDATE_TIME, 0.1);
	metrics_observe(w->metrics, METRIC_UPDATE_TIME, 0.25);
	metrics_observe(w->metrics, METRIC_UPDATE_TIME, 5000);
#define NAME "autoscaler_update_time_seconds"
	rt_buf_addf(&want, "# TYPE " NAME " histogram\n");
	for (size_t i = 0; i < sizeof buckets / sizeof *buckets; i++)
		rt_buf_addf(&want,
			    NAME "_bucket{le=\"%s\",SessionName=\"\"} %s\n",
			    buckets[i][0], buckets[i][1]);
	rt_buf_addf(&want, NAME "_sum{SessionName=\"\"} 5000.35\n" NAME
				"_count{SessionName=\"\"} 3\n");
	assert_true(has(w, want.data));
	rt_buf_free(&want);
}

/* Launches take longer than rounds. */
static void test_long_histograms(void **state)
{
	struct world *w = *state;
	metrics_observe(w->metrics, METRIC_CREATE_TIME, 7);
	metrics_observe(w->metrics, METRIC_CREATE_TIME, 3000);
#define LONG "autoscaler_worker_create_node_time_seconds"
#define LABEL(le) LONG "_bucket{le=\"" le "\",SessionName=\"\"} "
	assert_true(has(w, "# TYPE " LONG " histogram\n" LABEL("0.1") "0\n"));
	assert_true(has(w, LABEL("5") "0\n" LABEL("10") "1\n"));
	assert_true(has(w, LABEL("1800") "1\n" LABEL("+Inf") "2\n"));
}

/* A name of another's making does not break the page. */
static void test_labels(void **state)
{
	static const struct {
		const char *value, *text;
	} cases[] = {
		{ "", "" },
		{ "a\"b\\c", "a\\\"b\\\\c" },
		{ "two\nlines", "two?lines" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "no \xff UTF-8 \xc3", "no ? UTF-8 ?" },
	};
	struct world *w = *state;
	struct rt_arena *arena = rt_arena_new();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		metrics_add(w->metrics, METRIC_HOLDS, 1, cases[i].value, NULL);
		metrics_set_session(w->metrics, cases[i].value);
		assert_true(
			has(w, rt_arena_printf(arena,
					       "{reason=\"%s\","
					       "SessionName=\"%s\"} 1\n",
					       cases[i].text, cases[i].text)));
	}
	rt_arena_free(&arena);
}

/* The longest name, and each of its bytes escaped; what is longer is cut. */
static void test_long_labels(void **state)
{
	struct world *w = *state;
	char name[RT_NAME_MAX + 2000], *end;
	for (size_t len = RT_NAME_MAX; len < sizeof name; len += 1000) {
		memset(name, '"', len);
		name[len] = '\0';
		metrics_clear(w->metrics, METRIC_GCS_CALLS);
		metrics_append(w->metrics, METRIC_GCS_CALLS, 1, name, name);
		metrics_set_session(w->metrics, name);
		assert_true(
			has(w, "raytide_gcs_calls_total{method=\"\\\"\\\""));
		end = strstr(w->page.data, "\\\"\",code=\"\\\"\\\"");
		assert_non_null(end);
		assert_non_null(strstr(end, "\\\"\",SessionName=\"\\\"\\\""));
		assert_non_null(strstr(end, "\\\"\"} 1\n# "));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_counters),   TEST(test_gauges),
		TEST(test_histograms), TEST(test_long_histograms),
		TEST(test_labels),     TEST(test_long_labels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
