/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steady.h - a round that is kept.  When it found nothing to do, and nothing
 * but the clock has moved since, a round anew would find the same: its decision
 * is handed out again.
 */
#ifndef CORE_CONTROLLER_STEADY_H
#define CORE_CONTROLLER_STEADY_H

#include "core/controller/instances.h"

struct rt_steady {
	struct rt_decision *decision; /* NULL: no round is kept */
	struct rt_observation seen;
	int64_t until_ms; /* it does not hold after this moment */
};

/* Keeps a round that had no actions; its plan says until when.  Everything must
 * stay where it is as long as it is kept. */
void rt_steady_keep(struct rt_steady *, const struct rt_observation *,
		    struct rt_decision *, int64_t plan_until_ms,
		    const struct rt_instances *,
		    const struct rt_controller_settings *);

/* The kept round holds no longer at this time; 0: none is kept. */
int64_t rt_steady_until(const struct rt_steady *);

/* Would a round on this observation be decided as the one that is kept?  The
 * table must be as that round has left it. */
bool rt_steady_holds(const struct rt_steady *, const struct rt_observation *,
		     uint32_t names_len);

#endif
