/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_stages.h - the stages of a packing, in the order in which pack.c runs
 * them.  Each leaves p->bins for the next.
 */
#ifndef CORE_SCHED_PACK_STAGES_H
#define CORE_SCHED_PACK_STAGES_H

#include "core/sched/pack_state.h"

/* Adds nodes to groups below their minimum.  Those of one group are one and the
 * same bin, as in Ray: when a maximum ends one of them, it ends them all. */
void rt_floor_min(struct rt_pack *);

/* Ends nodes of groups above their maximum, then of the cluster above its. */
void rt_floor_max_group(struct rt_pack *);
void rt_floor_max_cluster(struct rt_pack *);

/* What request_resources() asks for.  When all of it fits, the nodes it needs
 * are kept and launched, otherwise it does nothing. */
void rt_pack_constraints(struct rt_pack *);

/* Placement groups, each all or nothing; the most demanding first. */
void rt_pack_gangs(struct rt_pack *);

/* Tasks and actors, as many as fit. */
void rt_pack_tasks(struct rt_pack *);

/* Room that policies want beside, as much as fits. */
void rt_pack_spares(struct rt_pack *);

/* How long pending nodes have not been needed, from round to round. */
void rt_idle_pending(struct rt_pack *);

/* Ends nodes that nobody has needed for longer than their timeout, and says
 * when the next would go. */
void rt_idle_terminate(struct rt_pack *);

#endif
