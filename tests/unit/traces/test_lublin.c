/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_lublin.c - the model's jobs against its distributions with the published
 * parameters: shares, means and deviations as numeric integrals give them,
 * within what chance allows so many draws.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

#include "traces/lublin.h"

#define JOBS 200000
#define STEPS 20000
#define ERRORS 4   /* standard errors that chance may make */
#define LOG_RUN 12 /* longer run times are drawn again, */
#define LOG_GAP 13 /* and longer times between jobs */
#define PROCESSORS 128

/* As in Lublin and Feitelson's paper, for 128 processors. */
static const struct model {
	const char *name;
	int stream; /* -1: all jobs as one kind */
	double serial, power2, low, middle, high, lower;
	double a1, b1, a2, b2, pa, pb;
	double gap_a, gap_b, day_a, day_b, all;
} models[] = {
	{ "interactive", 0, 0.1541, 0.625, 1, 3, 5.5, 0.705, 3.8351, 0.6605,
	  7.073, 0.6856, -0.0118, 0.9156, 6.5510, 0.6621, 8.9186, 3.6680,
	  0.9797 },
	{ "batch", 1, 0.2927, 0.6686, 1.2, 5, 7, 0.875, 6.57, 0.823, 639.1,
	  0.0156, -0.003, 0.6986, 6.0415, 0.8531, 6.1271, 5.2740, 1.0519 },
	{ "all", -1, 0.244, 0.576, 0.8, 4.5, 7, 0.86, 4.2, 0.94, 312, 0.03,
	  -0.0054, 0.78, 10.2303, 0.4871, 8.1737, 3.9631, 1.0225 },
};

static struct lublin_job jobs[JOBS];
static double values[JOBS], logs[JOBS];

static void draw(const struct model *model)
{
	struct lublin lublin;

	lublin_open(&lublin, PROCESSORS, model->stream < 0, 7);
	if (model->stream > 0)
		lublin.streams[0] = lublin.streams[model->stream];
	lublin.streams_len = 1;
	for (int i = 0; i < JOBS; i++)
		jobs[i] = lublin_next(&lublin);
}

/* The mean of so many draws of a number with that mean and deviation. */
static void is_mean(const struct model *model, const char *what, double found,
		    double mean, double deviation, double draws)
{
	double error = deviation / sqrt(draws);

	if (fabs(found - mean) > ERRORS * error)
		fail_msg("%s: %s is %g, not within %d x %g of %g", model->name,
			 what, found, ERRORS, error, mean);
}

/* ---- widths -------------------------------------------------------------- */

static double density(const struct model *m, double u)
{
	return u < m->middle ? m->lower / (m->middle - m->low)
			     : (1 - m->lower) / (m->high - m->middle);
}

static uint32_t parallel(double u, bool power2)
{
	return (uint32_t)floor(exp2(power2 ? floor(u + 0.5) : u) + 0.5);
}

/* The chance of each width. */
static void widths_of(const struct model *m, double chance[PROCESSORS + 1])
{
	double step = (m->high - m->low) / STEPS;

	for (int i = 0; i <= PROCESSORS; i++)
		chance[i] = i == 1 ? m->serial : 0;
	for (int i = 0; i < STEPS; i++) {
		double u = m->low + (i + 0.5) * step;
		double part = density(m, u) * step;
		chance[parallel(u, true)] += m->power2 * part;
		chance[parallel(u, false)] +=
			(1 - m->serial - m->power2) * part;
	}
}

static void check_widths(const struct model *m)
{
	double chance[PROCESSORS + 1], count[PROCESSORS + 1] = { 0 };
	double mean = 0, square = 0;

	widths_of(m, chance);
	for (int i = 0; i < JOBS; i++) {
		count[jobs[i].width]++;
		values[i] = jobs[i].width;
	}
	for (int i = 1; i <= PROCESSORS; i++) {
		char what[64];
		snprintf(what, sizeof what, "the share of width %d", i);
		is_mean(m, what, count[i] / JOBS, chance[i],
			sqrt(chance[i] * (1 - chance[i])) + 1e-4, JOBS);
		mean += chance[i] * i;
		square += chance[i] * i * i;
	}
	is_mean(m, "the mean width", gsl_stats_mean(values, 1, JOBS), mean,
		sqrt(square - mean * mean), JOBS);
}

/* ---- run times ----------------------------------------------------------- */

/* The logarithm of a run time: one of two gammas, below the bound. */
static double run_cdf(const struct model *m, double first, double x)
{
	return first * gsl_cdf_gamma_P(x, m->a1, m->b1) +
	       (1 - first) * gsl_cdf_gamma_P(x, m->a2, m->b2);
}

/* Of log(1 + run time), rounded down as run times are: the central moments from
 * the second to the fourth, the mean as the first. */
static void run_moments(const struct model *m, double first, double moments[5])
{
	double step = (double)LOG_RUN / STEPS, all = run_cdf(m, first, LOG_RUN);

	for (int k = 1; k <= 4; k++) {
		moments[k] = 0;
		for (int i = 0; i < STEPS; i++) {
			double x = (i + 0.5) * step;
			double part =
				first * gsl_ran_gamma_pdf(x, m->a1, m->b1);
			part += (1 - first) *
				gsl_ran_gamma_pdf(x, m->a2, m->b2);
			double y = log1p(floor(exp(x)));
			moments[k] += pow(y - (k > 1 ? moments[1] : 0), k) *
				      part * step / all;
		}
	}
}

/* Kolmogorov and Smirnov's largest distance; run times are rounded down. */
static double distance(const struct model *m, double first, size_t len)
{
	double largest = 0, all = run_cdf(m, first, LOG_RUN);

	gsl_sort(values, 1, len);
	for (size_t i = 0; i < len; i++) {
		if (i + 1 < len && values[i + 1] == values[i])
			continue;
		double cdf = run_cdf(m, first, log(values[i] + 1)) / all;
		largest = fmax(largest,
			       fabs((double)(i + 1) / (double)len - cdf));
	}
	return largest;
}

/* Of each width that many jobs have, as the mix hangs on it. */
static void check_runs(const struct model *m)
{
	double moments[5];
	int checked = 0;

	for (uint32_t width = 1; width <= PROCESSORS; width *= 2) {
		double first = m->pa * width + m->pb;
		size_t len = 0;
		for (int i = 0; i < JOBS; i++)
			if (jobs[i].width == width) {
				logs[len] = log1p(jobs[i].run_s);
				values[len++] = jobs[i].run_s;
			}
		if (len < 1000)
			continue;
		checked++;
		run_moments(m, first, moments);
		is_mean(m, "the mean of log run times",
			gsl_stats_mean(logs, 1, len), moments[1],
			sqrt(moments[2]), (double)len);
		is_mean(m, "the variance of log run times",
			gsl_stats_variance_m(logs, 1, len, moments[1]),
			moments[2], sqrt(moments[4] - moments[2] * moments[2]),
			(double)len);
		if (distance(m, first, len) > 1.63 / sqrt((double)len))
			fail_msg("%s: run times of width %u are of another "
				 "distribution",
				 m->name, width);
	}
	assert_true(checked >= 4);
}

/* ---- arrivals ------------------------------------------------------------ */

static void check_gaps(const struct model *m)
{
	double a = m->gap_a * m->all, sum = 0, square = 0;
	double all = gsl_cdf_gamma_P(LOG_GAP, a, m->gap_b);

	for (int i = 0; i < STEPS; i++) {
		double x = (i + 0.5) * LOG_GAP / STEPS;
		double part = gsl_ran_gamma_pdf(x, a, m->gap_b) * LOG_GAP /
			      STEPS / all;
		sum += exp(x) * part;
		square += exp(2 * x) * part;
	}
	is_mean(m, "the mean time between jobs", jobs[JOBS - 1].submit_s / JOBS,
		sum, sqrt(square - sum * sum), JOBS);
}

/* The share of jobs in each half hour is that of the model's gamma over the
 * day, which begins at the eleventh. */
static void check_day(const struct model *m)
{
	double count[LUBLIN_BUCKETS] = { 0 }, weight[LUBLIN_BUCKETS], sum = 0;

	for (int i = 0; i < JOBS; i++)
		count[(int)fmod(jobs[i].submit_s / 1800, LUBLIN_BUCKETS)]++;
	for (int i = 11; i < 11 + LUBLIN_BUCKETS; i++) {
		double w = gsl_cdf_gamma_P(i + 0.5, m->day_a, m->day_b) -
			   gsl_cdf_gamma_P(i - 0.5, m->day_a, m->day_b);
		weight[(i - 1) % LUBLIN_BUCKETS] = w;
		sum += w;
	}
	double worst = 0;
	for (int i = 0; i < LUBLIN_BUCKETS; i++)
		worst = fmax(worst, fabs(count[i] / JOBS - weight[i] / sum));
	if (worst > 0.003)
		fail_msg("%s: a half hour's share is off by %g", m->name,
			 worst);
}

static void test_models(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		draw(&models[i]);
		check_widths(&models[i]);
		check_runs(&models[i]);
		check_gaps(&models[i]);
		check_day(&models[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_models) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
