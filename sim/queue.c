/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.c - a shape's tasks are a list through `next`, its stretches a list
 * through `later`; all stretches together are a list through `after`.
 */
#include "sim/queue.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "core/model/res.h"

struct sim_stretch {
	struct sim_shape *shape;
	int64_t count;
	struct sim_stretch *before, *after; /* in the queue */
	struct sim_stretch *later;          /* of the same shape */
};

void sim_queue_init(struct sim_queue *q, struct sim_shape *shapes,
		    uint32_t shapes_len, uint32_t tasks_len)
{
	*q = (struct sim_queue){
		.shapes_len = shapes_len,
		.shapes = shapes,
		.waiting = rt_calloc(shapes_len, sizeof *q->waiting),
		.next = rt_calloc(tasks_len, sizeof *q->next),
	};
	for (uint32_t i = 0; i < shapes_len; i++)
		shapes[i].first = shapes[i].last = shapes[i].place = SIM_NONE;
}

static void free_stretches(struct sim_stretch *stretch)
{
	while (stretch) {
		struct sim_stretch *after = stretch->after;
		rt_free(stretch);
		stretch = after;
	}
}

void sim_queue_free(struct sim_queue *q)
{
	free_stretches(q->head);
	free_stretches(q->spare);
	rt_free(q->waiting);
	rt_free(q->next);
	*q = (struct sim_queue){ 0 };
}

static void begin_stretch(struct sim_queue *q, struct sim_shape *shape)
{
	struct sim_stretch *stretch = q->spare;

	if (stretch)
		q->spare = stretch->after;
	else
		stretch = rt_calloc(1, sizeof *stretch);
	*stretch = (struct sim_stretch){ .shape = shape, .before = q->tail };
	q->stretches_len++;
	if (q->tail)
		q->tail->after = stretch;
	else
		q->head = stretch;
	q->tail = stretch;
	if (shape->newest)
		shape->newest->later = stretch;
	else
		shape->oldest = stretch;
	shape->newest = stretch;
}

/* Out of the queue; the shape's own list is the caller's. */
static void end_stretch(struct sim_queue *q, struct sim_stretch *stretch)
{
	if (stretch->before)
		stretch->before->after = stretch->after;
	else
		q->head = stretch->after;
	if (stretch->after)
		stretch->after->before = stretch->before;
	else
		q->tail = stretch->before;
	stretch->after = q->spare;
	q->spare = stretch;
	q->stretches_len--;
}

/* What stood between two stretches of one shape is gone: they are one now. */
static void merge(struct sim_queue *q, struct sim_stretch *left,
		  struct sim_stretch *right)
{
	if (!left || !right || left->shape != right->shape)
		return;
	left->count += right->count;
	left->later = right->later;
	if (left->shape->newest == right)
		left->shape->newest = left;
	end_stretch(q, right);
}

static void start_waiting(struct sim_queue *q, struct sim_shape *shape)
{
	shape->place = q->waiting_len;
	q->waiting[q->waiting_len++] = (uint32_t)(shape - q->shapes);
}

static void stop_waiting(struct sim_queue *q, struct sim_shape *shape)
{
	uint32_t moved = q->waiting[--q->waiting_len];

	q->waiting[shape->place] = moved;
	q->shapes[moved].place = shape->place;
	shape->place = SIM_NONE;
}

void sim_queue_join(struct sim_queue *q, uint32_t task, struct sim_shape *shape)
{
	q->next[task] = SIM_NONE;
	if (shape->first == SIM_NONE) {
		shape->first = task;
		start_waiting(q, shape);
	} else {
		q->next[shape->last] = task;
	}
	shape->last = task;
	shape->waiting++;
	if (!q->tail || q->tail->shape != shape)
		begin_stretch(q, shape);
	q->tail->count++;
}

uint32_t sim_queue_leave(struct sim_queue *q, struct sim_shape *shape)
{
	uint32_t task = shape->first;
	struct sim_stretch *stretch = shape->oldest;

	shape->first = q->next[task];
	shape->waiting--;
	if (shape->first == SIM_NONE) {
		shape->last = SIM_NONE;
		stop_waiting(q, shape);
	}
	if (--stretch->count == 0) {
		struct sim_stretch *left = stretch->before;
		struct sim_stretch *right = stretch->after;
		shape->oldest = stretch->later;
		if (!shape->oldest)
			shape->newest = NULL;
		end_stretch(q, stretch);
		merge(q, left, right);
	}
	return task;
}

struct sim_shape *sim_queue_front(const struct sim_queue *q)
{
	return q->head ? q->head->shape : NULL;
}

/* Both are in byte order of the names, and a node that could hold it has all
 * that it asks for. */
bool sim_shape_fits(const struct sim_shape *shape, uint32_t group,
		    const struct rt_amount *left)
{
	if (!shape->holds[group])
		return false;
	for (uint32_t i = 0; i < shape->res.len; i++) {
		while (left->name != shape->res.at[i].name)
			left++;
		if (left->units < shape->res.at[i].units)
			return false;
	}
	return true;
}

bool sim_res_holds(struct rt_res node, struct rt_res task)
{
	for (uint32_t i = 0; i < task.len; i++)
		if (rt_res_get(node, task.at[i].name) < task.at[i].units)
			return false;
	return true;
}

struct rt_request sim_queue_request(const struct sim_queue *q,
				    const struct sim_shape *shape,
				    int64_t count)
{
	return (struct rt_request){
		.count = count,
		.res = shape->res,
		.selectors_len = shape->selector.len > 0 || q->always_select,
		.selectors = &shape->selector,
	};
}

static int by_number(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

const struct rt_request *sim_queue_counts(const struct sim_queue *q,
					  struct rt_arena *arena, uint32_t *len)
{
	struct rt_request *requests =
		RT_ARENA_ARRAY(arena, struct rt_request, q->waiting_len);
	uint32_t *shapes = rt_arena_dup(arena, q->waiting,
					q->waiting_len * sizeof *shapes);

	qsort(shapes, q->waiting_len, sizeof *shapes, by_number);
	for (*len = 0; *len < q->waiting_len; ++*len) {
		const struct sim_shape *shape = &q->shapes[shapes[*len]];
		requests[*len] = sim_queue_request(q, shape, shape->waiting);
	}
	return requests;
}

const struct rt_request *sim_queue_requests(const struct sim_queue *q,
					    struct rt_arena *arena,
					    uint32_t *len)
{
	struct rt_request *requests =
		RT_ARENA_ARRAY(arena, struct rt_request, q->stretches_len);

	*len = 0;
	for (const struct sim_stretch *s = q->head; s; s = s->after)
		requests[(*len)++] = sim_queue_request(q, s->shape, s->count);
	return requests;
}
