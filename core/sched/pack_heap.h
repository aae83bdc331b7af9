/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_heap.h - small numbers in a heap, the best on top.
 */
#ifndef CORE_SCHED_PACK_HEAP_H
#define CORE_SCHED_PACK_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"

/* Whether `a` goes above `b`; no two numbers may be equal. */
typedef bool rt_above_fn(const void *context, uint32_t a, uint32_t b);

struct rt_heap {
	rt_above_fn *above;
	const void *context;
	uint32_t len, cap;
	uint32_t *at; /* at[0] is on top */
	/* For each number its place + 1; 0: it is not there. */
	uint32_t places_len, places_cap;
	uint32_t *places;
};

void rt_heap_clear(struct rt_heap *);

/* Takes the number in; one that is there and has become better or worse goes
 * where it belongs. */
void rt_heap_put(struct rt_heap *, struct rt_arena *, uint32_t number);

void rt_heap_drop(struct rt_heap *, uint32_t number);

#endif
