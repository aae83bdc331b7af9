/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_bin.h - nodes as the packing sees them: taken in from the snapshot, or
 * new.
 */
#ifndef CORE_SCHED_PACK_BIN_H
#define CORE_SCHED_PACK_BIN_H

#include "core/sched/pack_state.h"

void rt_bins_add(struct rt_pack *, struct rt_bins *, struct rt_bin *);

/* The snapshot's nodes that count, in their order. */
void rt_bins_take_in(struct rt_pack *);

/* A node of the group that is to be launched. */
struct rt_bin *rt_bin_fresh(struct rt_pack *, uint32_t group, struct rt_why);

/* Of what was placed on the bin, the demand before a constraint; NULL: nothing
 * was. */
const struct rt_held *rt_bin_first_held(const struct rt_bin *);

#endif
