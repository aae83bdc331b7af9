/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_fit.h - one packing: asks onto the bins of the list, then onto new
 * nodes.
 */
#ifndef CORE_SCHED_PACK_FIT_H
#define CORE_SCHED_PACK_FIT_H

#include <raytide/limits.h>

#include "core/sched/pack_state.h"

/* Sorts the asks and packs them; what found no place is left in them.  The list
 * that would result is in p->next; p->bins is unchanged. */
void rt_fit(struct rt_pack *, struct rt_asks *, enum rt_source);

/* Makes the list of the last rt_fit() the one that stands. */
void rt_fit_keep(struct rt_pack *);

#endif
