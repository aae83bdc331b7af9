/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_pool.h - the candidates for some asks: again and again the one that
 * scores best takes all that it can.  There is one pool at a time, p->pool.
 */
#ifndef CORE_SCHED_PACK_POOL_H
#define CORE_SCHED_PACK_POOL_H

#include "core/sched/pack_state.h"

/* An empty pool.  The asks are sorted and indexed; choosing takes from them. */
void rt_pool_open(struct rt_pack *, struct rt_asks *, enum rt_source);

/* Whether the bin runs and none of the asks fits by its amounts alone. */
bool rt_pool_is_exhausted(struct rt_pack *, struct rt_bin *);

/* A candidate; `back` goes back to the list if it is not chosen. */
void rt_pool_add(struct rt_pack *, struct rt_bin *, struct rt_bin *back);

/* The candidate that suits best, the first of equals, with all on it that it
 * has room for; it leaves the pool.  NULL: none can place any. */
struct rt_bin *rt_pool_choose(struct rt_pack *);

/* Those not chosen, in the order in which they were added. */
void rt_pool_rest(struct rt_pack *, struct rt_bins *out);

#endif
