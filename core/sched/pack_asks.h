/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_asks.h - which ask is the next that a bin may have room for, without
 * looking at those in between.
 */
#ifndef CORE_SCHED_PACK_ASKS_H
#define CORE_SCHED_PACK_ASKS_H

#include "core/sched/pack_state.h"

/* To be called when the asks have their order, all with something left. */
void rt_asks_index(struct rt_pack *, struct rt_asks *);

/* What these resources offer of the names that the index knows. */
struct rt_offer rt_asks_offer(const struct rt_pack *, const struct rt_asks *,
			      struct rt_res available);

/* The first ask from `from` on that has something left and wants no more than
 * that of any of them; asks->len when there is none.  It may still not fit. */
uint32_t rt_asks_next(const struct rt_asks *, uint32_t from,
		      const struct rt_offer *);

/* `count` of ask `i` have found their place. */
void rt_asks_take(struct rt_asks *, uint32_t i, int64_t count);

#endif
