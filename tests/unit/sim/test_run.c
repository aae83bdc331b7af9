/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_run.c - whole runs of a few tasks: how drains, start-up costs, rejected
 * and stuck tasks and the end of a run go.  The policy is a tiny one that a
 * test sets up; first-fit is checked against the reference elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/error.h"
#include "core/base/param.h"
#include "sim/sim.h"
#include "traces/format.h"

#define TASKS_MAX 8

/* Launches one node when tasks wait and no worker is there or on its way. */
static struct {
	bool launches;
	bool removes;     /* nodes that are idle for the cluster's timeout */
	int64_t evict_ms; /* from then on all nodes are too many; 0: never */
	bool fails;
} will;

static void remove_nodes(const struct rt_ctx *ctx, const struct rt_snapshot *s,
			 struct rt_plan *plan)
{
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		struct rt_removal removal = { .node = i,
					      .cause = RT_CAUSE_IDLE,
					      .idle_ms = node->idle_ms };
		bool evict = will.evict_ms && s->now_ms >= will.evict_ms;
		if (node->is_head || node->status != RT_NODE_RAY_RUNNING)
			continue;
		if (evict)
			removal.cause = RT_CAUSE_MAX_NUM_NODES;
		if (evict ||
		    (will.removes && node->idle_ms >= s->idle_timeout_ms))
			rt_remove(ctx, plan, removal, RT_WHY(IDLE));
	}
}

static enum rt_status decide(const struct rt_ctx *ctx,
			     const struct rt_snapshot *s, struct rt_plan *plan,
			     struct rt_error *err)
{
	uint32_t workers = 0;

	if (will.fails)
		return rt_fail(err, RT_EINPUT, "no mood");
	for (uint32_t i = 0; i < s->nodes_len; i++)
		workers += !s->nodes[i].is_head;
	if (will.launches && workers == 0 && s->demand.tasks_len)
		rt_launch(ctx, plan, 1, 1, RT_WHY(DEMAND));
	remove_nodes(ctx, s, plan);
	return RT_OK;
}

static const struct rt_param no_params[] = { { .name = NULL } };
static const struct rt_policy_ops policy = {
	.abi = RT_POLICY_ABI,
	.size = sizeof policy,
	.name = "test",
	.flags = RT_PACKS,
	.params = no_params,
	.decide = decide,
};
static const struct rt_chain chain = { .len = 1,
				       .stages = { { .ops = &policy } } };

static struct trace trace;
static struct trace_facts facts;
static struct trace_job tasks[TASKS_MAX], *jobs[TASKS_MAX];
static struct trace_ask asks[TASKS_MAX];
static struct rt_amount cpus[TASKS_MAX];
static struct trace_shape shapes[TASKS_MAX];
static struct sim_conf conf;
static struct sim_result *result;
static struct rt_error err;
static cJSON *manifest;

static void set_cluster(int replicas, int low, int high, const char *head_cpus)
{
	char text[1024];

	snprintf(text, sizeof text,
		 "{\"kind\":\"RayCluster\",\"spec\":{\"headGroupSpec\":{"
		 "\"rayStartParams\":{\"num-cpus\":\"%s\"}},"
		 "\"workerGroupSpecs\":[{\"groupName\":\"w\",\"replicas\":%d,"
		 "\"minReplicas\":%d,\"maxReplicas\":%d,"
		 "\"rayStartParams\":{\"num-cpus\":\"2\"}}]}}",
		 head_cpus, replicas, low, high);
	cJSON_Delete(manifest);
	conf.manifest = manifest = cJSON_Parse(text);
	assert_non_null(manifest);
}

static int setup(void **state)
{
	(void)state;
	memset(&will, 0, sizeof will);
	err = (struct rt_error){ 0 };
	facts = (struct trace_facts){
		.names = rt_names_new(),
		.shapes = shapes,
	};
	facts.cpu = rt_name_intern(facts.names, "CPU");
	trace = (struct trace){ .facts = &facts, .jobs = jobs };
	conf = (struct sim_conf){ .trace = &trace, .chain = &chain, .seed = 1 };
	rt_params_default(sim_params, &conf.settings);
	rt_params_default(sim_group_params, &conf.all_groups);
	conf.settings.observe = SIM_OBSERVE_EXACT;
	rt_param_set(rt_param_find(sim_params, "placement"), &conf.settings,
		     "first-fit", &err);
	rt_params_default(rt_controller_params, &conf.controller);
	set_cluster(0, 0, 3, "0");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rt_names_free(&facts.names);
	sim_result_free(&result);
	cJSON_Delete(manifest);
	manifest = NULL;
	return 0;
}

static void add_task(double submit_s, double duration_s, int64_t cpu)
{
	uint32_t i = trace.jobs_len++;

	cpus[i] = (struct rt_amount){ facts.cpu, cpu * RT_UNITS };
	shapes[i] = (struct trace_shape){ .res = { 1, &cpus[i] } };
	facts.shapes_len = trace.jobs_len;
	asks[i] = (struct trace_ask){ i, 1 };
	tasks[i] = trace_job_plain(submit_s, duration_s, &asks[i]);
	jobs[i] = &tasks[i];
}

static enum rt_status try(void)
{
	struct sim *sim;
	enum rt_status status = sim_new(&sim, &conf, &err);

	sim_result_free(&result);
	if (!status)
		status = sim_run(sim, &result, &err);
	sim_free(&sim);
	return status;
}

static void run(void)
{
	if (try())
		fail_msg("%s", err.text);
}

static void ran(uint32_t i, double start_s, double run_s, uint32_t node)
{
	assert_int_equal(result->jobs[i].fate, SIM_DONE);
	assert_true(result->jobs[i].start_s == start_s);
	assert_true(result->jobs[i].run_s == run_s);
	assert_int_equal(result->jobs[i].node, node);
}

static void test_costs_of_tasks(void **state)
{
	(void)state;
	set_cluster(1, 1, 1, "0");
	conf.settings.task_overhead_s = 1;
	conf.settings.worker_start_s = 5;
	add_task(0, 10, 1);
	add_task(0, 10, 1);
	add_task(0, 10, 1);
	run();
	ran(0, 0, 16, 0);
	ran(1, 0, 16, 0);
	ran(2, 16, 11, 0); /* a worker is there already */
	assert_true(result->figures.makespan_s == 27);
	assert_true(result->figures.up_s == 27 &&
		    result->figures.billed_s == 27);
}

static void test_the_head_works(void **state)
{
	(void)state;
	set_cluster(1, 1, 1, "1");
	add_task(0, 10, 1);
	add_task(0, 10, 1);
	add_task(0, 10, 2);
	run();
	ran(0, 0, 10, SIM_HEAD);
	ran(1, 0, 10, 0);
	ran(2, 10, 10, 0);
	assert_true(result->figures.up_s == 20);
	assert_int_equal(result->figures.peak_nodes, 1);
}

/* Launched at 0, up at 60, busy to 70, idle for 60 s at 130: drained until 137,
 * seen dead and deleted at 140. */
static void test_drain_takes_time(void **state)
{
	(void)state;
	will.launches = will.removes = true;
	conf.settings.drain_s = 7;
	add_task(0, 10, 1);
	run();
	ran(0, 60, 10, 0);
	assert_true(result->figures.up_s == 10 &&
		    result->figures.billed_s == 70);
	assert_int_equal(result->figures.launches, 1);
	assert_int_equal(result->figures.terminations, 1);
	assert_int_equal(result->figures.rounds, 140 / 5 + 1);
	/* arrival, ready, completion, drained, gone */
	assert_int_equal(result->figures.events, 5);
}

static void test_drain_at_once(void **state)
{
	(void)state;
	will.launches = will.removes = true;
	add_task(0, 10, 1);
	add_task(131, 10, 1); /* the first node went at 130 */
	run();
	ran(1, 195, 10, 1);
	assert_true(result->figures.billed_s == 130 + 70);
	assert_int_equal(result->figures.peak_nodes, 1);
}

/* A node that must go for another cause than being idle ends its work first and
 * takes no more. */
static void test_eviction(void **state)
{
	(void)state;
	will.launches = true;
	will.evict_ms = 75000;
	add_task(0, 30, 1); /* 60 to 90 */
	add_task(80, 10, 1);
	run();
	ran(0, 60, 30, 0);
	ran(1, 95 + 60, 10, 1); /* launched when the first was gone */
	assert_int_equal(result->figures.terminations, 2);
}

static void test_too_large_is_rejected(void **state)
{
	(void)state;
	set_cluster(1, 1, 1, "0");
	add_task(0, 10, 1);
	add_task(1, 10, 3);
	run();
	assert_int_equal(result->figures.accepted, 1);
	assert_int_equal(result->figures.rejected, 1);
	assert_int_equal(result->jobs[1].fate, SIM_REJECTED);
	assert_true(result->figures.makespan_s == 10);
}

/* Nobody launches: after idle timeout, provisioning and ten rounds it is clear
 * that the task will not start. */
static void test_stuck(void **state)
{
	(void)state;
	add_task(3, 10, 1);
	run();
	assert_int_equal(result->figures.accepted, 1);
	assert_int_equal(result->figures.unfinished, 1);
	assert_int_equal(result->figures.done, 0);
	assert_int_equal(result->figures.rounds,
			 (3 + 60 + 60 + 50 + 2) / 5 + 1);
}

static void test_nodes_that_are_kept(void **state)
{
	(void)state;
	will.launches = true;
	add_task(0, 10, 1); /* 60 to 70 */
	run();
	assert_int_equal(result->figures.terminations, 0);
	assert_int_equal(result->figures.rounds, (70 + 60 + 60 + 50) / 5 + 1);
	conf.settings.cooldown_s = 20;
	run();
	assert_int_equal(result->figures.rounds, (70 + 20) / 5 + 1);
	assert_true(result->figures.billed_s == 70);
}

/* As KubeRay, which makes up for replicas outside the bounds. */
static void test_nodes_at_the_start(void **state)
{
	(void)state;
	add_task(0, 10, 1);
	set_cluster(0, 2, 3, "0");
	run();
	assert_int_equal(result->figures.peak_nodes, 2);
	set_cluster(9, 0, 3, "0");
	run();
	assert_int_equal(result->figures.peak_nodes, 3);
	assert_int_equal(result->figures.launches, 0);
}

static void test_seeds(void **state)
{
	(void)state;
	will.launches = true;
	conf.settings.provisioning_cv = 0.5;
	add_task(0, 10, 1);
	run();
	double first = result->jobs[0].start_s;
	run();
	assert_true(result->jobs[0].start_s == first);
	conf.seed = 2;
	run();
	assert_true(result->jobs[0].start_s != first);
}

static void test_what_cannot_run(void **state)
{
	(void)state;
	add_task(0, 10, 1);
	will.fails = true;
	assert_int_equal(try(), RT_EINPUT);
	assert_string_equal(err.text, "round at 0 s: policy test: no mood");
	cJSON *group = cJSON_GetArrayItem(
		cJSON_GetObjectItem(cJSON_GetObjectItem(manifest, "spec"),
				    "workerGroupSpecs"),
		0);
	cJSON_DeleteItemFromObject(group, "groupName");
	assert_int_equal(try(), RT_EINPUT);
	assert_non_null(strstr(err.text, "spec.workerGroupSpecs[0]"));
	set_cluster(1000000, 0, 1000000, "0");
	assert_int_equal(try(), RT_ELIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_costs_of_tasks),
		TEST(test_the_head_works),
		TEST(test_drain_takes_time),
		TEST(test_drain_at_once),
		TEST(test_eviction),
		TEST(test_too_large_is_rejected),
		TEST(test_stuck),
		TEST(test_nodes_that_are_kept),
		TEST(test_nodes_at_the_start),
		TEST(test_seeds),
		TEST(test_what_cannot_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
