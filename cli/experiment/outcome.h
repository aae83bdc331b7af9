/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome.h - what an experiment comes to: the figures of each run, and of the
 * runs that differ in nothing but the seed their mean with an interval.
 */
#ifndef CLI_EXPERIMENT_OUTCOME_H
#define CLI_EXPERIMENT_OUTCOME_H

#include <stdio.h>

#include "cli/experiment/cell.h"
#include "sim/measures.h"

struct outcome {
	const struct experiment *experiment;
	const struct cells *cells;
	struct sim_figures *figures; /* of each cell */
};

/* Student's t: the mean of `n` independent runs lies between `low` and `high`
 * with the experiment's confidence, were the figures normally distributed.
 * NAN: there is none, of less than two runs. */
struct interval {
	uint32_t n; /* runs that have such a figure */
	double mean, low, high;
};

struct interval interval_of(const double *values, uint32_t n,
			    double confidence);

/* Groups of runs: cells that follow on each other, as many as seeds. */
uint32_t outcome_groups(const struct outcome *);
const struct cell *outcome_group(const struct outcome *, uint32_t group);
struct interval outcome_interval(const struct outcome *, uint32_t group,
				 const struct sim_measure *);

/* A group's runs beside those of the base policy, seed by seed. */
struct comparison {
	double base, mean;          /* of the seeds that both have */
	struct interval difference; /* of the group from the base */
	struct interval percent;    /* of it in the base's; n is 0 where a base
				       of zero makes it none */
};

/* Whether it is another than the base's and the base has been told. */
bool outcome_is_compared(const struct outcome *, uint32_t group);
struct comparison outcome_compare(const struct outcome *, uint32_t group,
				  const struct sim_measure *);

/* docs/formats/experiment.md tells the columns. */
void outcome_summary_csv(const struct outcome *, FILE *);
void outcome_timing_csv(const struct outcome *, FILE *);
void outcome_intervals_csv(const struct outcome *, FILE *);
void outcome_comparison_csv(const struct outcome *, FILE *);
void outcome_summary_json(const struct outcome *, FILE *);
/* Members of JSON objects, without a comma behind: "parameters", by their
 * settings; "workload", "cluster", "policy" and these; "base". */
void outcome_parameters(const struct experiment *, const struct cell *, FILE *);
void outcome_combination(const struct outcome *, const struct cell *, FILE *);
void outcome_base(const struct outcome *, FILE *);
/* "runs" of a group, each with its seed. */
void outcome_runs(const struct outcome *, uint32_t group, FILE *);
/* A line for each group with the measures that are to be shown, and one that
 * compares it. */
void outcome_table(const struct outcome *, FILE *);
/* report.html over all runs. */
void outcome_page(const struct outcome *, FILE *);

#endif
