/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - lines for the logs folder of Ray's session, which the head's
 * container shares with this one: Ray shows them to its users.
 */
#ifndef AUTOSCALER_SESSION_H
#define AUTOSCALER_SESSION_H

#include <raytide/types.h>

struct session {
	const char *folder; /* of the session; NULL: nothing is written */
	int64_t bytes_max;  /* of a file, then it becomes FILE.1; 0: no limit */
	int kept;           /* of those put aside: FILE.1 to FILE.kept */
};

enum session_severity {
	SESSION_INFO,
	SESSION_WARNING,
};

/* An event: drivers print "(autoscaler) MESSAGE", and the dashboard lists it.
 */
enum rt_status session_tell(const struct session *, enum session_severity,
			    const char *message, struct rt_error *err);

/* `file` is a path below the session's logs.  RT_OK as well when there is no
 * such folder: the head has not made it yet, or there is none here. */
enum rt_status session_append(const struct session *, const char *file,
			      const char *text, size_t len,
			      struct rt_error *err);

#endif
