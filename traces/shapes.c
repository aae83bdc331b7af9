/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shapes.c - an open-addressing hash over an array: a trace may have a shape
 * per job.
 */
#include "traces/shapes.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/model/same.h"

#define EMPTY UINT32_MAX

static uint64_t mix(uint64_t hash, uint64_t word)
{
	return (hash ^ word) * 1099511628211u;
}

static uint64_t hash_of(const struct trace_shape *shape)
{
	uint64_t h = 14695981039346656037u;

	for (uint32_t i = 0; i < shape->res.len; i++) {
		h = mix(h, shape->res.at[i].name);
		h = mix(h, (uint64_t)shape->res.at[i].units);
	}
	for (uint32_t i = 0; i < shape->selector.len; i++) {
		const struct rt_label_rule *rule = &shape->selector.rules[i];
		h = mix(h, rule->key);
		h = mix(h, rule->op);
		for (uint32_t k = 0; k < rule->len; k++)
			h = mix(h, rule->values[k]);
	}
	return h ^ (h >> 32);
}

static bool same(const struct trace_shape *a, const struct trace_shape *b)
{
	return rt_same_res(a->res, b->res) &&
	       rt_same_selector(&a->selector, &b->selector);
}

/* The slot that holds the shape, or the empty one where it belongs. */
static uint32_t *slot_of(const struct trace_shapes *shapes,
			 const struct trace_shape *shape)
{
	uint32_t mask = shapes->slots_len - 1;
	uint32_t i = (uint32_t)hash_of(shape) & mask;

	while (shapes->slots[i] != EMPTY &&
	       !same(&shapes->at[shapes->slots[i]], shape))
		i = (i + 1) & mask;
	return &shapes->slots[i];
}

static void rehash(struct trace_shapes *shapes)
{
	shapes->slots_len = shapes->slots_len ? shapes->slots_len * 2 : 64;
	size_t size = shapes->slots_len * sizeof *shapes->slots;
	shapes->slots = rt_realloc(shapes->slots, size);
	memset(shapes->slots, 0xFF, size);
	for (uint32_t i = 0; i < shapes->len; i++)
		*slot_of(shapes, &shapes->at[i]) = i;
}

static struct trace_shape copy(const struct trace_shape *shape,
			       struct rt_arena *arena)
{
	uint32_t len = shape->selector.len;
	struct rt_label_rule *rules =
		rt_arena_dup(arena, shape->selector.rules, len * sizeof *rules);

	for (uint32_t i = 0; i < len; i++)
		rules[i].values =
			rt_arena_dup(arena, rules[i].values,
				     rules[i].len * sizeof *rules[i].values);
	return (struct trace_shape){
		.res = { .len = shape->res.len,
			 .at = rt_arena_dup(arena, shape->res.at,
					    shape->res.len *
						    sizeof *shape->res.at) },
		.selector = { .len = len, .rules = rules },
	};
}

uint32_t trace_shapes_find(struct trace_shapes *shapes,
			   const struct trace_shape *shape,
			   struct rt_arena *arena)
{
	if (shapes->len >= shapes->slots_len / 2)
		rehash(shapes);
	uint32_t *slot = slot_of(shapes, shape);
	if (*slot != EMPTY)
		return *slot;
	RT_GROW(shapes->at, shapes->len, shapes->cap);
	shapes->at[shapes->len] = copy(shape, arena);
	return *slot = shapes->len++;
}

void trace_shapes_free(struct trace_shapes *shapes)
{
	rt_free(shapes->at);
	rt_free(shapes->slots);
	*shapes = (struct trace_shapes){ 0 };
}
