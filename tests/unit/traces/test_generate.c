/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_generate.c - made-up traces have the means that were asked for, within
 * what chance allows, and a setting of one thing moves no other.
 */
#include <math.h>

#include "core/base/param.h"
#include "tests/unit/traces/loaded.h"
#include "traces/generate.h"

#define JOBS 100000

static struct trace_generate_conf conf;

struct drawn {
	double submit_s, run_s;
	uint32_t width;
};
static struct drawn jobs[JOBS], before[JOBS];

static void fresh(void)
{
	rt_params_default(trace_generate_params, &conf);
	conf.jobs = JOBS;
}

static void draw(uint64_t seed)
{
	struct trace_generator *generator = trace_generator_new(&conf, seed);
	const struct trace_job *job;
	int n = 0;

	while ((job = trace_generator_next(generator))) {
		assert_true(n < JOBS);
		assert_true(n == 0 || job->submit_s >= jobs[n - 1].submit_s);
		assert_true(job->run_s >= 0);
		assert_int_equal(job->kind, job->asks[0].count > 1
						    ? TRACE_GANG
						    : TRACE_TASK);
		jobs[n++] = (struct drawn){ job->submit_s, job->run_s,
					    job->asks[0].count };
	}
	assert_int_equal(n, JOBS);
	trace_generator_free(&generator);
}

/* Within `error` of it, as a share. */
static void is_near(double value, double wanted, double error)
{
	if (fabs(value / wanted - 1) > error)
		fail_msg("%g is not within %g of %g", value, error, wanted);
}

static double mean_run(void)
{
	double sum = 0;

	for (int i = 0; i < JOBS; i++)
		sum += jobs[i].run_s;
	return sum / JOBS;
}

static double cv_run(void)
{
	double mean = mean_run(), sum = 0;

	for (int i = 0; i < JOBS; i++)
		sum += (jobs[i].run_s - mean) * (jobs[i].run_s - mean);
	return sqrt(sum / JOBS) / mean;
}

/* Of the numbers of jobs in each `every` seconds: variance over mean, which is
 * 1 for a Poisson process. */
static double dispersion(double every)
{
	int len = (int)(jobs[JOBS - 1].submit_s / every);
	double *counts = calloc((size_t)len + 1, sizeof *counts);
	double mean = 0, variance = 0;

	for (int i = 0; i < JOBS; i++)
		counts[(int)(jobs[i].submit_s / every)]++;
	for (int i = 0; i < len; i++)
		mean += counts[i] / len;
	for (int i = 0; i < len; i++)
		variance += (counts[i] - mean) * (counts[i] - mean) / len;
	free(counts);
	return variance / mean;
}

static void test_rates(void **state)
{
	/* The turns are few, so their share is not that exact. */
	const double error[] = { 0.02, 0.1, 0.05 };

	(void)state;
	for (int i = TRACE_POISSON; i <= TRACE_DIURNAL; i++) {
		fresh();
		conf.arrivals = i;
		conf.rate_per_s = 0.5;
		conf.noise = 0.05;
		conf.burst_s = 30;
		conf.calm_s = 270;
		conf.period_s = 7200; /* many of them */
		draw(3);
		is_near(JOBS / jobs[JOBS - 1].submit_s, 0.5, error[i]);
		if (i == TRACE_POISSON)
			is_near(dispersion(600), 1, 0.2);
		else
			assert_true(dispersion(600) > 10);
	}
}

/* With a full swing the six hours around the peak have four times and more of
 * those around the trough. */
static void test_the_wave(void **state)
{
	int high = 0, low = 0;

	(void)state;
	fresh();
	conf.arrivals = TRACE_DIURNAL;
	conf.swing = 1;
	conf.peak_s = 12 * 3600;
	draw(1);
	for (int i = 0; i < JOBS; i++) {
		double hour = fmod(jobs[i].submit_s / 3600, 24);
		high += hour >= 9 && hour < 15;
		low += hour < 3 || hour >= 21;
	}
	assert_true(high > 4 * low);
}

/* The index of dispersion of a process that switches between two rates, over a
 * window (Fischer and Meier-Hellstern's cookbook, 1993). */
static double mmpp_dispersion(double window)
{
	double out = 1 / conf.burst_s, in = 1 / conf.calm_s, both = out + in;
	double calm = conf.rate_per_s * both / (out + in * conf.burst_factor);
	double more = calm * (conf.burst_factor - 1);
	double sum = calm * conf.burst_factor * in + calm * out;

	return 1 + 2 * more * more * out * in / (both * both * sum) *
			   (1 - (1 - exp(-both * window)) / (both * window));
}

static void test_bursts(void **state)
{
	(void)state;
	fresh();
	conf.arrivals = TRACE_MMPP;
	conf.rate_per_s = 0.5;
	conf.burst_s = 30;
	conf.calm_s = 90;
	draw(4);
	for (double window = 5; window < 1000; window *= 4)
		is_near(dispersion(window), mmpp_dispersion(window), 0.08);
}

/* Of a wave that goes up and down by a share the jobs' mean cosine is half of
 * it; each hour's noise is what its counts vary by beyond a Poisson process. */
static void test_wave_and_noise(void **state)
{
	double cosine = 0;

	(void)state;
	fresh();
	conf.arrivals = TRACE_DIURNAL;
	conf.rate_per_s = 0.05;
	conf.noise = 0;
	conf.swing = 0.6;
	draw(6);
	for (int i = 0; i < JOBS; i++)
		cosine += cos(2 * M_PI * (jobs[i].submit_s - conf.peak_s) /
			      conf.period_s) /
			  JOBS;
	is_near(cosine, 0.3, 4 / (0.3 * sqrt(2.0 * JOBS)));
	conf.swing = 0;
	draw(6);
	is_near(dispersion(3600), 1, 0.2);
	conf.noise = 0.5;
	draw(6);
	is_near(dispersion(3600), 1 + 0.05 * 3600 * 0.25, 0.3);
}

static void test_run_times(void **state)
{
	(void)state;
	for (int i = TRACE_RUN_CONSTANT; i <= TRACE_RUN_PARETO; i++) {
		fresh();
		conf.run = i;
		conf.run_mean_s = 600;
		conf.run_cv = i == TRACE_RUN_EXPONENTIAL ? 1 : 0.5;
		draw(5);
		is_near(mean_run(), 600, 0.02);
		if (i != TRACE_RUN_CONSTANT)
			is_near(cv_run(), conf.run_cv, 0.1);
	}
}

static void test_gangs(void **state)
{
	int widths[17] = { 0 };

	(void)state;
	fresh();
	conf.gang_share = 0.3;
	conf.gang_max = 17;
	draw(2);
	for (int i = 0; i < JOBS; i++)
		widths[jobs[i].width]++;
	is_near(widths[1], 0.7 * JOBS, 0.03);
	for (int i = 2; i <= 16; i *= 2)
		is_near(widths[i], 0.3 / 4 * JOBS, 0.05);
}

static void test_streams(void **state)
{
	(void)state;
	fresh();
	draw(1);
	memcpy(before, jobs, sizeof jobs);
	draw(1);
	assert_memory_equal(before, jobs, sizeof jobs);
	conf.gang_share = 0.5;
	conf.run = TRACE_RUN_GAMMA;
	draw(1);
	for (int i = 0; i < JOBS; i++)
		assert_true(jobs[i].submit_s == before[i].submit_s);
	draw(2);
	assert_true(jobs[0].submit_s != before[0].submit_s);
}

/* The published sample lublin_256.swf of the model (all jobs alike, 256
 * processors) has a mean run time of 4,863 s, 137 s at the median, 22.1
 * processors on average and a quarter of jobs on one. */
static void test_lublin(void **state)
{
	int short_ones = 0, serial = 0, power2 = 0;
	double width = 0;

	(void)state;
	fresh();
	conf.arrivals = TRACE_LUBLIN;
	conf.processors = 256;
	conf.one_kind = true;
	draw(1);
	for (int i = 0; i < JOBS; i++) {
		uint32_t w = jobs[i].width;
		assert_true(w >= 1 && w <= 256);
		short_ones += jobs[i].run_s <= 137;
		serial += w == 1;
		power2 += w > 1 && (w & (w - 1)) == 0;
		width += w;
	}
	is_near(mean_run(), 4863, 0.05);
	is_near(short_ones, JOBS / 2.0, 0.05);
	is_near(width / JOBS, 22.1, 0.05);
	is_near(serial, 0.244 * JOBS, 0.05);
	is_near(power2, 0.62 * JOBS, 0.05);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_the_wave),
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_wave_and_noise),
		cmocka_unit_test(test_run_times),
		cmocka_unit_test(test_gangs),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_lublin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
