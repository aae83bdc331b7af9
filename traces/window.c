/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window.c - most traces are in order, so most jobs go through the ring for
 * next to nothing; only those that come after a later one go through the heap.
 * The first of both is the next.
 */
#include "traces/window.h"

#include <string.h>

#include "core/base/mem.h"
#include "traces/job.h"

static bool before(const struct trace_item *a, const struct trace_item *b)
{
	if (a->job->submit_s != b->job->submit_s)
		return a->job->submit_s < b->job->submit_s;
	return a->order < b->order;
}

/* The capacity is a power of 2, so the ring is even when it is wrapped. */
static struct trace_item *ring_at(const struct trace_window *w, uint32_t i)
{
	return &w->ring[(w->first + i) & (w->cap - 1)];
}

static void ring_put(struct trace_window *w, struct trace_item item)
{
	if (w->len == w->cap) {
		uint32_t old = w->cap;
		RT_GROW(w->ring, w->len, w->cap);
		/* What went around the end goes on behind it. */
		memcpy(w->ring + old, w->ring, w->first * sizeof *w->ring);
	}
	*ring_at(w, w->len++) = item;
}

static void late_put(struct trace_window *w, struct trace_item item)
{
	RT_GROW(w->late, w->late_len, w->late_cap);
	uint32_t i = w->late_len++;
	while (i > 0 && before(&item, &w->late[(i - 1) / 2])) {
		w->late[i] = w->late[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	w->late[i] = item;
}

static void late_drop(struct trace_window *w)
{
	struct trace_item last = w->late[--w->late_len];
	uint32_t i = 0, child;

	while ((child = 2 * i + 1) < w->late_len) {
		if (child + 1 < w->late_len &&
		    before(&w->late[child + 1], &w->late[child]))
			child++;
		if (!before(&w->late[child], &last))
			break;
		w->late[i] = w->late[child];
		i = child;
	}
	w->late[i] = last;
}

void trace_window_put(struct trace_window *w, struct trace_job *job,
		      uint64_t copies)
{
	struct trace_item item = { job, copies, w->order++ };

	w->bytes += job->size;
	if (w->len == 0 || !before(&item, ring_at(w, w->len - 1)))
		ring_put(w, item);
	else
		late_put(w, item);
}

struct trace_job *trace_window_take(struct trace_window *w)
{
	bool late = w->late_len > 0 &&
		    (w->len == 0 || before(&w->late[0], ring_at(w, 0)));
	struct trace_item *item = late ? &w->late[0] : ring_at(w, 0);
	struct trace_job *job = item->job;

	if (--item->copies > 0)
		return trace_job_copy(job);
	w->bytes -= job->size;
	if (late) {
		late_drop(w);
	} else {
		w->first = (w->first + 1) & (w->cap - 1);
		w->len--;
	}
	return job;
}

void trace_window_free(struct trace_window *w)
{
	for (uint32_t i = 0; i < w->len; i++)
		trace_job_free(&ring_at(w, i)->job);
	for (uint32_t i = 0; i < w->late_len; i++)
		trace_job_free(&w->late[i].job);
	rt_free(w->ring);
	rt_free(w->late);
	*w = (struct trace_window){ 0 };
}
