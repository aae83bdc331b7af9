/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shadow.h - counts what the second policy (--shadow) would have done
 * otherwise.
 */
#ifndef AUTOSCALER_SHADOW_H
#define AUTOSCALER_SHADOW_H

#include "autoscaler/metrics.h"
#include "autoscaler/round.h"

/* Starts zeroed. */
struct shadow {
	uint32_t len, cap;
	struct shadow_group {
		char *name;
		int64_t target; /* nodes, as it wanted them last */
	} * at;
	const char *last; /* how its last round compared */
};

/* At the end of a round in which something was decided. */
void shadow_note(struct shadow *, struct metrics *, const struct round *);
void shadow_clear(struct shadow *);

#endif
