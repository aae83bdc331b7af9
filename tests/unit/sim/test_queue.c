/* SPDX-License-Identifier: Apache-2.0 */
/* test_queue.c - the queue against a plain list of the same tasks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/queue.h"

#define SHAPES 4
#define TASKS 5000

static struct sim_shape shapes[SHAPES];
static struct rt_amount amounts[SHAPES]; /* tells requests apart */
static struct sim_queue queue;
static struct rt_arena *arena;
/* The plain list: numbers of tasks, and the shape of each. */
static uint32_t list[TASKS], list_len, shape_of[TASKS];

static int setup(void **state)
{
	(void)state;
	memset(shapes, 0, sizeof shapes);
	list_len = 0;
	for (uint32_t i = 0; i < SHAPES; i++)
		shapes[i].res = (struct rt_res){ 1, &amounts[i] };
	sim_queue_init(&queue, shapes, SHAPES, TASKS);
	arena = rt_arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sim_queue_free(&queue);
	rt_arena_free(&arena);
	return 0;
}

static void join(uint32_t task, uint32_t shape)
{
	shape_of[task] = shape;
	list[list_len++] = task;
	sim_queue_join(&queue, task, &shapes[shape]);
}

static void leave(uint32_t shape)
{
	uint32_t i = 0;

	while (shape_of[list[i]] != shape)
		i++;
	assert_int_equal(sim_queue_leave(&queue, &shapes[shape]), list[i]);
	memmove(&list[i], &list[i + 1], (--list_len - i) * sizeof *list);
}

/* Each shape once, with all of its tasks. */
static void check_counts(void)
{
	uint32_t len, left = list_len;
	const struct rt_request *counts = sim_queue_counts(&queue, arena, &len);

	assert_int_equal(len, queue.waiting_len);
	for (uint32_t i = 0; i < len; i++) {
		uint32_t n = 0;
		for (uint32_t k = 0; k < list_len; k++)
			n += &amounts[shape_of[list[k]]] == counts[i].res.at;
		assert_int_equal(counts[i].count, n);
		assert_true(n > 0);
		if (i > 0) /* as the shapes are */
			assert_true(counts[i].res.at > counts[i - 1].res.at);
		left -= n;
	}
	assert_int_equal(left, 0);
}

static void check(void)
{
	uint32_t len, at = 0, waiting = 0;
	const struct rt_request *requests =
		sim_queue_requests(&queue, arena, &len);

	for (uint32_t i = 0; i < len; i++) {
		if (i > 0)
			assert_ptr_not_equal(requests[i].res.at,
					     requests[i - 1].res.at);
		for (int64_t k = 0; k < requests[i].count; k++, at++)
			assert_ptr_equal(requests[i].res.at,
					 &amounts[shape_of[list[at]]]);
	}
	assert_int_equal(at, list_len);
	check_counts();
	if (list_len)
		assert_ptr_equal(sim_queue_front(&queue),
				 &shapes[shape_of[list[0]]]);
	else
		assert_null(sim_queue_front(&queue));
	rt_arena_reset(arena);
	for (uint32_t i = 0; i < SHAPES; i++)
		waiting += shapes[i].first != SIM_NONE;
	assert_int_equal(queue.waiting_len, waiting);
}

static void test_neighbours(void **state)
{
	uint32_t len;

	(void)state;
	join(0, 0);
	join(1, 0);
	join(2, 1);
	join(3, 0);
	check();
	sim_queue_requests(&queue, arena, &len);
	assert_int_equal(len, 3);
	leave(1); /* what stood between them is gone */
	check();
	sim_queue_requests(&queue, arena, &len);
	assert_int_equal(len, 1);
}

static void test_random(void **state)
{
	uint32_t random = 7, task = 0;

	(void)state;
	for (int step = 0; task < TASKS; step++) {
		random = random * 1664525u + 1013904223u;
		uint32_t shape = (random >> 10) % SHAPES;
		bool in = (random >> 20) % 100 < (step / 500 % 2 ? 40 : 60);
		if (in)
			join(task++, shape);
		else if (shapes[shape].first != SIM_NONE)
			leave(shape);
		check();
	}
	while (sim_queue_front(&queue))
		leave((uint32_t)(sim_queue_front(&queue) - shapes));
	check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_neighbours),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
