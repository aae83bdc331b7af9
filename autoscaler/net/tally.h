/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally.h - how often what call of which peer ended how.  There are few kinds
 * of calls and of ends; what has no room any more is not counted.
 */
#ifndef AUTOSCALER_NET_TALLY_H
#define AUTOSCALER_NET_TALLY_H

#include <stdint.h>

#define TALLY_ROWS 64
#define TALLY_TEXT 40

struct tally {
	uint32_t len;
	struct tally_row {
		const char *peer;
		char call[TALLY_TEXT]; /* "GET RayCluster" */
		char end[8];           /* "200" */
		uint64_t count;
	} rows[TALLY_ROWS];
};

/* `peer` must stay. */
void tally_add(struct tally *, const char *peer, const char *call,
	       const char *end);

#endif
