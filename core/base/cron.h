/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cron.h - windows that open at times of the week, on the clocks of a zone
 * (struct rt_window of raytide/param.h).
 *
 * When clocks go forward, what would open in the hour that is left out opens at
 * the change; when they go back, what opens in the hour that comes twice opens
 * once, the first time.  A window stays open for its time, whatever the clocks
 * do meanwhile.
 */
#ifndef CORE_BASE_CRON_H
#define CORE_BASE_CRON_H

#include <raytide/param.h>

#include "core/base/arena.h"

/* "0 8 * * 1-5": numbers, names (mon, jan), ranges, steps, lists. */
enum rt_status rt_cron_parse(const char *text, struct rt_cron *out,
			     struct rt_error *err);

/* From the time zone database of the machine ($TZDIR); "" is UTC.  What it says
 * of 1970 to 2100 is copied into the arena. */
enum rt_status rt_zone_load(const char *name, struct rt_arena *,
			    struct rt_zone *out, struct rt_error *err);

/* Is the window open?  `*change_ms` is not later than when that changes next.
 */
bool rt_window_is_open(const struct rt_window *, int64_t now_ms,
		       int64_t *change_ms);

#endif
