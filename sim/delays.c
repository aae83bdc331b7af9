/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delays.c - GSL's Mersenne Twister and its lognormal distribution, whose mean
 * is exp(mu + sigma^2/2) and whose (deviation/mean)^2 is exp(sigma^2) - 1.
 */
#include "sim/delays.h"

#include <math.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "core/base/mem.h"

struct sim_delays {
	gsl_rng *rng;
	double mean_s;
	double mu, sigma; /* sigma 0: constant */
};

struct sim_delays *sim_delays_new(double mean_s, double cv, uint64_t seed)
{
	struct sim_delays *delays = rt_calloc(1, sizeof *delays);

	delays->rng = gsl_rng_alloc(gsl_rng_mt19937);
	/* The generator takes 32 bits. */
	gsl_rng_set(delays->rng, (unsigned long)(seed ^ (seed >> 32)));
	delays->mean_s = mean_s;
	if (mean_s > 0) {
		double variance = log1p(cv * cv);
		delays->sigma = sqrt(variance);
		delays->mu = log(mean_s) - variance / 2;
	}
	return delays;
}

void sim_delays_free(struct sim_delays **delays)
{
	if (!*delays)
		return;
	gsl_rng_free((*delays)->rng);
	rt_free(*delays);
	*delays = NULL;
}

double sim_delays_next(struct sim_delays *delays)
{
	if (delays->sigma <= 0)
		return delays->mean_s;
	return gsl_ran_lognormal(delays->rng, delays->mu, delays->sigma);
}
