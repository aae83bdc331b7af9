/* SPDX-License-Identifier: Apache-2.0 */
/*
 * miss.h - why demand found no place: what stands nearest in its way, and
 * whether it could ever find one.  Ray calls all of it infeasible; a user wants
 * to know whether to wait, to raise a maximum or to mend the request.
 */
#ifndef CORE_SCHED_MISS_H
#define CORE_SCHED_MISS_H

#include "core/model/decision.h"

enum rt_verdict {
	/* No node could hold it, neither a new one nor one that is there. */
	RT_VERDICT_NEVER,
	/* None is known to: it asks for labels, which nodes may have beside
	 * those of their group, or for a resource of one node or placement
	 * group, which may yet come. */
	RT_VERDICT_UNKNOWN,
	/* One could: a maximum or the work in hand stands in the way. */
	RT_VERDICT_WAITS,
};

struct rt_miss {
	enum rt_verdict verdict;
	struct rt_why why;
};

struct rt_misses;

/* To be asked about the demand that the decision leaves without a place; both
 * the decision and the arena must outlive it. */
struct rt_misses *rt_misses_open(const struct rt_decision *, struct rt_arena *);

/* How one group stands to one request: what it lacks, its maximum, or that it
 * could hold it. */
struct rt_why rt_miss_in(const struct rt_misses *, const struct rt_request *,
			 uint32_t group);

struct rt_miss rt_miss_of(const struct rt_misses *, struct rt_entry);

#endif
