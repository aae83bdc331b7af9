/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_gcs_request.c - values of the key `autoscaler_resource_request`, as Ray
 * 2.9, 2.46, 2.52 and 2.60 were seen to write it, and worse ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "autoscaler/gcs/gcs_request.h"

static char text[256];

/* "8x CPU=1, 2x CPU=2 GPU=1" */
static const char *decoded(const char *json)
{
	struct rt_arena *arena = rt_arena_new();
	Gcs__ClusterResourceConstraint *c;
	struct rt_error err;
	size_t len = 0;

	text[0] = '\0';
	if (gcs_request_decode(json, arena, &c, &err)) {
		rt_arena_free(&arena);
		return "refused";
	}
	for (size_t i = 0; i < c->n_resource_requests; i++) {
		const Gcs__ResourceRequestByCount *r = c->resource_requests[i];
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%dx",
					i ? ", " : "", (int)r->count);
		for (size_t j = 0; j < r->request->n_resources_bundle; j++)
			len += (size_t)snprintf(
				text + len, sizeof text - len, " %s=%g",
				r->request->resources_bundle[j]->name,
				r->request->resources_bundle[j]->amount);
	}
	rt_arena_free(&arena);
	return text;
}

static void test_bundles(void **state)
{
	(void)state;
	assert_string_equal(decoded("[]"), "");
	assert_string_equal(decoded("[{\"special\": 1}, {\"special\": 1}]"),
			    "2x special=1");
	assert_string_equal(decoded("[{\"CPU\": 1}, {\"CPU\": 1}, {\"CPU\": 2, "
				    "\"GPU\": 0.5}, {\"CPU\": 1}]"),
			    "2x CPU=1, 1x CPU=2 GPU=0.5, 1x CPU=1");
	assert_string_equal(decoded("[{}]"), "1x");
}

static void test_bundles_with_labels(void **state)
{
	(void)state;
	assert_string_equal(
		decoded("[{\"resources\": {\"CPU\": 2}, \"label_selector\": {}}"
			", {\"resources\": {\"CPU\": 2}, \"label_selector\": "
			"{}}]"),
		"2x CPU=2");
	assert_string_equal(decoded("[{\"resources\": {\"CPU\": 2}, "
				    "\"label_selector\": {\"zone\": \"a\"}}]"),
			    "1x CPU=2");
}

static void test_no_list_of_bundles(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"{}",
		"null",
		"[1]",
		"[[]]",
		"[{\"CPU\": \"1\"}]",
		"[{\"CPU\": -1}]",
		"[{\"CPU\": 1e300}]",
		"[{\"resources\": 1}]",
		"[{\"CPU\": 1}",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_string_equal(decoded(bad[i]), "refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bundles),
		cmocka_unit_test(test_bundles_with_labels),
		cmocka_unit_test(test_no_list_of_bundles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
