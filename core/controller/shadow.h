/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shadow.h - a second policy beside the one that acts: it is shown the same
 * snapshots and the same instance table, remembers for itself, and changes
 * nothing.
 */
#ifndef CORE_CONTROLLER_SHADOW_H
#define CORE_CONTROLLER_SHADOW_H

#include "core/controller/chain.h"
#include "core/controller/instances.h"

struct rt_shadow;

/* The chain is borrowed. */
struct rt_shadow *rt_shadow_new(const struct rt_chain *);
void rt_shadow_free(struct rt_shadow **);

/* What is shown in a round, before anything of it is acted upon; all of it must
 * stay until the shadow has decided, but for the table, which is copied. */
void rt_shadow_show(struct rt_shadow *, const struct rt_observation *,
		    const struct rt_snapshot *, const struct rt_instances *,
		    struct rt_arena *);

/* On what was shown last, in its arena.  It would decide the same up to
 * `*until_ms` if nothing but the clock moved, or is to be asked again then. */
enum rt_status rt_shadow_decide(struct rt_shadow *, struct rt_decision **,
				int64_t *until_ms, struct rt_error *err);

#endif
