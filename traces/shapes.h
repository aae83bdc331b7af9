/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shapes.h - requests, each distinct one once and known by its place.
 */
#ifndef TRACES_SHAPES_H
#define TRACES_SHAPES_H

#include "core/base/arena.h"
#include "traces/trace.h"

/* Zeroed is empty. */
struct trace_shapes {
	uint32_t len, cap;
	struct trace_shape *at;
	uint32_t slots_len;
	uint32_t *slots;
};

/* The place of an equal shape, or of a copy (in the arena) that was added. */
uint32_t trace_shapes_find(struct trace_shapes *, const struct trace_shape *,
			   struct rt_arena *);
void trace_shapes_free(struct trace_shapes *);

#endif
