/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tally.c - rows are found again, and there are not too many of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "autoscaler/net/tally.h"

static void test_rows(void **state)
{
	struct tally tally = { 0 };
	(void)state;
	tally_add(&tally, "kube", "GET x", "200");
	tally_add(&tally, "kube", "GET x", "500");
	tally_add(&tally, "gcs", "GET x", "200");
	tally_add(&tally, "kube", "GET y", "200");
	assert_int_equal(tally.len, 4);
	for (int i = 0; i < 5; i++)
		tally_add(&tally, "kube", "GET x", "500");
	assert_int_equal(tally.len, 4);
	assert_int_equal(tally.rows[0].count, 1);
	assert_int_equal(tally.rows[1].count, 6);
	assert_string_equal(tally.rows[1].peer, "kube");
	assert_string_equal(tally.rows[1].call, "GET x");
	assert_string_equal(tally.rows[1].end, "500");
}

static void test_too_many(void **state)
{
	struct tally tally = { 0 };
	char name[100];
	(void)state;
	for (int i = 0; i < 2 * TALLY_ROWS; i++) {
		snprintf(name, sizeof name, "%d and %080d", i, 0);
		tally_add(&tally, "kube", name, "no code at all");
		tally_add(&tally, "kube", name, "no code at all");
	}
	assert_int_equal(tally.len, TALLY_ROWS);
	assert_int_equal(tally.rows[TALLY_ROWS - 1].count, 2);
	assert_int_equal(strlen(tally.rows[0].call), TALLY_TEXT - 1);
	assert_string_equal(tally.rows[0].end, "no code");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
