/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome.c - groups and their intervals, and all as CSV.
 */
#include "cli/experiment/outcome.h"

#include <inttypes.h>
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

#include "cli/report/text.h"
#include "core/base/mem.h"

struct interval interval_of(const double *values, uint32_t n, double confidence)
{
	struct interval i = { n, NAN, NAN, NAN };

	if (n == 0)
		return i;
	i.mean = gsl_stats_mean(values, 1, n);
	if (n == 1)
		return i;
	double half = gsl_cdf_tdist_Pinv((1 + confidence) / 2, n - 1) *
		      gsl_stats_sd_m(values, 1, n, i.mean) / sqrt(n);
	i.low = i.mean - half;
	i.high = i.mean + half;
	return i;
}

uint32_t outcome_groups(const struct outcome *o)
{
	return o->cells->len / o->experiment->seeds.len;
}

const struct cell *outcome_group(const struct outcome *o, uint32_t group)
{
	return &o->cells->at[(size_t)group * o->experiment->seeds.len];
}

struct interval outcome_interval(const struct outcome *o, uint32_t group,
				 const struct sim_measure *measure)
{
	uint32_t seeds = o->experiment->seeds.len, n = 0;
	double *values = rt_calloc(seeds, sizeof *values);

	for (uint32_t s = 0; s < seeds; s++) {
		double value = sim_figure(
			&o->figures[(size_t)group * seeds + s], measure);
		if (!isnan(value))
			values[n++] = value;
	}
	struct interval interval =
		interval_of(values, n, o->experiment->confidence);
	rt_free(values);
	return interval;
}

/* ---- beside a base ------------------------------------------------------ */

bool outcome_is_compared(const struct outcome *o, uint32_t group)
{
	const struct experiment_policy *base = o->experiment->base_policy;
	const struct experiment_policy *policy =
		outcome_group(o, group)->policy;

	return base && policy && policy != base;
}

/* Policies turn slower than parameters and faster than all else. */
static uint32_t base_of(const struct outcome *o, uint32_t group)
{
	const struct experiment *e = o->experiment;
	ptrdiff_t turns = 1;

	for (uint32_t p = 0; p < e->parameters.len; p++)
		turns *= e->parameters.at[p].values.len;
	return (uint32_t)(group + turns * (e->base_policy -
					   outcome_group(o, group)->policy));
}

static double percent_of(double value, double base)
{
	return value == base ? 0 : (value - base) / fabs(base) * 100;
}

struct comparison outcome_compare(const struct outcome *o, uint32_t group,
				  const struct sim_measure *measure)
{
	uint32_t seeds = o->experiment->seeds.len, n = 0;
	const struct sim_figures *own = &o->figures[(size_t)group * seeds];
	const struct sim_figures *base =
		&o->figures[(size_t)base_of(o, group) * seeds];
	double *differences = rt_calloc(seeds, sizeof *differences);
	double *percents = rt_calloc(seeds, sizeof *percents);
	struct comparison c = { 0 };
	bool finite = true;

	for (uint32_t s = 0; s < seeds; s++) {
		double b = sim_figure(&base[s], measure);
		double value = sim_figure(&own[s], measure);
		if (isnan(b) || isnan(value))
			continue;
		c.base += b;
		c.mean += value;
		differences[n] = value - b;
		percents[n] = percent_of(value, b);
		finite &= isfinite(percents[n++]) != 0;
	}
	double confidence = o->experiment->confidence;
	c.base /= n;
	c.mean /= n;
	c.difference = interval_of(differences, n, confidence);
	c.percent = interval_of(percents, finite ? n : 0, confidence);
	rt_free(differences);
	rt_free(percents);
	return c;
}

/* ---- CSV ---------------------------------------------------------------- */

static void add_combination_names(const struct outcome *o, FILE *to)
{
	fputs("workload,cluster,policy", to);
	for (uint32_t p = 0; p < o->experiment->parameters.len; p++) {
		putc(',', to);
		report_csv_text(to, o->experiment->parameters.at[p].key);
	}
}

static void add_combination(const struct outcome *o, const struct cell *cell,
			    FILE *to)
{
	fprintf(to, "%s,%s,%s", cell->workload->name, cell->cluster->name,
		cell->policy ? cell->policy->name : "");
	for (uint32_t p = 0; p < o->experiment->parameters.len; p++) {
		putc(',', to);
		report_csv_text(to, cell->values[p].text);
	}
}

static void add_number(double value, FILE *to)
{
	putc(',', to);
	if (!isnan(value))
		report_number(to, value);
}

static void add_measure_names(bool clocked, FILE *to)
{
	for (size_t i = 0; i < SIM_MEASURES_LEN; i++)
		if (sim_measures[i].clocked == clocked)
			fprintf(to, ",%s", sim_measures[i].name);
	putc('\n', to);
}

static void add_measures(const struct sim_figures *figures, bool clocked,
			 FILE *to)
{
	for (size_t i = 0; i < SIM_MEASURES_LEN; i++)
		if (sim_measures[i].clocked == clocked)
			add_number(sim_figure(figures, &sim_measures[i]), to);
	putc('\n', to);
}

void outcome_summary_csv(const struct outcome *o, FILE *to)
{
	fputs("run,", to);
	add_combination_names(o, to);
	fputs(",seed", to);
	add_measure_names(false, to);
	for (uint32_t i = 0; i < o->cells->len; i++) {
		const struct cell *cell = &o->cells->at[i];
		fprintf(to, "%s,", cell->id);
		add_combination(o, cell, to);
		fprintf(to, ",%" PRIu64, cell->seed);
		add_measures(&o->figures[i], false, to);
	}
}

void outcome_timing_csv(const struct outcome *o, FILE *to)
{
	fputs("run", to);
	add_measure_names(true, to);
	for (uint32_t i = 0; i < o->cells->len; i++) {
		fputs(o->cells->at[i].id, to);
		add_measures(&o->figures[i], true, to);
	}
}

static void add_interval(const struct interval *interval, FILE *to)
{
	add_number(interval->mean, to);
	add_number(interval->low, to);
	add_number(interval->high, to);
}

void outcome_intervals_csv(const struct outcome *o, FILE *to)
{
	add_combination_names(o, to);
	fputs(",measure,n,mean,low,high\n", to);
	for (uint32_t g = 0; g < outcome_groups(o); g++)
		for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
			if (sim_measures[i].clocked)
				continue;
			struct interval interval =
				outcome_interval(o, g, &sim_measures[i]);
			add_combination(o, outcome_group(o, g), to);
			fprintf(to, ",%s,%" PRIu32, sim_measures[i].name,
				interval.n);
			add_interval(&interval, to);
			putc('\n', to);
		}
}

static void add_comparisons(const struct outcome *o, uint32_t group, FILE *to)
{
	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		if (sim_measures[i].clocked)
			continue;
		struct comparison c =
			outcome_compare(o, group, &sim_measures[i]);
		add_combination(o, outcome_group(o, group), to);
		fprintf(to, ",%s,%" PRIu32, sim_measures[i].name,
			c.difference.n);
		add_number(c.base, to);
		add_number(c.mean, to);
		add_interval(&c.difference, to);
		add_interval(&c.percent, to);
		putc('\n', to);
	}
}

void outcome_comparison_csv(const struct outcome *o, FILE *to)
{
	add_combination_names(o, to);
	fputs(",measure,n,base,mean,difference,low,high,percent,percent_low,"
	      "percent_high\n",
	      to);
	for (uint32_t g = 0; g < outcome_groups(o); g++)
		if (outcome_is_compared(o, g))
			add_comparisons(o, g, to);
}
