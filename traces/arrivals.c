/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arrivals.c - all are Poisson processes whose rate changes: MMPP's by turns,
 * the wave's by thinning under the highest rate of the hour.  Nothing is
 * remembered, so a draw that passes a change of the rate is drawn again there.
 */
#include "traces/arrivals.h"

#include <math.h>

#include <gsl/gsl_randist.h>

#include "traces/gsl.h"

#define NOISE_EVERY_S 3600

struct trace_arrival trace_arrival_new(const struct trace_generate_conf *conf,
				       uint64_t seed)
{
	return (struct trace_arrival){
		.conf = conf,
		.seed = seed,
		.rng = rt_rng_open(seed, "generate.arrivals", 0),
		.bursts = true, /* the first turn, now at its end, is calm's */
	};
}

static double exponential(struct trace_arrival *a, double mean)
{
	return -mean * log1p(-rt_rng_unit(&a->rng));
}

/* Such that the rate over both turns is the one asked for. */
static double calm_rate(const struct trace_generate_conf *conf)
{
	double all_s = conf->calm_s + conf->burst_s;

	return conf->rate_per_s * all_s /
	       (conf->calm_s + conf->burst_s * conf->burst_factor);
}

static double mmpp_next(struct trace_arrival *a)
{
	const struct trace_generate_conf *conf = a->conf;

	for (;;) {
		if (a->now_s >= a->turn_to_s) {
			a->bursts = !a->bursts;
			a->turn_to_s = a->now_s +
				       exponential(a, a->bursts ? conf->burst_s
								: conf->calm_s);
		}
		double rate =
			calm_rate(conf) * (a->bursts ? conf->burst_factor : 1);
		double next_s = a->now_s + exponential(a, 1 / rate);
		if (next_s < a->turn_to_s)
			return next_s;
		a->now_s = a->turn_to_s;
	}
}

/* Lognormal with the mean 1; of each hour for itself. */
static double noise(const struct trace_arrival *a, double hour)
{
	double variance = log1p(a->conf->noise * a->conf->noise);
	struct rt_rng rng =
		rt_rng_open(a->seed, "generate.noise", (uint64_t)hour);
	gsl_rng gsl = trace_gsl(&rng);

	return gsl_ran_lognormal(&gsl, -variance / 2, sqrt(variance));
}

static double diurnal_next(struct trace_arrival *a)
{
	const struct trace_generate_conf *conf = a->conf;

	for (;;) {
		double hour = floor(a->now_s / NOISE_EVERY_S);
		double to_s = (hour + 1) * NOISE_EVERY_S;
		double highest =
			conf->rate_per_s * noise(a, hour) * (1 + conf->swing);
		double phase, share;
		do {
			a->now_s += exponential(a, 1 / highest);
			phase = (a->now_s - conf->peak_s) / conf->period_s;
			share = (1 + conf->swing * cos(2 * M_PI * phase)) /
				(1 + conf->swing);
		} while (a->now_s < to_s && rt_rng_unit(&a->rng) >= share);
		if (a->now_s < to_s)
			return a->now_s;
		a->now_s = to_s;
	}
}

double trace_arrival_next(struct trace_arrival *a)
{
	switch ((enum trace_arrivals)a->conf->arrivals) {
	case TRACE_MMPP:
		a->now_s = mmpp_next(a);
		break;
	case TRACE_DIURNAL:
		a->now_s = diurnal_next(a);
		break;
	case TRACE_POISSON:
	case TRACE_LUBLIN: /* which has its own */
		a->now_s += exponential(a, 1 / a->conf->rate_per_s);
		break;
	}
	return a->now_s;
}
