/* SPDX-License-Identifier: Apache-2.0 */
/*
 * picks.h - the jobs that a slice keeps, on their way out.  A job that waits
 * for others goes on waiting for those that are kept, copy for copy; the others
 * are struck off its list.  Where one of them is still to come in the trace, it
 * and all behind it are held back.  Memory is that of what is held back, and of
 * each job's id.
 */
#ifndef CLI_TRACE_PICKS_H
#define CLI_TRACE_PICKS_H

#include "cli/trace/output.h"

struct trace_picks {
	const struct trace_facts *facts;
	struct trace_output *to;
	struct rt_arena *arena; /* of one copy */
	struct rt_names *ids;   /* that jobs have or wait for */
	uint32_t copies_len, copies_cap;
	uint64_t *copies; /* of each, by its place among the ids */
	uint32_t first, held_len, held_cap;
	struct trace_pick *held;
	uint64_t struck; /* waits for jobs that are not kept */
};

/* Zeroed is closed; both are borrowed. */
void trace_picks_open(struct trace_picks *, const struct trace_facts *,
		      struct trace_output *to);
void trace_picks_close(struct trace_picks *);
/* The trace's next job, which is taken over, is kept so often. */
enum rt_status trace_picks_add(struct trace_picks *, struct trace_job *,
			       uint64_t copies, struct rt_error *err);
/* No job comes any more. */
enum rt_status trace_picks_end(struct trace_picks *, struct rt_error *err);

#endif
