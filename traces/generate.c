/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generate.c - the settings, and the jobs that are made of them.
 */
#include "traces/generate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

#include "core/base/mem.h"
#include "core/model/res.h"
#include "traces/arrivals.h"
#include "traces/gsl.h"
#include "traces/lublin.h"
#include "traces/shapes.h"

#define MICROS 1e6

#define ROW(field, row_type, ...)                                              \
	{                                                                      \
		.name = #field, .type = (row_type),                            \
		.offset = offsetof(struct trace_generate_conf, field),         \
		__VA_ARGS__                                                    \
	}
#define NUMBER(field, ...) ROW(field, RT_PARAM_DOUBLE, __VA_ARGS__)
#define WHOLE(field, ...) ROW(field, RT_PARAM_INT, .unit = "", __VA_ARGS__)
#define CHOICE(field, ...) ROW(field, RT_PARAM_CHOICE, .unit = "", __VA_ARGS__)

static const char *const arrivals[] = {
	[TRACE_POISSON] = "poisson",
	[TRACE_MMPP] = "mmpp",
	[TRACE_DIURNAL] = "diurnal",
	[TRACE_LUBLIN] = "lublin",
	NULL,
};

static const char *const runs[] = {
	[TRACE_RUN_CONSTANT] = "constant",
	[TRACE_RUN_EXPONENTIAL] = "exponential",
	[TRACE_RUN_LOGNORMAL] = "lognormal",
	[TRACE_RUN_GAMMA] = "gamma",
	[TRACE_RUN_WEIBULL] = "weibull",
	[TRACE_RUN_PARETO] = "pareto",
	NULL,
};

static const char *const strategies[] = {
	[TRACE_PACK] = "PACK",
	[TRACE_SPREAD] = "SPREAD",
	[TRACE_STRICT_PACK] = "STRICT_PACK",
	[TRACE_STRICT_SPREAD] = "STRICT_SPREAD",
	NULL,
};

const struct rt_param trace_generate_params[] = {
	WHOLE(jobs, .def = 1000, .min = 1, .max = 1e12, .help = "how many"),
	CHOICE(arrivals, .choices = arrivals, .help = "how they come"),
	NUMBER(rate_per_s, .def = 0.1, .min = 1e-6, .max = 1e6, .unit = "/s",
	       .help = "jobs on average, but for lublin"),
	NUMBER(burst_factor, .def = 10, .min = 1, .max = 1e6, .unit = "",
	       .help = "mmpp: rate of a burst over that of the calm"),
	NUMBER(burst_s, .def = 300, .min = 1, .max = 1e9, .unit = "s",
	       .help = "mmpp: a burst, on average"),
	NUMBER(calm_s, .def = 2700, .min = 1, .max = 1e9, .unit = "s",
	       .help = "mmpp: the calm between, on average"),
	NUMBER(swing, .def = 0.8, .max = 1, .unit = "",
	       .help = "diurnal: by so much the rate goes up and down"),
	NUMBER(period_s, .def = 86400, .min = 1, .max = 1e9, .unit = "s",
	       .help = "diurnal: a wave"),
	NUMBER(peak_s, .def = 50400, .max = 1e9, .unit = "s",
	       .help = "diurnal: when its first peak is"),
	NUMBER(noise, .def = 0.2, .max = 10, .unit = "",
	       .help = "diurnal: deviation over mean of each hour's rate"),
	CHOICE(run, .choices = runs, .def = TRACE_RUN_LOGNORMAL,
	       .help = "distribution of run times, but for lublin"),
	NUMBER(run_mean_s, .def = 60, .min = 1e-6, .max = 1e9, .unit = "s",
	       .help = "its mean"),
	NUMBER(run_cv, .def = 1, .min = 0.01, .max = 100, .unit = "",
	       .help = "its deviation over its mean, where that is free"),
	NUMBER(cpus, .def = 1, .max = 1e6, .unit = "",
	       .help = "of a task or bundle"),
	NUMBER(gpus, .max = 1e6, .unit = "", .help = "of a task or bundle"),
	NUMBER(memory, .max = 1e15, .unit = "bytes",
	       .help = "of a task or bundle"),
	NUMBER(gang_share, .max = 1, .unit = "",
	       .help = "share of jobs that are gangs, but for lublin"),
	WHOLE(gang_max, .def = 8, .min = 2, .max = 65536,
	      .help = "bundles: a power of two from 2 to it, each as likely"),
	CHOICE(strategy, .choices = strategies, .help = "of gangs"),
	WHOLE(processors, .def = 128, .min = 2, .max = 65536,
	      .help = "lublin: of the computer; jobs are gangs of so many CPUs "
		      "at most"),
	ROW(one_kind, RT_PARAM_BOOL, .unit = "",
	    .help = "lublin: all jobs alike, not batch and interactive ones"),
	{ .name = NULL },
};

struct trace_generator {
	const struct trace_generate_conf *conf;
	struct rt_arena *arena;
	struct trace_shapes shapes;
	struct trace_facts facts;
	struct trace_arrival arrival;
	struct lublin lublin;
	struct rt_rng runs, widths;
	double weibull_shape;
	int64_t made;
	char id[24];
	struct trace_ask ask;
	struct trace_job job;
};

/* ---- run times ---------------------------------------------------------- */

static double weibull_cv(double shape)
{
	double mean = gsl_sf_gamma(1 + 1 / shape);

	return sqrt(gsl_sf_gamma(1 + 2 / shape) / (mean * mean) - 1);
}

/* The shape with that deviation over mean, which sinks as it grows. */
static double weibull_shape(double cv)
{
	double low = 0.1, high = 200; /* cv 430 and 0.006 */

	for (int i = 0; i < 100; i++) {
		double middle = (low + high) / 2;
		if (weibull_cv(middle) > cv)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static double draw_run(struct trace_generator *g)
{
	double mean = g->conf->run_mean_s, cv = g->conf->run_cv;
	gsl_rng rng = trace_gsl(&g->runs);
	double variance, a;

	switch ((enum trace_run)g->conf->run) {
	case TRACE_RUN_CONSTANT:
		return mean;
	case TRACE_RUN_EXPONENTIAL:
		return gsl_ran_exponential(&rng, mean);
	case TRACE_RUN_LOGNORMAL:
		variance = log1p(cv * cv);
		return gsl_ran_lognormal(&rng, log(mean) - variance / 2,
					 sqrt(variance));
	case TRACE_RUN_GAMMA:
		return gsl_ran_gamma(&rng, 1 / (cv * cv), mean * cv * cv);
	case TRACE_RUN_WEIBULL:
		a = mean / gsl_sf_gamma(1 + 1 / g->weibull_shape);
		return gsl_ran_weibull(&rng, a, g->weibull_shape);
	case TRACE_RUN_PARETO:
		a = 1 + sqrt(1 + 1 / (cv * cv));
		return gsl_ran_pareto(&rng, a, mean * (a - 1) / a);
	}
	return mean;
}

/* ---- jobs --------------------------------------------------------------- */

/* Powers of two from 2 to the largest, each as likely; 1: a task. */
static uint32_t draw_width(struct trace_generator *g)
{
	double powers = floor(log2((double)g->conf->gang_max));

	if (rt_rng_unit(&g->widths) >= g->conf->gang_share)
		return 1;
	return 2u << (uint32_t)(rt_rng_unit(&g->widths) * powers);
}

static double rounded(double seconds)
{
	return fmin(nearbyint(seconds * MICROS) / MICROS, TRACE_SECONDS_MAX);
}

static struct lublin_job draw(struct trace_generator *g)
{
	struct lublin_job drawn;

	if (g->conf->arrivals == TRACE_LUBLIN)
		return lublin_next(&g->lublin);
	drawn.submit_s = rounded(trace_arrival_next(&g->arrival));
	drawn.run_s = rounded(draw_run(g));
	drawn.width = draw_width(g);
	return drawn;
}

const struct trace_job *trace_generator_next(struct trace_generator *g)
{
	if (g->made == g->conf->jobs)
		return NULL;
	struct lublin_job drawn = draw(g);
	snprintf(g->id, sizeof g->id, "%" PRId64, ++g->made);
	g->ask = (struct trace_ask){ 0, drawn.width };
	g->job = (struct trace_job){
		.id = g->id,
		.submit_s = drawn.submit_s,
		.run_s = drawn.run_s,
		.estimate_s = -1,
		.think_s = -1,
		.kind = drawn.width > 1 ? TRACE_GANG : TRACE_TASK,
		.strategy = (enum trace_strategy)g->conf->strategy,
		.asks_len = 1,
		.asks = &g->ask,
	};
	return &g->job;
}

/* ---- the generator ------------------------------------------------------ */

/* All ask for the same. */
static void add_shape(struct trace_generator *g)
{
	const struct {
		const char *name;
		double amount;
	} amounts[] = {
		{ "CPU", g->conf->cpus },
		{ "GPU", g->conf->gpus },
		{ "memory", g->conf->memory },
	};
	struct rt_res_builder res = { .arena = g->arena,
				      .names = g->facts.names };

	for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++)
		if (rt_units(amounts[i].amount) > 0)
			rt_res_add(&res, amounts[i].name,
				   rt_units(amounts[i].amount));
	const struct trace_shape shape = { .res = rt_res_build(&res) };
	trace_shapes_find(&g->shapes, &shape, g->arena);
	g->facts.shapes = g->shapes.at;
	g->facts.shapes_len = g->shapes.len;
}

struct trace_generator *
trace_generator_new(const struct trace_generate_conf *conf, uint64_t seed)
{
	struct trace_generator *g = rt_calloc(1, sizeof *g);

	g->conf = conf;
	g->arena = rt_arena_new();
	g->facts.names = rt_names_new();
	g->facts.cpu = rt_name_intern(g->facts.names, "CPU");
	add_shape(g);
	g->arrival = trace_arrival_new(conf, seed);
	lublin_open(&g->lublin, (double)conf->processors, conf->one_kind, seed);
	g->runs = rt_rng_open(seed, "generate.runs", 0);
	g->widths = rt_rng_open(seed, "generate.widths", 0);
	g->weibull_shape = weibull_shape(conf->run_cv);
	return g;
}

void trace_generator_free(struct trace_generator **g)
{
	if (!*g)
		return;
	trace_shapes_free(&(*g)->shapes);
	rt_names_free(&(*g)->facts.names);
	rt_arena_free(&(*g)->arena);
	rt_free(*g);
	*g = NULL;
}

const struct trace_facts *trace_generator_facts(const struct trace_generator *g)
{
	return &g->facts;
}
