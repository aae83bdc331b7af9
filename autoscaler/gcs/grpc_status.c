/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grpc_status.c - gRPC's own names, and what a GCS means by some of them: Ray
 * tells two refusals with the same status apart by how the message begins.
 * Ray's own errors (Invalid, NotFound, ...) come as ABORTED.
 */
#include "autoscaler/gcs/grpc_status.h"

#include <string.h>

#include "core/base/error.h"

static const char *const names[] = {
	"OK",
	"CANCELLED",
	"UNKNOWN",
	"INVALID_ARGUMENT",
	"DEADLINE_EXCEEDED",
	"NOT_FOUND",
	"ALREADY_EXISTS",
	"PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED",
	"FAILED_PRECONDITION",
	"ABORTED",
	"OUT_OF_RANGE",
	"UNIMPLEMENTED",
	"INTERNAL",
	"UNAVAILABLE",
	"DATA_LOSS",
	"UNAUTHENTICATED",
};

static const struct {
	long status;
	const char *prefix; /* of the message */
	const char *hint;
} refusals[] = {
	{ 10, "AuthError", "; the head was replaced" }, /* Ray before 2.52 */
	{ GRPC_UNIMPLEMENTED, "", "; this Ray is too old or too new for it" },
	{ 16, "InvalidAuthToken",
	  "; is the token in RAY_AUTH_TOKEN or its file that of the head?" },
	{ 16, "WrongClusterID", "; the head was replaced" },
};

static const char *hint_of(long status, const char *message)
{
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if (refusals[i].status == status &&
		    strncmp(message, refusals[i].prefix,
			    strlen(refusals[i].prefix)) == 0)
			return refusals[i].hint;
	return "";
}

enum rt_status grpc_status_fail(const char *method, long status,
				const char *message, struct rt_error *err)
{
	size_t known = sizeof names / sizeof *names;
	const char *name = status > 0 && (size_t)status < known
				   ? names[status]
				   : "not a gRPC status";

	return rt_fail(
		err,
		status == GRPC_UNIMPLEMENTED ? RT_EUNSUPPORTED : RT_EREMOTE,
		"%s: %ld %s%s%s%s", method, status, name,
		message[0] ? ": " : "", message, hint_of(status, message));
}
