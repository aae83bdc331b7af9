/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rng.c - the generator is Philox4x32-10 by the known answers of its
 * authors' Random123; streams do not disturb each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/rng.h"

static void test_known_answers(void **state)
{
	static const struct {
		uint32_t counter[4], key[2], out[4];
	} known[] = {
		{ { 0, 0, 0, 0 },
		  { 0, 0 },
		  { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
		  { 0xffffffff, 0xffffffff },
		  { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
		  { 0xa4093822, 0x299f31d0 },
		  { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		uint32_t out[4];
		rt_philox(known[i].counter, known[i].key, out);
		assert_memory_equal(out, known[i].out, sizeof out);
	}
}

static void test_streams_are_their_own(void **state)
{
	struct rt_rng a = rt_rng_open(1, "arrivals", 0);
	struct rt_rng again = rt_rng_open(1, "arrivals", 0);
	struct rt_rng others[] = {
		rt_rng_open(2, "arrivals", 0),
		rt_rng_open(1, "arrivals", 1),
		rt_rng_open(1, "arrival", 0),
		rt_rng_open((uint64_t)1 << 32 | 1, "arrivals", 0),
	};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t word = rt_rng_u64(&a);
		assert_true(word == rt_rng_u64(&again));
		for (size_t k = 0; k < sizeof others / sizeof *others; k++)
			assert_true(word != rt_rng_u64(&others[k]));
	}
}

static void test_unit(void **state)
{
	struct rt_rng rng = rt_rng_open(7, "unit", 0);
	const int n = 100000;
	double sum = 0;

	(void)state;
	for (int i = 0; i < n; i++) {
		double x = rt_rng_unit(&rng);
		assert_true(x >= 0 && x < 1);
		sum += x;
	}
	/* Five standard deviations of the mean. */
	assert_true(sum / n > 0.4954 && sum / n < 0.5046);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answers),
		cmocka_unit_test(test_streams_are_their_own),
		cmocka_unit_test(test_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
