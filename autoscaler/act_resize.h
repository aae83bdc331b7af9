/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act_resize.h - carries a round's resizes in place out.  The rights to it are
 * newer than others, so that their lack must not touch anything else: it is a
 * step of its own.
 */
#ifndef AUTOSCALER_ACT_RESIZE_H
#define AUTOSCALER_ACT_RESIZE_H

#include "autoscaler/health.h"
#include "autoscaler/round.h"

/* Writes the outcomes into the actions.  The first failure ends it: what is
 * left is decided again.  Where nothing was to be done `health` stays as it is.
 */
void act_resize(const struct world *, struct round *, struct health *);

#endif
