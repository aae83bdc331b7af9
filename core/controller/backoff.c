/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.c - a short list: groups that fail are few.
 */
#include "core/controller/backoff.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"

void rt_backoff_free(struct rt_backoff *b)
{
	for (uint32_t i = 0; i < b->len; i++)
		rt_free(b->at[i].group);
	rt_free(b->at);
	*b = (struct rt_backoff){ 0 };
}

const struct rt_failing *rt_backoff_find(const struct rt_backoff *b,
					 const char *group)
{
	for (uint32_t i = 0; i < b->len; i++)
		if (strcmp(b->at[i].group, group) == 0)
			return &b->at[i];
	return NULL;
}

void rt_backoff_fail(struct rt_backoff *b, const char *group, int64_t asked_ms,
		     int64_t now_ms)
{
	const struct rt_failing *known = rt_backoff_find(b, group);

	if (!known) {
		RT_GROW(b->at, b->len, b->cap);
		b->at[b->len++] =
			(struct rt_failing){ rt_strdup(group), 1, now_ms };
		return;
	}
	struct rt_failing *failing = &b->at[known - b->at];
	if (asked_ms <= failing->failed_ms)
		return;
	failing->failures++;
	failing->failed_ms = now_ms;
}

void rt_backoff_clear(struct rt_backoff *b, const char *group)
{
	const struct rt_failing *known = rt_backoff_find(b, group);

	if (!known)
		return;
	rt_free(known->group);
	b->at[known - b->at] = b->at[--b->len];
}

int64_t rt_failing_until(const struct rt_failing *f,
			 const struct rt_controller_settings *settings)
{
	double s = settings->backoff_s * exp2((double)f->failures - 1);

	return f->failed_ms +
	       (int64_t)(fmin(s, settings->backoff_max_s) * 1000);
}

double rt_failing_recovered(const struct rt_failing *f,
			    const struct rt_controller_settings *settings,
			    int64_t now_ms)
{
	double age_s = (double)(now_ms - f->failed_ms) / 1000;

	if (age_s >= settings->recovery_s)
		return 1;
	return age_s > 0 ? age_s / settings->recovery_s : 0;
}
