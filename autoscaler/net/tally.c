/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally.c - rows in the order of their first call.
 */
#include "autoscaler/net/tally.h"

#include <stdio.h>
#include <string.h>

void tally_add(struct tally *tally, const char *peer, const char *call,
	       const char *end)
{
	struct tally_row row = { .peer = peer, .count = 1 };
	snprintf(row.call, sizeof row.call, "%s", call);
	snprintf(row.end, sizeof row.end, "%s", end);
	for (uint32_t i = 0; i < tally->len; i++) {
		struct tally_row *known = &tally->rows[i];
		if (strcmp(known->peer, row.peer) == 0 &&
		    strcmp(known->call, row.call) == 0 &&
		    strcmp(known->end, row.end) == 0) {
			known->count++;
			return;
		}
	}
	if (tally->len < TALLY_ROWS)
		tally->rows[tally->len++] = row;
}
