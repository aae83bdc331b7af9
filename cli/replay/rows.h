/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.h - where two policies want another number of nodes of a group: a row
 * for each time that this changes.
 */
#ifndef CLI_REPLAY_ROWS_H
#define CLI_REPLAY_ROWS_H

#include "cli/replay/estimate.h"
#include "core/model/recording.h"

struct rows {
	int64_t rounds, different; /* of all */
	int64_t began_ms;
	uint32_t len, cap;
	struct row {
		int64_t round;
		double at_s; /* since the first one */
		char *group;
		int64_t has; /* nodes that are there or on their way */
		int64_t wants[ESTIMATE_POLICIES];
		char *why; /* the other's last word; "": none */
	} * at;
};

/* How the estimate was made. */
struct told {
	const char *recorded, *other; /* policies */
	double delay_s;
	const char *delay_from;
};

/* Starts zeroed. */
void rows_add(struct rows *, const struct rt_record *,
	      const struct rt_decision *const[ESTIMATE_POLICIES],
	      int64_t now_ms);
void rows_free(struct rows *);

void rows_print(const struct rows *, const struct estimate *,
		const struct told *);
void rows_print_json(const struct rows *, const struct estimate *,
		     const struct told *);

#endif
