/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_twin.h - bins that are the same to a packing, known by number.
 *
 * Two that run are twins when nothing that is asked for tells them apart: names
 * and labels that no request mentions do not count (each node has a resource
 * and a label of its own), what they hold does.  Two that do not run yet are
 * twins as Ray sees it: equal in form, whatever they hold.
 */
#ifndef CORE_SCHED_PACK_TWIN_H
#define CORE_SCHED_PACK_TWIN_H

#include "core/sched/pack_state.h"

/* Notes which names the demand mentions; before any other. */
void rt_twins_open(struct rt_pack *);

/* The bin's number, > 0; numbers are given in order of first appearance. */
uint32_t rt_twin_of(struct rt_pack *, struct rt_bin *, enum rt_source);

/* The bin has changed, so have its twins. */
void rt_twin_forget(struct rt_bin *);

#endif
