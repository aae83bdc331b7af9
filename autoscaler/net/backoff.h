/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - how long to leave something alone that fails: not at all after
 * the first failure, then twice as long each time, up to a limit.  Never quite
 * as long: what failed for many sidecars at once must not see them all come
 * back at once.
 */
#ifndef AUTOSCALER_NET_BACKOFF_H
#define AUTOSCALER_NET_BACKOFF_H

#include <stdint.h>

/* Starts zeroed but for the limit. */
struct backoff {
	int64_t most_ms;
	int failures;     /* in a row */
	int64_t until_ms; /* of http_clock_ms(); may be of the past */
};

void backoff_fail(struct backoff *);
void backoff_end(struct backoff *); /* it went well */
/* Until then; 0: it is over. */
int64_t backoff_left_ms(const struct backoff *);

/* Between three and five quarters of it. */
int64_t jitter_ms(int64_t ms);

#endif
