/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_gang.h - a placement group as requests: bundles that must be together
 * (affinity) are one.
 */
#ifndef CORE_SCHED_PACK_GANG_H
#define CORE_SCHED_PACK_GANG_H

#include <raytide/snapshot.h>

#include "core/base/arena.h"

/* Ray has no placement group whose bundles have two placements, and gives up on
 * one. */
bool rt_gang_is_sane(const struct rt_gang *);

/* Those that stand alone, then the merged ones in order of first appearance. */
const struct rt_request **rt_gang_requests(const struct rt_snapshot *,
					   const struct rt_gang *,
					   struct rt_arena *, uint32_t *len);

#endif
