/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.h - what a trace is, in numbers: jobs are added in order of submission,
 * then the summary is made.  Memory is that of the jobs that run at one time,
 * and a number for each job.
 */
#ifndef TRACES_STATS_H
#define TRACES_STATS_H

#include "traces/trace.h"

struct trace_demand {
	uint32_t name;    /* in the trace's names */
	double hours;     /* the sum of amount x run time */
	double peak;      /* if every job ran from its submission on */
	double peak_at_s; /* after the first submission; when it is reached */
};

/* Bars of a histogram: run times up to and with the bound, above the one
 * before. */
#define TRACE_BARS 11
extern const double trace_bars[TRACE_BARS]; /* the last is INFINITY */

/* Columns of a histogram over time, from the first submission on: so many at
 * most, and more than half of that unless all came within so many seconds. */
#define TRACE_COLUMNS 64

struct trace_summary {
	uint64_t jobs;
	uint64_t kinds[TRACE_REQUEST + 1];
	double first_s, last_s; /* of the submissions */
	double last_end_s;      /* if every job ran from its submission on */
	/* Of the run times; nearest-rank.  Without one they are void. */
	uint64_t runs;
	double mean, p50, p90, p99, max;
	uint64_t bars[TRACE_BARS];
	double column_s; /* that each spans: a power of two */
	uint32_t columns_len;
	uint64_t columns[TRACE_COLUMNS]; /* submissions */
	uint32_t demands_len;            /* in order of first use */
	const struct trace_demand *demands;
	uint64_t submissions_max; /* within one second, by the whole ones */
};

struct trace_stats;

/* The facts are those of the trace, and borrowed. */
struct trace_stats *trace_stats_new(const struct trace_facts *);
void trace_stats_free(struct trace_stats **);
void trace_stats_add(struct trace_stats *, const struct trace_job *);
/* Once; valid as long as the stats. */
const struct trace_summary *trace_stats_sum(struct trace_stats *);

#endif
