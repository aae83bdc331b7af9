/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lublin.c - the parameters are those of the paper.  Time passes in a day's
 * half hours, of which each costs as many points as jobs come in it on average;
 * a draw from the gamma distribution of the rush hours says how many points are
 * between two jobs.
 */
#include "traces/lublin.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "traces/gsl.h"

#define BUCKET_S 1800
#define DAY_BEGINS 11  /* the half hour where the model's day begins, from 1 */
#define LOG_RUN_MAX 12 /* exp(12) s: some two days */
#define LOG_GAP_MAX 13 /* exp(13) s: some five days */
#define LOG_WIDTH 7    /* of the computer that it was fitted to */

struct lublin_type {
	/* Widths: of one processor, powers of two, two-stage uniform. */
	double serial, power2, low, middle, high, lower;
	/* The logarithm of the run time: one of two gammas, the first with a
	 * chance that sinks with the width. */
	double a1, b1, a2, b2, pa, pb;
	/* The logarithm of the time between jobs in the rush hours; how many
	 * jobs come in each half hour; all hours over the rush hours. */
	double gap_a, gap_b, day_a, day_b, all;
};

enum { INTERACTIVE, BATCH, ALL };

static const struct lublin_type types[] = {
	[INTERACTIVE] = { .serial = 0.1541,
			  .power2 = 0.625,
			  .low = 1,
			  .middle = 3,
			  .high = 5.5,
			  .lower = 0.705,
			  .a1 = 3.8351,
			  .b1 = 0.6605,
			  .a2 = 7.073,
			  .b2 = 0.6856,
			  .pa = -0.0118,
			  .pb = 0.9156,
			  .gap_a = 6.5510,
			  .gap_b = 0.6621,
			  .day_a = 8.9186,
			  .day_b = 3.6680,
			  .all = 0.9797 },
	[BATCH] = { .serial = 0.2927,
		    .power2 = 0.6686,
		    .low = 1.2,
		    .middle = 5,
		    .high = 7,
		    .lower = 0.875,
		    .a1 = 6.57,
		    .b1 = 0.823,
		    .a2 = 639.1,
		    .b2 = 0.0156,
		    .pa = -0.003,
		    .pb = 0.6986,
		    .gap_a = 6.0415,
		    .gap_b = 0.8531,
		    .day_a = 6.1271,
		    .day_b = 5.2740,
		    .all = 1.0519 },
	[ALL] = { .serial = 0.244,
		  .power2 = 0.576,
		  .low = 0.8,
		  .middle = 4.5,
		  .high = 7,
		  .lower = 0.86,
		  .a1 = 4.2,
		  .b1 = 0.94,
		  .a2 = 312,
		  .b2 = 0.03,
		  .pa = -0.0054,
		  .pb = 0.78,
		  .gap_a = 10.2303,
		  .gap_b = 0.4871,
		  .day_a = 8.1737,
		  .day_b = 3.9631,
		  .all = 1.0225 },
};

/* A gamma variate up to a bound; others are drawn again. */
static double gamma_below(struct rt_rng *rng, double a, double b, double max)
{
	gsl_rng gsl = trace_gsl(rng);
	double x;

	do
		x = gsl_ran_gamma(&gsl, a, b);
	while (x > max);
	return x;
}

/* ---- arrivals ----------------------------------------------------------- */

static void set_weights(struct lublin_stream *s)
{
	const struct lublin_type *t = s->type;
	double sum = 0;

	for (int i = DAY_BEGINS; i < DAY_BEGINS + LUBLIN_BUCKETS; i++) {
		double weight = gsl_cdf_gamma_P(i + 0.5, t->day_a, t->day_b) -
				gsl_cdf_gamma_P(i - 0.5, t->day_a, t->day_b);
		s->weight[(i - 1) % LUBLIN_BUCKETS] = weight;
		sum += weight;
	}
	for (int i = 0; i < LUBLIN_BUCKETS; i++)
		s->weight[i] *= LUBLIN_BUCKETS / sum;
}

static void move_on(struct lublin_stream *s)
{
	const struct lublin_type *t = s->type;

	s->points += exp(gamma_below(&s->arrivals, t->gap_a * t->all, t->gap_b,
				     LOG_GAP_MAX)) /
		     BUCKET_S;
	while (s->points > s->weight[s->bucket % LUBLIN_BUCKETS])
		s->points -= s->weight[s->bucket++ % LUBLIN_BUCKETS];
	s->next_s =
		BUCKET_S * ((double)s->bucket +
			    s->points / s->weight[s->bucket % LUBLIN_BUCKETS]);
}

/* ---- jobs --------------------------------------------------------------- */

static double uniform(struct rt_rng *rng, double from, double to)
{
	return from + (to - from) * rt_rng_unit(rng);
}

static uint32_t draw_width(struct lublin_stream *s, double processors)
{
	const struct lublin_type *t = s->type;
	double stretch = log2(processors) - LOG_WIDTH;
	double high = fmax(t->high + stretch, t->low);
	double middle = fmin(fmax(t->middle + stretch, t->low), high);
	double kind = rt_rng_unit(&s->jobs), width;

	if (kind <= t->serial)
		return 1;
	if (rt_rng_unit(&s->jobs) <= t->lower)
		width = uniform(&s->jobs, t->low, middle);
	else
		width = uniform(&s->jobs, middle, high);
	if (kind <= t->serial + t->power2)
		width = floor(width + 0.5);
	return (uint32_t)fmin(floor(exp2(width) + 0.5), processors);
}

static double draw_run(struct lublin_stream *s, uint32_t width)
{
	const struct lublin_type *t = s->type;
	double first = t->pa * width + t->pb, log_run;

	do {
		bool short_one = rt_rng_unit(&s->jobs) <= first;
		log_run = gamma_below(&s->jobs, short_one ? t->a1 : t->a2,
				      short_one ? t->b1 : t->b2, INFINITY);
	} while (log_run > LOG_RUN_MAX);
	return floor(exp(log_run));
}

void lublin_open(struct lublin *l, double processors, bool one_kind,
		 uint64_t seed)
{
	l->processors = processors;
	l->streams_len = one_kind ? 1 : 2;
	for (int i = 0; i < l->streams_len; i++) {
		int type = one_kind ? ALL : i;
		l->streams[i] = (struct lublin_stream){
			.type = &types[type],
			.arrivals = rt_rng_open(seed, "lublin.arrivals",
						(uint64_t)type),
			.jobs = rt_rng_open(seed, "lublin.jobs",
					    (uint64_t)type),
		};
		set_weights(&l->streams[i]);
		move_on(&l->streams[i]);
	}
}

struct lublin_job lublin_next(struct lublin *l)
{
	struct lublin_stream *s = &l->streams[0];

	if (l->streams_len == 2 && l->streams[1].next_s < s->next_s)
		s = &l->streams[1];
	struct lublin_job job = { .submit_s = floor(s->next_s) };

	job.width = draw_width(s, l->processors);
	job.run_s = draw_run(s, job.width);
	move_on(s);
	return job;
}
