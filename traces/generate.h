/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generate.h - workloads that are made up: how jobs come, how long they run and
 * how wide they are.  Same settings and seed, same jobs; each of the three has
 * a stream of random numbers of its own.
 */
#ifndef TRACES_GENERATE_H
#define TRACES_GENERATE_H

#include <raytide/policy.h>

#include "traces/trace.h"

enum trace_arrivals {
	TRACE_POISSON,
	TRACE_MMPP,    /* calm and bursts, by turns */
	TRACE_DIURNAL, /* a wave a day, with noise by the hour */
	TRACE_LUBLIN,  /* Lublin and Feitelson: run times and widths, too */
};

enum trace_run {
	TRACE_RUN_CONSTANT,
	TRACE_RUN_EXPONENTIAL,
	TRACE_RUN_LOGNORMAL,
	TRACE_RUN_GAMMA,
	TRACE_RUN_WEIBULL,
	TRACE_RUN_PARETO,
};

struct trace_generate_conf {
	int64_t jobs;
	int arrivals; /* enum trace_arrivals */
	double rate_per_s;
	double burst_factor, burst_s, calm_s;
	double swing, period_s, peak_s, noise;
	int run; /* enum trace_run */
	double run_mean_s, run_cv;
	double cpus, gpus, memory;
	double gang_share;
	int64_t gang_max;
	int strategy; /* enum trace_strategy */
	int64_t processors;
	bool one_kind;
};

extern const struct rt_param trace_generate_params[];

struct trace_generator;

struct trace_generator *trace_generator_new(const struct trace_generate_conf *,
					    uint64_t seed);
void trace_generator_free(struct trace_generator **);
const struct trace_facts *trace_generator_facts(const struct trace_generator *);
/* The next job, the generator's until the next call; NULL: that was all. */
const struct trace_job *trace_generator_next(struct trace_generator *);

#endif
