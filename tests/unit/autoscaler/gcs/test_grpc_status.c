/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_grpc_status.c - refusals as heads were seen to word them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "autoscaler/gcs/grpc_status.h"

static void test_refusals(void **state)
{
	(void)state;
	static const struct {
		long status;
		const char *message;
		enum rt_status comes_to;
		const char *text;
	} rows[] = {
		{ 16,
		  "InvalidAuthToken: Authentication token is missing or "
		  "incorrect",
		  RT_EREMOTE,
		  "S/M: 16 UNAUTHENTICATED: InvalidAuthToken: Authentication "
		  "token is missing or incorrect; is the token in "
		  "RAY_AUTH_TOKEN or its file that of the head?" },
		{ 16,
		  "WrongClusterID: Perhaps the client is accessing GCS after "
		  "it has restarted.",
		  RT_EREMOTE,
		  "S/M: 16 UNAUTHENTICATED: WrongClusterID: Perhaps the client "
		  "is accessing GCS after it has restarted.; the head was "
		  "replaced" },
		{ 16, "", RT_EREMOTE, "S/M: 16 UNAUTHENTICATED" },
		{ 10, "AuthError", RT_EREMOTE,
		  "S/M: 10 ABORTED: AuthError; the head was replaced" },
		{ 10, "NotFound", RT_EREMOTE, "S/M: 10 ABORTED: NotFound" },
		{ 12, "", RT_EUNSUPPORTED,
		  "S/M: 12 UNIMPLEMENTED; this Ray is too old or too new for "
		  "it" },
		{ 4, "Deadline Exceeded", RT_EREMOTE,
		  "S/M: 4 DEADLINE_EXCEEDED: Deadline Exceeded" },
		{ 17, "", RT_EREMOTE, "S/M: 17 not a gRPC status" },
		{ -1, "", RT_EREMOTE, "S/M: -1 not a gRPC status" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rt_error err;
		assert_int_equal(grpc_status_fail("S/M", rows[i].status,
						  rows[i].message, &err),
				 rows[i].comes_to);
		assert_string_equal(err.text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
