/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.h - a step that fails each round says so once: each distinct failure
 * is logged when it first comes, and the end of it.  A conflict with another's
 * edit is no warning unless the next try fails in one, too.
 */
#ifndef AUTOSCALER_HEALTH_H
#define AUTOSCALER_HEALTH_H

#include <raytide/types.h>

#define HEALTH_SEEN                                                            \
	8 /* distinct failures told until the step is well again               \
	   */

/* Of one step; starts zeroed but for its name and what it awaits. */
struct health {
	const char *step;
	/* Until the step has gone well for the first time, to fail like this
	 * is no more than to wait; RT_OK: nothing is awaited. */
	enum rt_status awaits;
	uint64_t failures; /* all there were */
	uint64_t row;      /* those since the step was well */
	int seen_len;      /* 0: the step is well */
	char seen[HEALTH_SEEN][RT_ERROR_TEXT];
};

/* `err` is read when `status` is a failure.  True when the step went well. */
bool health_note(struct health *, enum rt_status status,
		 const struct rt_error *err);

#endif
