/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_heap.c - a binary heap that knows where each number is.
 */
#include "core/sched/pack_heap.h"

void rt_heap_clear(struct rt_heap *heap)
{
	for (uint32_t i = 0; i < heap->len; i++)
		heap->places[heap->at[i]] = 0;
	heap->len = 0;
}

static void set(struct rt_heap *heap, uint32_t i, uint32_t number)
{
	heap->at[i] = number;
	heap->places[number] = i + 1;
}

static bool is_above(const struct rt_heap *heap, uint32_t i, uint32_t k)
{
	return heap->above(heap->context, heap->at[i], heap->at[k]);
}

/* Returns where what stood at `i` is now. */
static uint32_t swap(struct rt_heap *heap, uint32_t i, uint32_t k)
{
	uint32_t number = heap->at[i];

	set(heap, i, heap->at[k]);
	set(heap, k, number);
	return k;
}

static void settle(struct rt_heap *heap, uint32_t i)
{
	while (i > 0 && is_above(heap, i, (i - 1) / 2))
		i = swap(heap, i, (i - 1) / 2);
	for (;;) {
		uint32_t top = i;
		for (uint32_t k = 2 * i + 1; k <= 2 * i + 2; k++)
			if (k < heap->len && is_above(heap, k, top))
				top = k;
		if (top == i)
			return;
		i = swap(heap, i, top);
	}
}

static uint32_t *place_of(struct rt_heap *heap, struct rt_arena *arena,
			  uint32_t number)
{
	while (heap->places_len <= number) {
		RT_ARENA_GROW(arena, heap->places, heap->places_len,
			      heap->places_cap);
		heap->places[heap->places_len++] = 0;
	}
	return &heap->places[number];
}

void rt_heap_put(struct rt_heap *heap, struct rt_arena *arena, uint32_t number)
{
	const uint32_t *place = place_of(heap, arena, number);

	if (!*place) {
		RT_ARENA_GROW(arena, heap->at, heap->len, heap->cap);
		set(heap, heap->len++, number);
	}
	settle(heap, *place - 1);
}

void rt_heap_drop(struct rt_heap *heap, uint32_t number)
{
	if (number >= heap->places_len || !heap->places[number])
		return;
	uint32_t i = heap->places[number] - 1;
	uint32_t last = heap->at[--heap->len];
	heap->places[number] = 0;
	if (last == number)
		return;
	set(heap, i, last);
	settle(heap, i);
}
