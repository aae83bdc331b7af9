/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rooms.c - nodes come, fill up, empty and go; every search is held to one
 * that looks at each node.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/world.h"

#define NODES 150
#define STEPS 20000
#define CPU 1
#define GPU 2

static const struct rt_amount amounts[2][2] = {
	{ { CPU, 4 }, { GPU, 2 } },
	{ { CPU, 8 }, { GPU, 0 } },
};
static const struct rt_group groups[2] = { { .res = { 2, amounts[0] } },
					   { .res = { 2, amounts[1] } } };
static const struct rt_raycluster cluster = { .groups = groups,
					      .groups_len = 2 };
static struct sim_node nodes[NODES];
static struct rt_amount left[NODES][2];
static bool there[NODES];
static struct rt_rng rng;

static uint32_t below(uint32_t n)
{
	return rt_rng_u32(&rng) % n;
}

static void come(struct sim_rooms *rooms, uint32_t i)
{
	uint32_t group = below(2);

	left[i][0] = amounts[group][0];
	left[i][1] = amounts[group][1];
	nodes[i] = (struct sim_node){ .group = group, .free = left[i] };
	there[i] = true;
	sim_rooms_enter(rooms, &nodes[i]);
	sim_rooms_open(rooms, &nodes[i]);
}

static void change(struct sim_rooms *rooms, uint32_t i)
{
	const struct rt_amount *all = amounts[nodes[i].group];

	switch (below(8)) {
	case 0:
		sim_rooms_leave(rooms, &nodes[i]);
		there[i] = false;
		break;
	case 1:
		sim_rooms_close(rooms, &nodes[i]);
		break;
	default:
		left[i][0].units = below((uint32_t)all[0].units + 1);
		left[i][1].units = below((uint32_t)all[1].units + 1);
		sim_rooms_open(rooms, &nodes[i]);
	}
}

static bool holds(const struct sim_shape *shape, uint32_t i)
{
	return there[i] && nodes[i].room && shape->holds[nodes[i].group] &&
	       left[i][0].units >= shape->res.at[0].units &&
	       left[i][1].units >= shape->res.at[1].units;
}

static int by_position(const void *a, const void *b)
{
	const struct sim_node *x = *(struct sim_node *const *)a;
	const struct sim_node *y = *(struct sim_node *const *)b;

	return x->position < y->position ? -1 : 1;
}

static void search(struct sim_rooms *rooms)
{
	const struct rt_amount ask[] = { { CPU, below(9) }, { GPU, below(3) } };
	bool takes[] = { below(4) > 0, below(4) > 0 };
	const struct sim_shape shape = { .res = { 2, ask }, .holds = takes };
	struct sim_node *want[NODES];
	uint32_t n = 0, from = below(400),
		 len = sim_rooms_search(rooms, &shape);

	for (uint32_t i = 0; i < NODES; i++)
		if (holds(&shape, i))
			want[n++] = &nodes[i];
	qsort(want, n, sizeof *want, by_position);
	assert_int_equal(len > 0, n > 0);
	for (uint32_t i = 0; i < n; i++)
		assert_ptr_equal(sim_rooms_nth(rooms, 0, len, i), want[i]);
	uint32_t first = 0;
	while (first < n && want[first]->position < from)
		first++;
	if (from < rooms->cap)
		assert_ptr_equal(sim_rooms_from(rooms, len, from),
				 first < n ? want[first] : NULL);
}

static void test_searches(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++) {
		struct sim_rooms rooms;
		rng = rt_rng_open(seed, "test", 0);
		sim_rooms_init(&rooms, &cluster, seed % 2, seed);
		for (uint32_t i = 0; i < NODES; i++)
			there[i] = false;
		for (uint32_t step = 0; step < STEPS; step++) {
			uint32_t i = below(NODES);
			if (there[i])
				change(&rooms, i);
			else
				come(&rooms, i);
			if (step % 16 == 0)
				search(&rooms);
		}
		sim_rooms_free(&rooms);
	}
}

/* Equals are taken in order of launch, or in one that stays. */
static void test_positions(void **state)
{
	struct sim_rooms rooms;

	(void)state;
	rng = rt_rng_open(1, "test", 0);
	sim_rooms_init(&rooms, &cluster, false, 1);
	for (uint32_t i = 0; i < NODES; i++) {
		come(&rooms, i);
		assert_true(i == 0 ||
			    nodes[i - 1].position < nodes[i].position);
	}
	sim_rooms_free(&rooms);
	sim_rooms_init(&rooms, &cluster, true, 1);
	uint32_t falls = 0;
	for (uint32_t i = 0; i < NODES; i++)
		come(&rooms, i);
	for (uint32_t i = 1; i < NODES; i++)
		falls += nodes[i].position < nodes[i - 1].position;
	assert_in_range(falls, NODES / 3, NODES * 2 / 3);
	sim_rooms_free(&rooms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_searches),
		cmocka_unit_test(test_positions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
