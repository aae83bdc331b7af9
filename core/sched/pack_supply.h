/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_supply.h - what all nodes together have left, with those that may still
 * be launched.  A gang that asks for more than that cannot be placed in any
 * way: where thousands wait for a full cluster, only those are tried that are
 * not.
 */
#ifndef CORE_SCHED_PACK_SUPPLY_H
#define CORE_SCHED_PACK_SUPPLY_H

#include "core/sched/pack_state.h"

/* Zeroed: to be counted. */
struct rt_supply {
	bool unknown;   /* pods may be made larger */
	int64_t *units; /* for each name */
	bool *label;    /* for each name: a node has a label of that key */
	int64_t *asked; /* for each name, scratch: zeros */
};

/* As the bins are now. */
void rt_supply_count(struct rt_pack *, struct rt_supply *);

/* To try the gang would come to nothing, and have nothing to tell. */
bool rt_supply_lacks(const struct rt_pack *, const struct rt_supply *,
		     const struct rt_gang *);

#endif
