/* SPDX-License-Identifier: Apache-2.0 */
/* test_quantity.c - Kubernetes quantities, rounded up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/model/quantity.h"

static void test_values(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {
		{ "0", 0 },
		{ "2", 2 },
		{ "+3", 3 },
		{ "1.5", 2 },
		{ ".5", 1 },
		{ "5.", 5 },
		{ "500m", 1 },
		{ "1000m", 1 },
		{ "1001m", 2 },
		{ "1n", 1 },
		{ "0n", 0 },
		{ "1k", 1000 },
		{ "1.5k", 1500 },
		{ "1e3", 1000 },
		{ "1E3", 1000 },
		{ "15e-1", 2 },
		{ "1E", 1000000000000000000 },
		{ "1Ki", 1024 },
		{ "1.5Gi", 1610612736 },
		{ "0.3Ki", 308 },
		{ "8Ei", -1 }, /* 2^63: does not fit */
		{ "7Ei", 8070450532247928832 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t out = -1;
		bool ok = rt_quantity_parse(cases[i].text, &out);
		assert_int_equal(ok, cases[i].value >= 0);
		if (ok)
			assert_int_equal(out, cases[i].value);
	}
}

static void test_units(void **state)
{
	static const struct {
		const char *text;
		int64_t units;
	} cases[] = {
		{ "0", 0 },
		{ "2", 20000 },
		{ "1.5", 15000 },
		{ "500m", 5000 },
		{ "100u", 1 },
		{ "101u", 2 },
		{ "0.00001", 1 },
		{ "8Gi", 85899345920000 },
		{ "1e14", RT_AMOUNT_MAX },
		{ "100000000000001", -1 },
		{ "1Pi", -1 },
		{ "9E", -1 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t units = -1;
		bool ok = rt_quantity_units(cases[i].text, &units);
		assert_int_equal(ok, cases[i].units >= 0);
		if (ok)
			assert_int_equal(units, cases[i].units);
	}
}

static void test_nonsense(void **state)
{
	static const char *const bad[] = { "",     " 1",
					   "1 ",   "-1",
					   "1..5", ".",
					   "Gi",   "1gi",
					   "1e",   "1e99",
					   "0x1",  "1Gib",
					   "nan",  "99999999999999999999",
					   "1e 5" };
	(void)state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t out;
		assert_false(rt_quantity_parse(bad[i], &out));
		assert_false(rt_quantity_units(bad[i], &out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
