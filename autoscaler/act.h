/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act.h - carries a round's actions out: drains first, then one patch of the
 * RayCluster with the launches and the deletions whose drains are done.  After
 * a patch that failed nothing is drained until one succeeds, or there is none
 * to be tried: a node that could be neither deleted nor replaced is better
 * kept.
 */
#ifndef AUTOSCALER_ACT_H
#define AUTOSCALER_ACT_H

#include "autoscaler/round.h"

/* Writes the outcome into each action but resizes (act_resize.h).  The first
 * failure is returned; what it does not touch is still tried. */
enum rt_status act_run(const struct world *, struct round *,
		       struct rt_error *err);

/* Tells what was changed, with its reason. */
void act_log(const struct round *);

/* Tells what would be changed, where nothing is; `told` is the hash of what it
 * told last, and starts as 0: wishes that stay are no news. */
void act_log_wishes(const struct round *, uint64_t *told);

#endif
