/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_pool.c - rigid jobs on a pool: cases worked out by hand, and random ones
 * against a simulator that looks at everything in every pass.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/pool.h"

#define JOBS 80
#define CASES 4000

/* ---- the plain simulator ------------------------------------------------ */

struct plain {
	const char *rule;
	const struct sim_pool_job *jobs;
	uint32_t len, free;
	double now_s;
	double starts[JOBS]; /* NAN: not yet */
	bool ended[JOBS];
};

static bool waits(const struct plain *p, uint32_t i)
{
	return isnan(p->starts[i]) && p->jobs[i].submit_s <= p->now_s;
}

static void start(struct plain *p, uint32_t i)
{
	p->starts[i] = p->now_s;
	p->free -= p->jobs[i].width;
}

/* What is free at a moment if all goes by the estimates and nobody starts. */
static uint32_t free_at(const struct plain *p, double at_s)
{
	uint32_t free = p->free;

	for (uint32_t i = 0; i < p->len; i++)
		if (!isnan(p->starts[i]) && !p->ended[i] &&
		    p->starts[i] + p->jobs[i].estimate_s <= at_s)
			free += p->jobs[i].width;
	return free;
}

static double shadow(const struct plain *p, uint32_t width)
{
	double best = INFINITY;

	for (uint32_t i = 0; i < p->len; i++) {
		double at_s = p->starts[i] + p->jobs[i].estimate_s;
		if (!isnan(at_s) && !p->ended[i] && at_s < best &&
		    free_at(p, at_s) >= width)
			best = at_s;
	}
	return best;
}

static void backfill(struct plain *p, uint32_t head)
{
	double shadow_s = shadow(p, p->jobs[head].width);
	uint32_t extra = free_at(p, shadow_s) - p->jobs[head].width;

	if (strcmp(p->rule, "easy0") == 0)
		extra = 0;
	for (uint32_t i = head + 1; i < p->len; i++) {
		uint32_t width = p->jobs[i].width;
		if (!waits(p, i) || width > p->free)
			continue;
		if (p->now_s + p->jobs[i].estimate_s <= shadow_s) {
			start(p, i);
		} else if (width <= extra) {
			start(p, i);
			extra -= width;
		}
	}
}

static void pass(struct plain *p)
{
	for (uint32_t i = 0; i < p->len; i++) {
		if (!waits(p, i))
			continue;
		if (p->jobs[i].width <= p->free) {
			start(p, i);
		} else if (strcmp(p->rule, "first-fit") != 0) {
			if (strcmp(p->rule, "fcfs") != 0)
				backfill(p, i);
			return;
		}
	}
}

static double next_instant(const struct plain *p)
{
	double next = INFINITY;

	for (uint32_t i = 0; i < p->len; i++) {
		if (!isnan(p->starts[i]) && !p->ended[i])
			next = fmin(next, p->starts[i] + p->jobs[i].run_s);
		if (isnan(p->starts[i]) && p->jobs[i].submit_s > p->now_s)
			next = fmin(next, p->jobs[i].submit_s);
	}
	return next;
}

static void run_plain(struct plain *p)
{
	p->now_s = -1;
	for (uint32_t i = 0; i < p->len; i++)
		p->starts[i] = NAN;
	while ((p->now_s = next_instant(p)) < INFINITY) {
		for (uint32_t i = 0; i < p->len; i++)
			if (!p->ended[i] &&
			    p->starts[i] + p->jobs[i].run_s == p->now_s) {
				p->ended[i] = true;
				p->free += p->jobs[i].width;
			}
		pass(p);
	}
}

/* ---- random cases ------------------------------------------------------- */

static uint32_t state;

static uint32_t below(uint32_t n)
{
	state = state * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)state * n >> 32);
}

/* Close together, so that much happens at the same instant; `step` makes sums
 * that round. */
static uint32_t make(struct sim_pool_job *jobs, uint32_t size)
{
	static const double steps[] = { 1, 0.1, 1.0 / 3 };
	double step = steps[below(3)], now = 0;
	uint32_t len = 1 + below(JOBS), wide = 1 + below(size);

	for (uint32_t i = 0; i < len; i++) {
		double run = below(4) ? below(40) * step : 0;
		now += below(3) ? 0 : below(20) * step;
		jobs[i] = (struct sim_pool_job){
			.submit_s = now,
			.run_s = run,
			.estimate_s = below(2) ? run : run * (1 + below(5)),
			.width = 1 + below(below(4) ? wide : size),
		};
	}
	return len;
}

static void compare(const char *rule, uint32_t seed)
{
	struct sim_pool_job jobs[JOBS];
	double starts[JOBS];

	state = seed * 7919 + 1;
	uint32_t size = 1 + below(16);
	struct plain plain = { .rule = rule, .jobs = jobs, .free = size };
	plain.len = make(jobs, size);
	run_plain(&plain);
	uint64_t events = sim_pool_run(sim_scheduler_find(rule), size, jobs,
				       plain.len, starts);
	assert_int_equal(events, 2 * plain.len);
	for (uint32_t i = 0; i < plain.len; i++)
		if (starts[i] != plain.starts[i])
			fail_msg("%s, seed %u: job %u starts at %g, not %g",
				 rule, seed, i, starts[i], plain.starts[i]);
}

static void test_random(void **unused)
{
	(void)unused;
	for (size_t i = 0; sim_schedulers[i]; i++)
		for (uint32_t seed = 0; seed < CASES; seed++)
			if (sim_schedulers[i]->pool)
				compare(sim_schedulers[i]->name, seed);
}

/* ---- by hand ------------------------------------------------------------ */

/* Of 4 processors A has 3 for 10 s, and B wants all.  C has the last one from 2
 * to 5; then first-fit gives it to D, for which B waits until 25.  EASY gives
 * it to E, which ends before A does. */
static void test_backfilling(void **unused)
{
	static const struct sim_pool_job jobs[] = {
		{ 0, 10, 10, 3 }, { 1, 5, 5, 4 }, { 2, 3, 3, 1 },
		{ 3, 20, 20, 1 }, { 4, 1, 1, 1 },
	};
	static const struct {
		const char *rule;
		double starts[5];
	} cases[] = {
		{ "fcfs", { 0, 10, 15, 15, 15 } },
		{ "easy", { 0, 10, 2, 15, 5 } },
		{ "easy0", { 0, 10, 2, 15, 5 } },
		{ "first-fit", { 0, 25, 2, 5, 10 } },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double starts[5];
		sim_pool_run(sim_scheduler_find(cases[i].rule), 4, jobs, 5,
			     starts);
		for (uint32_t k = 0; k < 5; k++)
			if (starts[k] != cases[i].starts[k])
				fail_msg("%s: job %u starts at %g",
					 cases[i].rule, k, starts[k]);
	}
}

/* Of 4 processors B is promised 3 at 10 s: one is to spare, and only EASY
 * proper lets C have it for longer. */
static void test_spare(void **unused)
{
	static const struct sim_pool_job jobs[] = {
		{ 0, 10, 10, 3 },
		{ 1, 5, 5, 3 },
		{ 2, 50, 50, 1 },
	};
	double starts[3];

	(void)unused;
	sim_pool_run(sim_scheduler_find("easy"), 4, jobs, 3, starts);
	assert_true(starts[1] == 10 && starts[2] == 2);
	sim_pool_run(sim_scheduler_find("easy0"), 4, jobs, 3, starts);
	assert_true(starts[1] == 10 && starts[2] == 10);
}

static void test_unknown(void **unused)
{
	(void)unused;
	assert_null(sim_scheduler_find("fifo"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_backfilling),
		cmocka_unit_test(test_spare),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
