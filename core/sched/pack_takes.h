/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_takes.h - who took how much of which ask when it was tried.  A take is
 * in two lists: those of who took it, and those of the ask.
 */
#ifndef CORE_SCHED_PACK_TAKES_H
#define CORE_SCHED_PACK_TAKES_H

#include <stdint.h>

#include "core/base/arena.h"

#define RT_NO_TAKE UINT32_MAX

struct rt_take {
	uint32_t ask, who;
	int64_t count;
	uint32_t next;          /* of who took it; of those that are free */
	uint32_t before, after; /* of the ask */
};

struct rt_taken {
	uint32_t first;
	int64_t most; /* no count is larger */
};

struct rt_takes {
	uint32_t asks_len;
	struct rt_taken *asks;
	uint32_t len, cap;
	struct rt_take *at;
	uint32_t free;
};

/* Of that many asks nothing is taken; all lists are empty. */
void rt_takes_open(struct rt_takes *, struct rt_arena *, uint32_t asks);

/* `list` is the first of who takes; RT_NO_TAKE at the beginning. */
void rt_takes_add(struct rt_takes *, struct rt_arena *, uint32_t *list,
		  uint32_t who, uint32_t ask, int64_t count);
void rt_takes_drop(struct rt_takes *, uint32_t *list);

#endif
