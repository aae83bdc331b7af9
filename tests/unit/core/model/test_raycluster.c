/* SPDX-License-Identifier: Apache-2.0 */
/* test_raycluster.c - one manifest per rule of what a group offers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/model/raycluster.h"
#include "core/model/res.h"

#define POD(resources)                                                         \
	"\"template\":{\"spec\":{\"containers\":[{\"resources\":" resources    \
	"}]}}"
#define HEAD                                                                   \
	"\"headGroupSpec\":{\"rayStartParams\":{\"num-cpus\":\"0\"}," POD(     \
		"{\"limits\":{\"cpu\":\"2\"}}") "}"
#define CLUSTER(groups)                                                        \
	"{\"kind\":\"RayCluster\",\"metadata\":{\"name\":\"rc\"},"             \
	"\"spec\":{" HEAD ",\"workerGroupSpecs\":[" groups "]}}"
#define GROUP(name, more, resources)                                           \
	"{\"groupName\":\"" name "\"," more POD(resources) "}"
#define ONE_CPU "{\"limits\":{\"cpu\":1}}"

struct world {
	struct rt_names *names;
	struct rt_arena *arena;
	struct rt_raycluster cluster;
	struct rt_error err;
};

static int setup(void **state)
{
	static struct world w;

	w = (struct world){ .names = rt_names_new(), .arena = rt_arena_new() };
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	rt_names_free(&w->names);
	rt_arena_free(&w->arena);
	return 0;
}

static enum rt_status decode(struct world *w, const char *text)
{
	cJSON *doc;

	assert_int_equal(rt_json_parse(text, strlen(text), &doc, &w->err),
			 RT_OK);
	enum rt_status status = rt_raycluster_decode(doc, w->names, w->arena,
						     &w->cluster, &w->err);
	cJSON_Delete(doc);
	return status;
}

/* The only worker group of a cluster that has no problem. */
static const struct rt_group *decode_one(struct world *w, const char *text)
{
	assert_int_equal(decode(w, text), RT_OK);
	assert_int_equal(w->cluster.problems_len, 0);
	assert_int_equal(w->cluster.groups_len, 2);
	return &w->cluster.groups[1];
}

static int64_t amount(struct world *w, const struct rt_group *g,
		      const char *name)
{
	uint32_t id = rt_name_intern(w->names, name);

	return rt_res_has(g->res, id) ? rt_res_get(g->res, id) / RT_UNITS : -1;
}

static void test_head_comes_first_and_is_no_worker(void **state)
{
	struct world *w = *state;

	assert_int_equal(decode(w, CLUSTER("")), RT_OK);
	assert_int_equal(w->cluster.groups_len, 1);
	const struct rt_group *head = &w->cluster.groups[0];
	assert_string_equal(head->name, "headgroup");
	assert_true(head->is_head);
	assert_int_equal(head->max_nodes, 0);
	assert_int_equal(amount(w, head, "CPU"), 0);
	assert_int_equal(w->cluster.idle_timeout_ms, 60000);
}

/* KubeRay lets a head say nothing of its size. */
static void test_head_need_not_tell_its_cpus(void **state)
{
	struct world *w = *state;

	assert_int_equal(decode(w, "{\"spec\":{\"headGroupSpec\":{}}}"), RT_OK);
	assert_int_equal(w->cluster.problems_len, 0);
	assert_int_equal(w->cluster.groups[0].res.len, 0);
}

static void test_limits_and_bounds(void **state)
{
	struct world *w = *state;
	const struct rt_group *g = decode_one(
		w, CLUSTER("{\"groupName\":\"a\",\"replicas\":2,"
			   "\"minReplicas\":1,\"maxReplicas\":5,"
			   "\"numOfHosts\":2,\"idleTimeoutSeconds\":7,"
			   "\"priority\":3,\"labels\":{\"zone\":\"x\"}," POD(
				   "{\"limits\":{\"cpu\":\"3500m\","
				   "\"memory\":\"1Gi\","
				   "\"nvidia.com/gpu\":\"2\"}}") "}"));

	assert_int_equal(g->min_nodes, 2);
	assert_int_equal(g->max_nodes, 10);
	assert_int_equal(w->cluster.max_workers, 10);
	assert_int_equal(w->cluster.specs[1].replicas, 2);
	assert_int_equal(g->idle_timeout_ms, 7000);
	assert_int_equal(g->priority, 3);
	assert_int_equal(g->labels.len, 1);
	assert_int_equal(amount(w, g, "CPU"), 4);
	assert_int_equal(amount(w, g, "memory"), 1 << 30);
	assert_int_equal(amount(w, g, "GPU"), 2);
}

static void test_requests_when_there_are_no_limits(void **state)
{
	struct world *w = *state;
	const struct rt_group *g = decode_one(
		w,
		CLUSTER("{\"groupName\":\"a\"," POD(
			"{\"requests\":{\"cpu\":2,\"amd.com/gpu\":1}}") "}"));

	assert_int_equal(amount(w, g, "CPU"), 2);
	assert_int_equal(amount(w, g, "GPU"), 1);
	assert_int_equal(amount(w, g, "memory"), -1);
}

static void test_amounts_may_be_numbers(void **state)
{
	struct world *w = *state;
	const struct rt_group *g =
		decode_one(w, CLUSTER("{\"groupName\":\"a\"," POD(
				      "{\"limits\":{\"cpu\":0.5,"
				      "\"memory\":68719476736}}") "}"));

	assert_int_equal(amount(w, g, "CPU"), 1);
	assert_int_equal(amount(w, g, "memory"), (int64_t)1 << 36);
}

static void test_params_win_over_limits(void **state)
{
	struct world *w = *state;
	const struct rt_group *g = decode_one(
		w,
		CLUSTER("{\"groupName\":\"a\",\"rayStartParams\":{"
			"\"num-cpus\":\"7\",\"num-gpus\":\"0\","
			"\"memory\":\"1000\",\"labels\":\"zone=x\","
			"\"resources\":\"\\\"{\\\\\\\"Custom1\\\\\\\": 1}\\\"\""
			"}," POD("{\"limits\":{\"cpu\":\"1\","
				 "\"nvidia.com/gpu\":\"4\"}}") "}"));

	assert_int_equal(amount(w, g, "CPU"), 7);
	assert_int_equal(amount(w, g, "GPU"), 0);
	assert_int_equal(amount(w, g, "memory"), 1000);
	assert_int_equal(amount(w, g, "Custom1"), 1);
	assert_int_equal(g->labels.len, 0);
}

static void test_group_resources_win_over_all(void **state)
{
	struct world *w = *state;
	const struct rt_group *g = decode_one(
		w,
		CLUSTER("{\"groupName\":\"a\",\"resources\":{\"CPU\":\"1500m\","
			"\"lic\":\"2\"},\"rayStartParams\":{\"num-cpus\":\"7\","
			"\"resources\":\"\\\"{\\\\\\\"Custom1\\\\\\\": 1}\\\"\""
			"}," POD("{\"limits\":{\"cpu\":\"1\","
				 "\"memory\":\"2\"}}") "}"));

	assert_int_equal(amount(w, g, "CPU"), 2);
	assert_int_equal(amount(w, g, "lic"), 2);
	assert_int_equal(amount(w, g, "Custom1"), -1);
	assert_int_equal(amount(w, g, "memory"), 2);
}

static void test_tpu_head(void **state)
{
	struct world *w = *state;
	const struct rt_group *g = decode_one(
		w,
		CLUSTER("{\"groupName\":\"a\",\"template\":{\"spec\":{"
			"\"nodeSelector\":{"
			"\"cloud.google.com/gke-tpu-topology\":\"2x2x2\","
			"\"cloud.google.com/gke-tpu-accelerator\":"
			"\"tpu-v4-podslice\"},\"containers\":[{\"resources\":{"
			"\"limits\":{\"cpu\":1,\"google.com/"
			"tpu\":\"4\"}}}]}}}"));

	assert_int_equal(amount(w, g, "TPU"), 4);
	assert_int_equal(amount(w, g, "TPU-v4-16-head"), 1);
}

static void test_suspended_group_holds_nothing(void **state)
{
	struct world *w = *state;
	const struct rt_group *g = decode_one(
		w, CLUSTER("{\"groupName\":\"a\",\"suspend\":true,"
			   "\"minReplicas\":1,\"maxReplicas\":4," POD(
				   "{\"limits\":{\"cpu\":1}}") "}"));

	assert_int_equal(g->min_nodes, 0);
	assert_int_equal(g->max_nodes, 0);
	assert_true(w->cluster.specs[1].suspend);
}

static void test_bad_group_is_left_out_and_named(void **state)
{
	struct world *w = *state;

	/* clang-format off */
	static const char text[] = CLUSTER(
		GROUP("no-cpu", "", "{}") ","
		GROUP("good", "", ONE_CPU) ","
		GROUP("bad", "\"minReplicas\":2,\"maxReplicas\":1,", ONE_CPU) ","
		GROUP("good", "", ONE_CPU));
	/* clang-format on */
	assert_int_equal(decode(w, text), RT_OK);
	assert_int_equal(w->cluster.groups_len, 2);
	assert_string_equal(w->cluster.groups[1].name, "good");
	assert_int_equal(w->cluster.specs[1].index, 1);
	assert_int_equal(w->cluster.problems_len, 3);
	assert_non_null(strstr(w->cluster.problems[0],
			       "spec.workerGroupSpecs[0]: no CPU"));
	assert_non_null(strstr(w->cluster.problems[1], "minReplicas 2"));
	assert_non_null(strstr(w->cluster.problems[2], "twice"));
}

static void test_workers_to_delete(void **state)
{
	struct world *w = *state;

	decode_one(w, CLUSTER("{\"groupName\":\"a\",\"scaleStrategy\":{"
			      "\"workersToDelete\":[\"p1\",\"p2\"]}," POD(
				      "{\"limits\":{\"cpu\":1}}") "}"));
	assert_int_equal(w->cluster.specs[1].to_delete_len, 2);
	assert_string_equal(w->cluster.specs[1].to_delete[1], "p2");
}

static void test_not_a_raycluster(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "[]", "object" },
		{ "{}", "spec is missing" },
		{ "{\"kind\":\"Pod\"}", "kind is Pod" },
		{ "{\"spec\":{}}", "headGroupSpec is missing" },
		{ "{\"spec\":[]}", "spec: is an array, not an object" },
		{ "{\"spec\":{" HEAD ",\"workerGroupSpecs\":7}}",
		  "spec.workerGroupSpecs" },
		{ "{\"spec\":{" HEAD ",\"autoscalerOptions\":"
		  "{\"upscalingMode\":\"Fast\"}}}",
		  "upscalingMode" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(decode(w, cases[i].text), RT_EINPUT);
		assert_non_null(strstr(w->err.text, cases[i].why));
	}
}

/* `more` opens an object; how many members it may have. */
static void check_bounded(struct world *w, const char *more, size_t max)
{
	struct rt_buf text = RT_BUF(1 << 20);

	for (size_t n = max; n <= max + 1; n++) {
		rt_buf_clear(&text);
		rt_buf_addf(&text,
			    "{\"spec\":{" HEAD ",\"workerGroupSpecs\":"
			    "[{\"groupName\":\"a\",%s",
			    more);
		for (size_t i = 0; i < n; i++)
			rt_buf_addf(&text, "%s\"k%zu\":\"1\"", i ? "," : "", i);
		rt_buf_addf(&text, "}," POD(ONE_CPU) "}]}}");
		assert_int_equal(decode(w, text.data), RT_OK);
		assert_int_equal(w->cluster.problems_len, n > max);
	}
	assert_non_null(strstr(w->cluster.problems[0], "10001 entries"));
	rt_buf_free(&text);
}

static void test_maps_are_bounded(void **state)
{
	check_bounded(*state, "\"labels\":{", RT_ENTRIES_MAX);
	check_bounded(*state, "\"resources\":{", RT_ENTRIES_MAX);
}

/* ---- resizes in place ---------------------------------------------------- */

#define SIZED                                                                  \
	"{\"requests\":{\"cpu\":\"500m\",\"memory\":\"1Gi\"},"                 \
	"\"limits\":{\"cpu\":\"1500m\"}}"
#define LIMITS                                                                 \
	"{\"max-cpu\":\"3500m\",\"max-memory\":8589934592,"                    \
	"\"resize-timeout\":30}"

/* A cluster of groups `a` and `b`; `annotation` is JSON without escapes. */
static void decode_resizes(struct world *w, const char *annotation,
			   const char *a, const char *b)
{
	struct rt_buf text = RT_BUF(1 << 20);

	rt_buf_addf(&text,
		    "{\"metadata\":{\"annotations\":{\"ray.io/ippr\":\"");
	for (const char *c = annotation; *c; c++)
		rt_buf_addf(&text, *c == '"' ? "\\\"" : "%c", *c);
	rt_buf_addf(&text,
		    "\"}},\"spec\":{" HEAD ",\"workerGroupSpecs\":["
		    "{\"groupName\":\"a\",%s},{\"groupName\":\"b\",%s}]}}",
		    a, b);
	assert_int_equal(decode(w, text.data), RT_OK);
	assert_int_equal(w->cluster.groups_len, 3);
	rt_buf_free(&text);
}

static void test_resizes(void **state)
{
	struct world *w = *state;

	decode_resizes(w, "{\"groups\":{\"a\":" LIMITS ",\"z\":7}}", POD(SIZED),
		       POD(SIZED));
	assert_int_equal(w->cluster.problems_len, 0);
	const struct rt_group *a = &w->cluster.groups[1];
	const struct rt_group_spec *spec = &w->cluster.specs[1];
	assert_int_equal(a->resize->cpu, 35000);
	assert_int_equal(a->resize->memory, 8589934592 * RT_UNITS);
	assert_int_equal(spec->resize_timeout_s, 30);
	assert_int_equal(spec->start_cpu, 15000);
	assert_int_equal(spec->start_memory, 1073741824LL * RT_UNITS);
	assert_string_equal(rt_name_text(w->names, spec->cpu_name), "CPU");
	assert_string_equal(rt_name_text(w->names, spec->memory_name),
			    "memory");
	assert_null(w->cluster.groups[0].resize);
	assert_null(w->cluster.groups[2].resize);
	decode_resizes(w, "", POD(SIZED), POD(SIZED));
	assert_null(w->cluster.groups[1].resize);
	assert_int_equal(w->cluster.problems_len, 0);
}

/* Each leaves the group without resizes, and nothing else undone. */
static void test_resizes_that_cannot_be(void **state)
{
#define POLICY(restart)                                                             \
	"\"template\":{\"spec\":{\"containers\":[{\"resources\":" SIZED             \
	",\"resizePolicy\":[{\"resourceName\":\"cpu\",\"restartPolicy\":\"" restart \
	"\"}]}]}}"
	static const struct {
		const char *limits, *group, *why;
	} cases[] = {
		{ "{\"max-cpu\":1}", POD(SIZED), "max-memory is missing" },
		{ "{\"max-cpu\":1,\"max-memory\":1}", POD(SIZED),
		  "resize-timeout is missing" },
		{ "7", POD(SIZED), "groups.a" },
		{ "{\"max-cpu\":\"many\"}", POD(SIZED), "max-cpu" },
		{ "{\"max-cpu\":-1}", POD(SIZED), "max-cpu" },
		{ LIMITS, POD(ONE_CPU), "requests.cpu" },
		{ LIMITS, POD("{\"requests\":{\"cpu\":1}}"),
		  "requests.memory" },
		{ LIMITS, "\"rayStartParams\":{\"num-cpus\":\"1\"}," POD(SIZED),
		  "without num-cpus" },
		{ LIMITS, POLICY("RestartContainer"), "NotRequired" },
		{ LIMITS, POLICY("NotRequired"), NULL },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rt_buf text = RT_BUF(4096);
		const char *why = cases[i].why;
		rt_buf_addf(&text, "{\"groups\":{\"a\":%s,\"b\":" LIMITS "}}",
			    cases[i].limits);
		decode_resizes(w, text.data, cases[i].group, POD(SIZED));
		rt_buf_free(&text);
		assert_int_equal(w->cluster.problems_len, why != NULL);
		if (why && !strstr(w->cluster.problems[0], why))
			fail_msg("%s", w->cluster.problems[0]);
		assert_int_equal(!w->cluster.groups[1].resize, why != NULL);
		assert_non_null(w->cluster.groups[2].resize);
	}
	decode_resizes(w, "{", POD(SIZED), POD(SIZED));
	assert_int_equal(w->cluster.problems_len, 1);
	assert_non_null(strstr(w->cluster.problems[0], "ray.io/ippr"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_head_comes_first_and_is_no_worker),
		TEST(test_head_need_not_tell_its_cpus),
		TEST(test_limits_and_bounds),
		TEST(test_requests_when_there_are_no_limits),
		TEST(test_amounts_may_be_numbers),
		TEST(test_params_win_over_limits),
		TEST(test_group_resources_win_over_all),
		TEST(test_tpu_head),
		TEST(test_suspended_group_holds_nothing),
		TEST(test_bad_group_is_left_out_and_named),
		TEST(test_workers_to_delete),
		TEST(test_maps_are_bounded),
		TEST(test_resizes),
		TEST(test_resizes_that_cannot_be),
		TEST(test_not_a_raycluster),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
