/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - worker groups whose launches fail: pods that never come, or never
 * start.  Nothing more is asked of such a group for a while, twice as long
 * after each failure, so that others are tried; one node that starts clears it.
 *
 * The scores are those of Ray's manager (AvailabilityTracker of
 * ray/autoscaler/v2): 0 after a failure, one of them recovering by the clock.
 */
#ifndef CORE_CONTROLLER_BACKOFF_H
#define CORE_CONTROLLER_BACKOFF_H

#include "core/controller/settings.h"

struct rt_failing {
	char *group; /* by name */
	uint32_t failures;
	int64_t failed_ms; /* the last one */
};

struct rt_backoff {
	uint32_t len, cap;
	struct rt_failing *at;
};

void rt_backoff_free(struct rt_backoff *);

/* A launch that was asked for at `asked_ms` has failed.  One that was asked for
 * before the last failure tells nothing new. */
void rt_backoff_fail(struct rt_backoff *, const char *group, int64_t asked_ms,
		     int64_t now_ms);
/* A node of the group runs. */
void rt_backoff_clear(struct rt_backoff *, const char *group);

/* NULL: its launches do not fail. */
const struct rt_failing *rt_backoff_find(const struct rt_backoff *,
					 const char *group);

/* Until when nothing is asked of the group. */
int64_t rt_failing_until(const struct rt_failing *,
			 const struct rt_controller_settings *);
/* From 0, when it failed, to 1. */
double rt_failing_recovered(const struct rt_failing *,
			    const struct rt_controller_settings *,
			    int64_t now_ms);

#endif
