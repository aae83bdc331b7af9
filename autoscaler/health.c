/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.c - remembers the texts.
 */
#include "autoscaler/health.h"

#include <stdio.h>
#include <string.h>

#include "core/base/log.h"

static bool is_new(const struct health *health, const char *text)
{
	for (int i = 0; i < health->seen_len; i++)
		if (strcmp(health->seen[i], text) == 0)
			return false;
	return health->seen_len < HEALTH_SEEN;
}

static void tell(const struct health *health, enum rt_status status,
		 const char *text)
{
	const char *event = "failed";
	char quoted[RT_ERROR_TEXT * 2];
	if (status == health->awaits)
		event = "waiting";
	else if (status == RT_ECONFLICT && health->row == 1)
		event = "conflict";
	rt_log(strcmp(event, "failed") == 0 ? RT_WARN : RT_INFO, event,
	       "step=%s error=%s", health->step,
	       rt_log_quote(text, quoted, sizeof quoted));
}

bool health_note(struct health *health, enum rt_status status,
		 const struct rt_error *err)
{
	if (!status) {
		if (health->seen_len)
			rt_log(RT_INFO, "recovered", "step=%s", health->step);
		health->seen_len = 0;
		health->row = 0;
		health->awaits = RT_OK;
		return true;
	}
	health->failures++;
	health->row++;
	bool new = is_new(health, err->text);
	if (new)
		snprintf(health->seen[health->seen_len++], RT_ERROR_TEXT, "%s",
			 err->text);
	if (new || (status == RT_ECONFLICT && health->row == 2))
		tell(health, status, err->text);
	return false;
}
