/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.c - the kernel's random numbers: two sidecars that start together
 * must not draw the same.
 */
#include "autoscaler/net/backoff.h"

#include <sys/random.h>

#include "autoscaler/net/http.h"

#define FIRST_MS 200 /* after the second failure */

int64_t jitter_ms(int64_t ms)
{
	uint32_t random = 0;
	if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
		random = (uint32_t)http_clock_ms() * 2654435761u;
	return ms - ms / 4 +
	       (int64_t)((double)random / UINT32_MAX * (double)ms / 2);
}

void backoff_fail(struct backoff *b)
{
	int64_t ms = 0;
	b->failures++;
	if (b->failures > 1)
		ms = FIRST_MS;
	for (int i = 2; i < b->failures && ms < b->most_ms; i++)
		ms *= 2;
	if (ms > b->most_ms)
		ms = b->most_ms;
	b->until_ms = http_clock_ms() + jitter_ms(ms);
}

void backoff_end(struct backoff *b)
{
	b->failures = 0;
	b->until_ms = 0;
}

int64_t backoff_left_ms(const struct backoff *b)
{
	int64_t left = b->until_ms - http_clock_ms();
	return left > 0 ? left : 0;
}
