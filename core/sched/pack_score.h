/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_score.h - how well a bin suits what it holds.
 */
#ifndef CORE_SCHED_PACK_SCORE_H
#define CORE_SCHED_PACK_SCORE_H

#include "core/sched/pack_state.h"

/* Compared in this order; greater is better. */
struct rt_score {
	uint32_t match;   /* of label selectors, the preferred ones highest */
	bool gpu_ok;      /* no GPU is wasted on who asks for none */
	int64_t prefer;   /* of its group; Ray knows none: 0 */
	uint32_t kinds;   /* of resources in use */
	double min, mean; /* of the resources' utilization */
};

/* Of p->trial, over all requests it holds for its source. */
struct rt_score rt_score_trial(struct rt_pack *);

/* < 0, 0, > 0 */
int rt_score_cmp(const struct rt_score *, const struct rt_score *);

/* Mean utilization in the order of termination: (total - available) / total,
 * what is not available at all counting as used up. */
double rt_bin_used(const struct rt_bin *);

#endif
