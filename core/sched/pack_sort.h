/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_sort.h - the orders of a packing.  All sorts are stable: what compares
 * equal stays as it was.
 */
#ifndef CORE_SCHED_PACK_SORT_H
#define CORE_SCHED_PACK_SORT_H

#include "core/sched/pack_state.h"

/* <= 0: `a` may stay before `b`. */
typedef int rt_order_fn(const void *a, const void *b, const void *context);

void rt_sort(void *base, size_t len, size_t size, rt_order_fn *order,
	     const void *context, struct rt_arena *scratch);

/* Adds `count` (may be 0) of a request to the asks. */
void rt_asks_add(struct rt_pack *, struct rt_asks *, const struct rt_request *,
		 int64_t count, struct rt_entry);

/* The largest first; equal neighbours from one entry become one ask. */
void rt_asks_sort(struct rt_pack *, struct rt_asks *);

/* Those to be terminated first come first. */
void rt_bins_sort_for_termination(struct rt_pack *, struct rt_bin **at,
				  uint32_t len);

#endif
