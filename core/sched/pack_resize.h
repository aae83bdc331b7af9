/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_resize.h - pods that are, or may be, made larger in place.
 */
#ifndef CORE_SCHED_PACK_RESIZE_H
#define CORE_SCHED_PACK_RESIZE_H

#include "core/sched/pack_state.h"

/* The bin with the totals that a resize under way will give it; the same bin
 * when none is. */
struct rt_bin *rt_resize_under_way(struct rt_pack *, struct rt_bin *);

/* A new node with the totals that it can be given later.  Changes the bin. */
struct rt_bin *rt_resize_fresh(struct rt_pack *, struct rt_bin *);

bool rt_resize_is_possible(const struct rt_pack *, const struct rt_bin *);
/* As large as it can be. */
struct rt_bin *rt_resize_raise(struct rt_pack *, const struct rt_bin *);
/* The resize to that size is decided.  Changes the bin. */
struct rt_bin *rt_resize_queue(struct rt_pack *, struct rt_bin *);

/* Decided, and Ray has a raylet to tell. */
bool rt_resize_is_due(const struct rt_bin *);

/* Why it is. */
struct rt_why rt_resize_why(const struct rt_pack *, const struct rt_bin *);

#endif
