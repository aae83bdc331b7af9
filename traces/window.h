/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window.h - jobs that were read and not yet handed out, in order of
 * submission; equal times keep the order in which they were put in.
 */
#ifndef TRACES_WINDOW_H
#define TRACES_WINDOW_H

#include "traces/trace.h"

struct trace_item {
	struct trace_job *job;
	uint64_t copies; /* of it, this one included */
	uint64_t order;
};

/* Zeroed is empty. */
struct trace_window {
	uint64_t order; /* of the next one */
	size_t bytes;   /* of all jobs in it */
	/* A ring of those that came in order: `len` from `first` on. */
	uint32_t first, len, cap;
	struct trace_item *ring;
	/* A heap of those that came late. */
	uint32_t late_len, late_cap;
	struct trace_item *late;
};

void trace_window_put(struct trace_window *, struct trace_job *,
		      uint64_t copies);
static inline uint32_t trace_window_len(const struct trace_window *w)
{
	return w->len + w->late_len;
}
/* Another copy of the first one, or it; there must be one. */
struct trace_job *trace_window_take(struct trace_window *);
/* With all jobs in it. */
void trace_window_free(struct trace_window *);

#endif
