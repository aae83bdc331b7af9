/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe.h - makes one observation of what the GCS says and of what is known
 * of the RayCluster and its pods.
 */
#ifndef AUTOSCALER_OBSERVE_H
#define AUTOSCALER_OBSERVE_H

#include "autoscaler/round.h"

/* Fills `raycluster`, `state_version` and `seen`.  An answer that is missing or
 * not understood fails the whole: half a picture is none. */
enum rt_status observe(const struct world *, struct rt_names *, struct round *,
		       struct rt_error *err);

#endif
