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
	bool waits = status == health->awaits;
	char quoted[RT_ERROR_TEXT * 2];
	rt_log(waits ? RT_INFO : RT_WARN, waits ? "waiting" : "failed",
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
		health->awaits = RT_OK;
		return true;
	}
	health->failures++;
	if (is_new(health, err->text)) {
		snprintf(health->seen[health->seen_len++], RT_ERROR_TEXT, "%s",
			 err->text);
		tell(health, status, err->text);
	}
	return false;
}
