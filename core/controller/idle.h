/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idle.h - for how long a node has been idle.  By its raylet's count alone that
 * is too short: as soon as any node of the cluster ends, all others begin to
 * count anew (seen in Ray 2.60, some 0.1 s after the end).  Nodes that end
 * their work one after the other would each wait for their whole timeout again
 * whenever one leaves, and where nodes come and go all the time none would ever
 * leave for being idle.  So what a node had before such a moment still counts.
 */
#ifndef CORE_CONTROLLER_IDLE_H
#define CORE_CONTROLLER_IDLE_H

#include "core/controller/instances.h"

/* A Ray node has ended since the round before. */
void rt_idle_died(struct rt_instances *, int64_t now_ms);

/* When the raylets began to count anew, as far as this observation tells;
 * RT_NONE: they did not lately. */
int64_t rt_idle_restart(const struct rt_instances *,
			const struct rt_observation *);

/* Takes the claim of the instance's Ray node in. */
void rt_idle_mirror(struct rt_instance *, int64_t restart_ms, int64_t now_ms);

/* What the node's own claim is to be taken for. */
int64_t rt_idle_ms(const struct rt_instance *);

#endif
