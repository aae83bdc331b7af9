/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slow_fit.h - one packing of the slow packer.
 */
#ifndef TESTS_UNIT_CORE_SCHED_SLOW_FIT_H
#define TESTS_UNIT_CORE_SCHED_SLOW_FIT_H

#include "tests/unit/core/sched/slow_node.h"

/* One request, its count expanded. */
struct slow_want {
	const struct rt_request *request;
	uint32_t entry; /* of the demand it came from */
};

struct slow_wants {
	uint32_t len, cap;
	struct slow_want *at;
};

void slow_want(struct slow *, struct slow_wants *, const struct rt_request *,
	       int64_t count, uint32_t entry);

/* The list after packing; what found no place is left in the wants.  s->list
 * is not changed: who drops the result has packed nothing. */
struct slow_list slow_fit(struct slow *, struct slow_wants *, enum slow_source);

#endif
