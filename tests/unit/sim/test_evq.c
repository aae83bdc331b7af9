/* SPDX-License-Identifier: Apache-2.0 */
/* test_evq.c - the order of events, ties included. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/evq.h"

static void test_empty(void **state)
{
	struct sim_evq q = { 0 };

	(void)state;
	assert_true(isinf(sim_evq_next(&q)));
	sim_evq_push(&q, (struct sim_event){ 3, SIM_TASK_DONE, 1 });
	assert_true(sim_evq_next(&q) == 3);
	assert_int_equal(sim_evq_pop(&q).number, 1);
	assert_true(isinf(sim_evq_next(&q)));
	sim_evq_free(&q);
}

/* Whatever the order in: time, then kind, then number. */
static void test_order(void **state)
{
	struct sim_evq q = { 0 };
	uint32_t random = 1;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		random = random * 1664525u + 1013904223u;
		sim_evq_push(&q, (struct sim_event){
					 .at_s = (random >> 8) % 50 / 10.0,
					 .kind = (random >> 16) % 3,
					 .number = i * 7919 % 3000,
				 });
	}
	struct sim_event last = { -1, 0, 0 };
	for (uint32_t i = 0; i < 3000; i++) {
		struct sim_event e = sim_evq_pop(&q);
		bool later = e.at_s > last.at_s ||
			     (e.at_s == last.at_s && e.kind > last.kind) ||
			     (e.at_s == last.at_s && e.kind == last.kind &&
			      e.number > last.number);
		assert_true(later);
		last = e;
	}
	assert_int_equal(q.len, 0);
	sim_evq_free(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
