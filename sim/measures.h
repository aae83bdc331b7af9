/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measures.h - what a run comes to, once it is over: a table of measures, and a
 * struct with the figure of each.  --json, summary.csv, the printed summary and
 * docs/reference/measures.md are made from the table.
 */
#ifndef SIM_MEASURES_H
#define SIM_MEASURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NAN: the run has no such figure. */
struct sim_figures {
#define MEASURE(field, name, unit, better, text) double field;
#define CLOCKED MEASURE
#include "sim/measures.def"
#undef CLOCKED
#undef MEASURE
};

#define SIM_MEASURES_LEN (sizeof(struct sim_figures) / sizeof(double))

enum sim_better {
	SIM_AS_IS,
	SIM_LESS,
	SIM_MORE,
};

struct sim_measure {
	const char *name; /* "wait_s.mean" */
	const char *unit; /* "" for none */
	enum sim_better better;
	bool clocked; /* by a real clock: another figure in each run */
	size_t offset;
	const char *text;
};

extern const struct sim_measure sim_measures[SIM_MEASURES_LEN];

double sim_figure(const struct sim_figures *, const struct sim_measure *);

struct sim_spread {
	double mean, p50, p90, p95, p99, max;
};

/* Nearest-rank percentiles; puts the values in another order.  Of none all is
 * NAN. */
struct sim_spread sim_spread(double *values, size_t n);

struct sim_world;
struct sim_result;
struct sim_job;
struct trace;
/* The jobs move into the result; the times of decisions get another order. */
struct sim_result *sim_measure(struct sim_world *, uint64_t rounds,
			       double *decisions_ms, size_t decisions);
/* Of a pool of processors, whose hours are reported as those of CPUs. */
struct sim_result *sim_measure_pool(const struct trace *, struct sim_job *,
				    uint64_t events, uint32_t processors,
				    double work_s);

#endif
