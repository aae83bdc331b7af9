/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_trial.h - placing requests on a copy of a bin, to see how it goes.
 * There is one trial at a time, p->trial.
 */
#ifndef CORE_SCHED_PACK_TRIAL_H
#define CORE_SCHED_PACK_TRIAL_H

#include "core/sched/pack_state.h"

void rt_trial_begin(struct rt_pack *, const struct rt_bin *, enum rt_source);

/* Places what is left (> 0) of the ask, as far as there is room; returns how
 * many that were. */
int64_t rt_trial_place(struct rt_pack *, const struct rt_ask *);

/* What is left by now. */
struct rt_res rt_trial_available(const struct rt_pack *);

/* The bin with what was placed on it. */
struct rt_bin *rt_trial_keep(struct rt_pack *);

/* What there is of a name; of implicit ones every node has 1. */
int64_t rt_available(const struct rt_pack *, struct rt_res, uint32_t name);

/* How many of these requests fit by their resources alone, at most `count`. */
int64_t rt_room_for(const struct rt_pack *, struct rt_res available,
		    struct rt_res request, int64_t count);

/* The first of the request's alternatives that holds under these labels, or
 * selectors_len. */
uint32_t rt_selector_met(const struct rt_request *, struct rt_labels);

#endif
