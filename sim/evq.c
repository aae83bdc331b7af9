/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evq.c - a binary heap in an array: the children of i are 2i+1 and 2i+2.
 */
#include "sim/evq.h"

#include <math.h>

#include "core/base/mem.h"

static bool before(const struct sim_event *a, const struct sim_event *b)
{
	if (a->at_s != b->at_s)
		return a->at_s < b->at_s;
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return a->number < b->number;
}

void sim_evq_push(struct sim_evq *q, struct sim_event event)
{
	RT_GROW(q->heap, q->len, q->cap);
	uint32_t i = q->len++;
	while (i > 0 && before(&event, &q->heap[(i - 1) / 2])) {
		q->heap[i] = q->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	q->heap[i] = event;
}

struct sim_event sim_evq_pop(struct sim_evq *q)
{
	struct sim_event first = q->heap[0], last = q->heap[--q->len];
	uint32_t i = 0;

	for (uint32_t child; (child = 2 * i + 1) < q->len; i = child) {
		if (child + 1 < q->len &&
		    before(&q->heap[child + 1], &q->heap[child]))
			child++;
		if (!before(&q->heap[child], &last))
			break;
		q->heap[i] = q->heap[child];
	}
	q->heap[i] = last;
	return first;
}

double sim_evq_next(const struct sim_evq *q)
{
	return q->len ? q->heap[0].at_s : INFINITY;
}

void sim_evq_drop(struct sim_evq *q,
		  bool (*is_void)(void *to, const struct sim_event *), void *to)
{
	struct sim_evq old = *q;

	*q = (struct sim_evq){ 0 };
	for (uint32_t i = 0; i < old.len; i++)
		if (!is_void(to, &old.heap[i]))
			sim_evq_push(q, old.heap[i]);
	sim_evq_free(&old);
}

void sim_evq_free(struct sim_evq *q)
{
	rt_free(q->heap);
	*q = (struct sim_evq){ 0 };
}
