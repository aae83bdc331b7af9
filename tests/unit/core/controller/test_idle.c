/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_idle.c - what a node had been idle for before another one ended still
 * counts; what it had been before it had work does not.
 */
#include "tests/unit/core/controller/fixture.h"

/* A head and two workers that have been idle for 50 s. */
static void start_two(struct world *w)
{
	w->specs[1].replicas = 2;
	add_pod(w, "p1", "small");
	add_pod(w, "p2", "small");
	add_ray(w, "p1", "01");
	add_ray(w, "p2", "02");
	for (int i = 0; i < 3; i++)
		w->rays[i].idle_ms = 50000;
	run(w);
}

/* All that live have been idle for another round. */
static void grow(struct world *w)
{
	for (uint32_t i = 0; i < w->obs.ray_nodes_len; i++)
		if (w->rays[i].status != RT_RAY_DEAD)
			w->rays[i].idle_ms += 5000;
}

/* The last worker ends and the others count anew, since `ago_ms`. */
static void end_last(struct world *w, int64_t ago_ms)
{
	w->rays[2].status = RT_RAY_DEAD;
	w->rays[2].idle_ms = 0;
	w->rays[0].idle_ms = w->rays[1].idle_ms = ago_ms;
}

static int64_t seen_idle(uint32_t node)
{
	return script.seen[node].idle_ms;
}

static void test_the_end_of_another_node(void **state)
{
	struct world *w = *state;

	start_two(w);
	assert_int_equal(seen_idle(1), 50000);
	end_last(w, 300);
	run(w);
	assert_int_equal(seen_idle(1), 55000);
	grow(w);
	run(w);
	assert_int_equal(seen_idle(1), 60000);
}

/* Raylets report once a second: the end may be seen before what it did. */
static void test_an_end_that_shows_late(void **state)
{
	struct world *w = *state;

	start_two(w);
	grow(w);
	w->rays[2].status = RT_RAY_DEAD;
	w->rays[2].idle_ms = 0;
	run(w);
	assert_int_equal(seen_idle(1), 55000);
	w->rays[0].idle_ms = w->rays[1].idle_ms = 5200;
	run(w);
	assert_int_equal(seen_idle(1), 60000);
}

static void test_one_end_after_the_other(void **state)
{
	struct world *w = *state;

	start_two(w);
	add_pod(w, "p3", "small");
	add_ray(w, "p3", "03")->idle_ms = 1000;
	w->specs[1].replicas = 3;
	grow(w);
	run(w);
	end_last(w, 300);
	w->rays[3].idle_ms = 300;
	run(w);
	assert_int_equal(seen_idle(1), 60000);
	w->rays[3].status = RT_RAY_DEAD;
	w->rays[3].idle_ms = 0;
	w->rays[0].idle_ms = w->rays[1].idle_ms = 200;
	run(w);
	assert_int_equal(seen_idle(1), 65000);
}

/* A pod that a user deleted, whose Ray node the head still has for alive. */
static void test_a_pod_that_went(void **state)
{
	struct world *w = *state;

	start_two(w);
	w->pods[2].deleting = true;
	end_last(w, 300);
	w->rays[2].status = RT_RAY_RUNNING;
	run(w);
	assert_int_equal(seen_idle(1), 55000);
}

/* The head, idle since the end, tells when it was. */
static void test_work_after_the_end(void **state)
{
	struct world *w = *state;

	start_two(w);
	end_last(w, 3000);
	w->rays[1].idle_ms = 1000;
	run(w);
	assert_int_equal(seen_idle(1), 1000);
}

/* Nobody bears witness that it was the end of the other node. */
static void test_work_at_the_end(void **state)
{
	struct world *w = *state;

	start_two(w);
	end_last(w, 300);
	w->rays[0].idle_ms = 0;
	run(w);
	assert_int_equal(seen_idle(1), 300);
}

static void test_work_at_another_time(void **state)
{
	struct world *w = *state;

	start_two(w);
	w->rays[0].idle_ms = w->rays[1].idle_ms = w->rays[2].idle_ms = 300;
	run(w);
	assert_int_equal(seen_idle(1), 300);
}

/* Work also ends what was counted before. */
static void test_work_later(void **state)
{
	struct world *w = *state;

	start_two(w);
	end_last(w, 300);
	run(w);
	assert_int_equal(seen_idle(1), 55000);
	grow(w);
	w->rays[1].idle_ms = 0;
	run(w);
	assert_int_equal(seen_idle(1), 0);
	grow(w);
	run(w);
	assert_int_equal(seen_idle(1), 5000);
}

/* Ray was started anew in the same pod. */
static void test_another_raylet(void **state)
{
	struct world *w = *state;

	start_two(w);
	end_last(w, 300);
	w->rays[1].ray_node_id = "11";
	run(w);
	assert_int_equal(seen_idle(1), 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_end_of_another_node),
		TEST(test_an_end_that_shows_late),
		TEST(test_one_end_after_the_other),
		TEST(test_a_pod_that_went),
		TEST(test_work_after_the_end),
		TEST(test_work_at_the_end),
		TEST(test_work_at_another_time),
		TEST(test_work_later),
		TEST(test_another_raylet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
