/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measures.c - percentiles are nearest-rank, sums go in order of the queue or
 * of launch, so that they round as the reference's do.
 */
#include "sim/measures.h"

#include <math.h>

#include <gsl/gsl_sort.h>

#include "core/base/mem.h"

/* Shorter runs count as so long, or short tasks would rule the mean. */
#define SLOWDOWN_BOUND_S 10

static double rank(const double *sorted, size_t n, double p)
{
	return sorted[(size_t)ceil(p * (double)n) - 1];
}

struct sim_spread sim_spread(double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	gsl_sort(values, 1, n);
	return (struct sim_spread){
		.mean = sum / (double)n,
		.p50 = rank(values, n, 0.50),
		.p95 = rank(values, n, 0.95),
		.p99 = rank(values, n, 0.99),
		.max = values[n - 1],
	};
}

static double slowdown(double wait_s, double run_s)
{
	return fmax(1, (wait_s + run_s) / fmax(run_s, SLOWDOWN_BOUND_S));
}

static void measure_jobs(struct sim_result *r, const struct trace *trace)
{
	double *waits = rt_calloc(r->jobs_len, sizeof *waits);
	double *slowdowns = rt_calloc(r->jobs_len, sizeof *slowdowns);
	double first_s = 0;

	for (uint32_t i = 0; i < r->jobs_len; i++) {
		const struct sim_job *job = &r->jobs[i];
		double submit_s = trace->tasks[i].submit_s;
		r->rejected += job->fate == SIM_REJECTED;
		r->unfinished += job->fate == SIM_UNFINISHED;
		if (job->fate != SIM_DONE)
			continue;
		if (r->done == 0)
			first_s = submit_s;
		waits[r->done] = job->start_s - submit_s;
		slowdowns[r->done] = slowdown(waits[r->done], job->run_s);
		r->done++;
		r->end_s = fmax(r->end_s, job->start_s + job->run_s);
	}
	r->accepted = r->jobs_len - r->rejected;
	if (r->done) {
		r->makespan_s = r->end_s - first_s;
		r->wait_s = sim_spread(waits, r->done);
		r->slowdown = sim_spread(slowdowns, r->done);
	}
	rt_free(waits);
	rt_free(slowdowns);
}

/* From `from_s` to `to_s`, but not beyond the last completion. */
static double span(double from_s, double to_s, double end_s)
{
	return fmax(0, fmin(to_s, end_s) - from_s);
}

struct sim_result *sim_measure(struct sim_world *w, uint64_t rounds)
{
	struct sim_result *r = rt_calloc(1, sizeof *r);

	r->jobs_len = w->jobs_len;
	r->jobs = w->jobs;
	w->jobs = NULL;
	measure_jobs(r, w->conf->trace);
	for (uint32_t i = 1; i < w->nodes_len; i++) {
		const struct sim_node *n = w->nodes[i];
		r->up_s += span(n->ready_s, n->stop_s, r->end_s);
		r->billed_s += span(n->launch_s, n->gone_s, r->end_s);
	}
	r->launches = w->launches;
	r->terminations = w->terminations;
	r->peak_nodes = w->peak_nodes;
	r->events = w->seen;
	r->rounds = rounds;
	return r;
}

void sim_result_free(struct sim_result **r)
{
	if (!*r)
		return;
	rt_free((*r)->jobs);
	rt_free(*r);
	*r = NULL;
}
