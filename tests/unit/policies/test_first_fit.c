/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_first_fit.c - small snapshots by hand, and a host that only writes down
 * what the policy asks for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <raytide/policy.h>

extern const struct rt_policy_ops rt_policy_first_fit;

enum { CPU, MEMORY, GPU, NAMES };
enum { HEAD, SMALL, LARGE, GROUPS };
#define NODES_MAX 16
#define TASKS_MAX 16
#define BLOCKS_MAX 300000

static struct {
	int64_t launched[GROUPS];
	uint32_t removed_len;
	struct rt_removal removed[NODES_MAX];
	int64_t left[TASKS_MAX];
	int64_t until_ms;
	enum rt_reason stays[NODES_MAX]; /* 0: nothing was said */
	size_t blocks_len;
	void *blocks[BLOCKS_MAX];
} seen;

static void *note_alloc(struct rt_arena *arena, size_t size)
{
	(void)arena;
	assert_true(seen.blocks_len < BLOCKS_MAX);
	return seen.blocks[seen.blocks_len++] = calloc(1, size + 1);
}

static void note_launch(struct rt_plan *plan, uint32_t group, int64_t count,
			struct rt_why why)
{
	(void)plan;
	assert_int_equal(why.code, RT_WHY_DEMAND);
	seen.launched[group] += count;
}

static void note_remove(struct rt_plan *plan, struct rt_removal removal,
			struct rt_why why)
{
	(void)plan;
	assert_int_equal(why.code, RT_WHY_IDLE);
	assert_int_equal(removal.cause, RT_CAUSE_IDLE);
	seen.removed[seen.removed_len++] = removal;
}

static void note_infeasible(struct rt_plan *plan, uint32_t i, int64_t count,
			    struct rt_why why)
{
	(void)plan;
	assert_int_equal(why.code, RT_WHY_NO_ROOM);
	seen.left[i] = count;
}

static void note_until(struct rt_plan *plan, int64_t until_ms)
{
	(void)plan;
	seen.until_ms = until_ms;
}

static void note_stay(struct rt_plan *plan, uint32_t node, struct rt_why why)
{
	(void)plan;
	assert_true(node < NODES_MAX);
	seen.stays[node] = why.code;
}

static const struct rt_host host = {
	.abi = RT_POLICY_ABI,
	.size = sizeof host,
	.alloc = note_alloc,
	.launch = note_launch,
	.remove = note_remove,
	.infeasible_task = note_infeasible,
	.until = note_until,
	.stay = note_stay,
};

static const char *const texts[NAMES] = { "CPU", "memory", "GPU" };
static const uint32_t ranks[NAMES] = { 0, 2, 1 };
static const struct rt_amount no_cpu[] = { { MEMORY, 80000 } };
static const struct rt_amount cpu1[] = { { CPU, 10000 } };
static const struct rt_amount cpu2[] = { { CPU, 20000 } };
static const struct rt_amount cpu3[] = { { CPU, 30000 } };
static const struct rt_amount cpu4[] = { { CPU, 40000 } };
static const struct rt_amount cpu8[] = { { CPU, 80000 } };
static const struct rt_amount gpu1[] = { { CPU, 10000 }, { GPU, 10000 } };
static const struct rt_amount large[] = { { CPU, 80000 }, { GPU, 20000 } };
#define RES(amounts)                                                           \
	((struct rt_res){ sizeof(amounts) / sizeof *(amounts), amounts })
#define NOTHING ((struct rt_res){ 0 })

static struct rt_group groups[GROUPS];
static struct rt_node nodes[NODES_MAX];
static struct rt_request tasks[TASKS_MAX];
static struct rt_snapshot snapshot;

/* A head without CPUs, up to 4 small workers of 4 CPUs, up to 2 large ones of
 * 8 CPUs and 2 GPUs. */
static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof seen);
	groups[HEAD] = (struct rt_group){ .is_head = true, .res = RES(no_cpu) };
	groups[SMALL] = (struct rt_group){ .res = RES(cpu4), .max_nodes = 4 };
	groups[LARGE] = (struct rt_group){ .res = RES(large), .max_nodes = 2 };
	groups[SMALL].idle_timeout_ms = groups[LARGE].idle_timeout_ms = RT_NONE;
	snapshot = (struct rt_snapshot){
		.names = { NAMES, texts, ranks },
		.max_workers = RT_NONE,
		.idle_timeout_ms = 60000,
		.groups_len = GROUPS,
		.groups = groups,
		.nodes = nodes,
		.demand = { .tasks = tasks },
	};
	nodes[snapshot.nodes_len++] = (struct rt_node){
		.group = HEAD,
		.is_head = true,
		.status = RT_NODE_RAY_RUNNING,
		.known = true,
		.total = groups[HEAD].res,
		.available = groups[HEAD].res,
		.idle_ms = 999999,
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < seen.blocks_len; i++)
		free(seen.blocks[i]);
	return 0;
}

static struct rt_node *add_running(uint32_t group, struct rt_res available,
				   int64_t idle_ms)
{
	struct rt_node *node = &nodes[snapshot.nodes_len++];

	*node = (struct rt_node){
		.group = group,
		.status = RT_NODE_RAY_RUNNING,
		.known = true,
		.total = groups[group].res,
		.available = available,
		.idle_ms = idle_ms,
	};
	return node;
}

static void add_pending(uint32_t group, enum rt_node_status status)
{
	nodes[snapshot.nodes_len++] =
		(struct rt_node){ .group = group, .status = status };
}

static void add_tasks(struct rt_res res, int64_t count)
{
	tasks[snapshot.demand.tasks_len++] =
		(struct rt_request){ .count = count, .res = res };
}

static void decide(void)
{
	struct rt_ctx ctx = { .host = &host };
	struct rt_plan plan = { .snapshot = &snapshot };

	assert_int_equal(
		rt_policy_first_fit.decide(&ctx, &snapshot, &plan, NULL),
		RT_OK);
}

static void test_nothing_to_do(void **state)
{
	(void)state;
	add_running(SMALL, RES(cpu4), 59999);
	decide();
	assert_int_equal(seen.launched[SMALL] + seen.launched[LARGE], 0);
	assert_int_equal(seen.removed_len, 0);
}

static void test_opens_only_what_is_needed(void **state)
{
	(void)state;
	add_running(SMALL, RES(cpu1), 0);
	add_running(SMALL, NOTHING, 0);
	add_pending(SMALL, RT_NODE_ALLOCATED);
	add_tasks(RES(cpu1), 6); /* 1 on the first, 4 on its way, 1 new */
	decide();
	assert_int_equal(seen.launched[SMALL], 1);
	assert_int_equal(seen.left[0], 0);
}

static void test_opens_no_endless_number(void **state)
{
	(void)state;
	groups[SMALL].max_nodes = INT64_MAX;
	add_tasks(RES(cpu4), 250000);
	decide();
	assert_int_equal(seen.launched[SMALL], 200000);
	assert_int_equal(seen.left[0], 50000);
}

/* 3 + 2 + 1 need two nodes: the 1 goes back to the first. */
static void test_first_fit_looks_back(void **state)
{
	(void)state;
	add_tasks(RES(cpu3), 1);
	add_tasks(RES(cpu2), 1);
	add_tasks(RES(cpu1), 1);
	add_tasks(RES(cpu2), 1);
	decide();
	assert_int_equal(seen.launched[SMALL], 2);
}

static void test_running_before_pending(void **state)
{
	(void)state;
	add_pending(SMALL, RT_NODE_QUEUED);
	add_running(SMALL, RES(cpu2), 0);
	add_tasks(RES(cpu2), 1);
	add_tasks(RES(cpu4), 1);
	decide();
	assert_int_equal(seen.launched[SMALL], 0);
}

static void test_first_group_that_fits(void **state)
{
	(void)state;
	add_tasks(RES(gpu1), 3);
	add_tasks(RES(cpu8), 1);
	add_tasks(RES(cpu4), 1);
	decide();
	assert_int_equal(seen.launched[LARGE], 2);
	assert_int_equal(seen.left[0], 0);
	assert_int_equal(seen.left[1], 1);         /* no third large one */
	assert_int_equal(seen.launched[SMALL], 0); /* room on a large one */
}

static void test_maxima(void **state)
{
	(void)state;
	add_tasks(RES(cpu4), 20);
	decide();
	assert_int_equal(seen.launched[SMALL], 4);
	assert_int_equal(seen.launched[LARGE], 2);
	assert_int_equal(seen.left[0], 20 - 4 - 2 * 2);
}

static void test_cluster_maximum(void **state)
{
	(void)state;
	snapshot.max_workers = 3;
	add_running(SMALL, NOTHING, 0);
	add_tasks(RES(cpu4), 20);
	decide();
	assert_int_equal(seen.launched[SMALL], 2);
	assert_int_equal(seen.launched[LARGE], 0);
}

static void test_head(void **state)
{
	(void)state;
	add_tasks(NOTHING, 5); /* a head without CPUs takes not even these */
	decide();
	assert_int_equal(seen.launched[SMALL], 1);
	memset(seen.launched, 0, sizeof seen.launched);
	nodes[0].total = RES(cpu2);
	nodes[0].available = RES(cpu2);
	add_tasks(RES(cpu2), 1);
	decide();
	assert_int_equal(seen.launched[SMALL], 0);
}

static void test_longest_idle_goes_first(void **state)
{
	(void)state;
	groups[SMALL].min_nodes = 1;
	add_running(SMALL, RES(cpu4), 60000);
	add_running(SMALL, RES(cpu4), 70000);
	add_running(SMALL, RES(cpu4), 60000);
	add_running(SMALL, RES(cpu1), 0);
	decide();
	assert_int_equal(seen.removed_len, 3);
	assert_int_equal(seen.removed[0].node, 2);
	assert_int_equal(seen.removed[0].idle_ms, 70000);
	assert_int_equal(seen.removed[1].node, 3); /* the newest of equals */
	assert_int_equal(seen.removed[2].node, 1);
}

static void test_minimum_is_kept(void **state)
{
	(void)state;
	groups[SMALL].min_nodes = 2;
	add_running(SMALL, RES(cpu4), 90000);
	add_running(SMALL, RES(cpu4), 80000);
	add_pending(SMALL,
		    RT_NODE_REQUESTED); /* counts among those that stay */
	decide();
	assert_int_equal(seen.removed_len, 1);
	assert_int_equal(seen.removed[0].node, 1);
}

static void test_what_does_not_go(void **state)
{
	(void)state;
	add_running(SMALL, RES(cpu4), 90000)->ray_status = RT_RAY_DRAINING;
	add_running(SMALL, RES(cpu4), 90000)->status = RT_NODE_RAY_STOPPING;
	add_running(SMALL, RES(cpu4), 90000)->group = RT_NO_GROUP;
	add_running(LARGE, RES(large), 90000);
	groups[LARGE].idle_timeout_ms = 90001;
	decide();
	assert_int_equal(seen.removed_len, 0);
	snapshot.idle_timeout_ms = RT_NONE; /* never */
	add_running(SMALL, RES(cpu4), 90000);
	decide();
	assert_int_equal(seen.removed_len, 0);
}

/* The next to go is the second: the first is busy, the third keeps the minimum
 * of its group. */
static void test_stands_until_the_next_goes(void **state)
{
	(void)state;
	snapshot.now_ms = 1000000;
	groups[SMALL].min_nodes = groups[LARGE].min_nodes = 1;
	add_running(SMALL, RES(cpu1), 0);
	add_running(SMALL, RES(cpu4), 20000);
	add_running(LARGE, RES(large), 30000);
	decide();
	assert_int_equal(seen.until_ms, 1040000);
	nodes[2].idle_ms = 0;
	decide();
	assert_int_equal(seen.until_ms, INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_nothing_to_do),
		TEST(test_opens_only_what_is_needed),
		TEST(test_opens_no_endless_number),
		TEST(test_first_fit_looks_back),
		TEST(test_running_before_pending),
		TEST(test_first_group_that_fits),
		TEST(test_maxima),
		TEST(test_cluster_maximum),
		TEST(test_head),
		TEST(test_longest_idle_goes_first),
		TEST(test_minimum_is_kept),
		TEST(test_what_does_not_go),
		TEST(test_stands_until_the_next_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
