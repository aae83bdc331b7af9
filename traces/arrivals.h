/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arrivals.h - when made-up jobs come.
 */
#ifndef TRACES_ARRIVALS_H
#define TRACES_ARRIVALS_H

#include "core/base/rng.h"
#include "traces/generate.h"

struct trace_arrival {
	const struct trace_generate_conf *conf;
	uint64_t seed;
	struct rt_rng rng;
	double now_s;
	bool bursts;      /* MMPP: which turn it is */
	double turn_to_s; /* and how long */
};

/* The conf is borrowed. */
struct trace_arrival trace_arrival_new(const struct trace_generate_conf *,
				       uint64_t seed);
double trace_arrival_next(struct trace_arrival *);

#endif
