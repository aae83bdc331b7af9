/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measures.c - percentiles are nearest-rank, sums go in order of the queue or
 * of launch, so that they round as the reference's do.
 */
#include "sim/measures.h"

#include <math.h>

#include "core/base/mem.h"
#include "sim/world.h"

/* Shorter runs count as so long, or short tasks would rule the mean. */
#define SLOWDOWN_BOUND_S 10

#define ROW(field, name, unit, better, clocked, text)                          \
	{ name,                                                                \
	  unit,                                                                \
	  SIM_##better,                                                        \
	  clocked,                                                             \
	  offsetof(struct sim_figures, field),                                 \
	  text },
#define MEASURE(field, name, unit, better, text)                               \
	ROW(field, name, unit, better, false, text)
#define CLOCKED(field, name, unit, better, text)                               \
	ROW(field, name, unit, better, true, text)
const struct sim_measure sim_measures[SIM_MEASURES_LEN] = {
#include "sim/measures.def"
};
#undef CLOCKED
#undef MEASURE

double sim_figure(const struct sim_figures *figures,
		  const struct sim_measure *measure)
{
	return *(const double *)((const char *)figures + measure->offset);
}

/* ---- tasks -------------------------------------------------------------- */

/* Puts the value of that rank into its place among values[low..high], no
 * greater ones before it and no smaller ones behind it: Hoare's selection, for
 * sorting all would cost more than most runs do. */
static void place(double *values, int64_t low, int64_t high, int64_t rank)
{
	while (low < high) {
		double pivot = values[low + (high - low) / 2];
		int64_t i = low, k = high;
		while (i <= k) {
			while (values[i] < pivot)
				i++;
			while (values[k] > pivot)
				k--;
			if (i > k)
				break;
			double value = values[i];
			values[i++] = values[k];
			values[k--] = value;
		}
		if (rank > k && rank < i)
			return;
		if (rank <= k)
			high = k;
		else
			low = i;
	}
}

/* Of percentiles that rise: what lies below `from` is out of the question. */
static double percentile(double *values, size_t n, int64_t *from, double p)
{
	int64_t rank = (int64_t)ceil(p * (double)n) - 1;

	place(values, *from, (int64_t)n - 1, rank);
	*from = rank;
	return values[rank];
}

struct sim_spread sim_spread(double *values, size_t n)
{
	struct sim_spread spread = { NAN, NAN, NAN, NAN, NAN, NAN };
	double sum = 0;
	int64_t from = 0;

	if (n == 0)
		return spread;
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	spread.mean = sum / (double)n;
	spread.p50 = percentile(values, n, &from, 0.50);
	spread.p90 = percentile(values, n, &from, 0.90);
	spread.p95 = percentile(values, n, &from, 0.95);
	spread.p99 = percentile(values, n, &from, 0.99);
	spread.max = percentile(values, n, &from, 1);
	return spread;
}

#define PUT_PERCENTILES(figures, what, spread)                                 \
	do {                                                                   \
		struct sim_spread s_ = (spread);                               \
		(figures)->what##_p50 = s_.p50;                                \
		(figures)->what##_p90 = s_.p90;                                \
		(figures)->what##_p95 = s_.p95;                                \
		(figures)->what##_p99 = s_.p99;                                \
		(figures)->what##_max = s_.max;                                \
	} while (0)

#define PUT_SPREAD(figures, what, spread)                                      \
	do {                                                                   \
		struct sim_spread spread_ = (spread);                          \
		(figures)->what##_mean = spread_.mean;                         \
		PUT_PERCENTILES(figures, what, spread_);                       \
	} while (0)

static double wait_s(const struct sim_job *job)
{
	return job->start_s - job->submit_s;
}

static double response_s(const struct sim_job *job)
{
	return wait_s(job) + job->run_s;
}

static double slowdown(const struct sim_job *job)
{
	return fmax(1, response_s(job) / fmax(job->run_s, SLOWDOWN_BOUND_S));
}

static void count_jobs(struct sim_figures *f, const struct sim_result *r)
{
	f->rejected = f->unfinished = f->done = f->lost_jobs = 0;
	for (uint32_t i = 0; i < r->jobs_len; i++) {
		f->rejected += r->jobs[i].fate == SIM_REJECTED;
		f->unfinished += r->jobs[i].fate == SIM_UNFINISHED;
		f->done += r->jobs[i].fate == SIM_DONE;
		f->lost_jobs += r->jobs[i].fate == SIM_LOST;
	}
	f->accepted = f->unfinished + f->done + f->lost_jobs;
}

/* Of the jobs that are done; `gangs`: of those alone that are gangs in it. */
static struct sim_spread spread_of(const struct sim_result *r,
				   double (*value)(const struct sim_job *),
				   const struct trace *gangs, double *values)
{
	size_t n = 0;

	for (uint32_t i = 0; i < r->jobs_len; i++)
		if (r->jobs[i].fate == SIM_DONE &&
		    (!gangs || gangs->jobs[i]->kind == TRACE_GANG))
			values[n++] = value(&r->jobs[i]);
	return sim_spread(values, n);
}

static void measure_times(struct sim_figures *f, const struct sim_result *r,
			  const struct trace *trace)
{
	double *values = rt_calloc(r->jobs_len, sizeof *values);

	PUT_SPREAD(f, wait, spread_of(r, wait_s, NULL, values));
	PUT_SPREAD(f, slowdown, spread_of(r, slowdown, NULL, values));
	PUT_SPREAD(f, response, spread_of(r, response_s, NULL, values));
	PUT_SPREAD(f, gang_wait, spread_of(r, wait_s, trace, values));
	rt_free(values);
}

static void measure_span(struct sim_figures *f, const struct sim_result *r)
{
	double first_s = INFINITY, end_s = -INFINITY;

	for (uint32_t i = 0; i < r->jobs_len; i++) {
		const struct sim_job *job = &r->jobs[i];
		if (job->fate != SIM_DONE)
			continue;
		first_s = fmin(first_s, job->submit_s);
		end_s = fmax(end_s, job->start_s + job->run_s);
	}
	bool any = f->done > 0;
	f->makespan_s = any ? end_s - first_s : NAN;
	f->end_s = any ? end_s : NAN;
	f->throughput =
		f->makespan_s > 0 ? f->done / f->makespan_s * 3600 : NAN;
}

/* ---- nodes and resources ------------------------------------------------ */

/* From `from_s` to `to_s`, but not beyond the last completion. */
static double span(double from_s, double to_s, double end_s)
{
	return fmax(0, fmin(to_s, end_s) - from_s);
}

static double cost(const struct sim_world *w, double end_s)
{
	double sum = 0;

	for (uint32_t i = w->conf->settings.bill_head ? 0 : 1; i < w->nodes_len;
	     i++) {
		const struct sim_node *n = w->nodes[i];
		const struct sim_group_settings *group = &w->groups[n->group];
		if (n->launch_s <= end_s)
			sum += group->price_per_h / 3600 *
			       fmax(span(n->launch_s, n->gone_s, end_s),
				    group->min_billing_s);
	}
	return sum;
}

static void measure_nodes(struct sim_figures *f, const struct sim_world *w)
{
	double end_s = isnan(f->end_s) ? 0 : f->end_s;

	f->up_s = f->billed_s = 0;
	for (uint32_t i = 1; i < w->nodes_len; i++) {
		const struct sim_node *n = w->nodes[i];
		f->up_s += span(n->ready_s, n->stop_s, end_s);
		f->billed_s += span(n->launch_s, n->gone_s, end_s);
	}
	f->cost = cost(w, end_s);
	f->lost_nodes = (double)w->lost_nodes;
	f->retries = (double)w->retries;
	f->launches = (double)w->launches;
	f->terminations = (double)w->terminations;
	f->oscillations = (double)sim_meter_oscillations(w->meter);
	f->peak_nodes = (double)w->peak_nodes;
}

#define PUT_RESOURCE(figures, what, sums, hour)                                \
	do {                                                                   \
		struct sim_sums s_ = (sums);                                   \
		(figures)->what##_used = s_.name ? s_.used / (hour) : NAN;     \
		(figures)->what##_charged =                                    \
			s_.name ? s_.charged / (hour) : NAN;                   \
		(figures)->what##_idle =                                       \
			s_.name ? fmax(0, s_.charged - s_.used) / (hour)       \
				: NAN;                                         \
		(figures)->what##_utilisation =                                \
			s_.capacity > 0 ? s_.used / s_.capacity * 100 : NAN;   \
	} while (0)

static void measure_elasticity(struct sim_figures *f, const struct sim_meter *m)
{
	struct sim_sums sums = sim_meter_scarcest(m);
	double percent = 100 / sim_meter_elapsed(m);
	double intervals = sim_meter_intervals(m);

	if (!sums.name || f->done == 0 || isinf(percent))
		return;
	f->under_accuracy = sums.under * percent;
	f->over_accuracy = sums.over * percent;
	f->under_time = sums.under_s * percent;
	f->over_time = sums.over_s * percent;
	if (intervals == 0)
		return;
	f->instability = sums.unstable / intervals * 100;
	f->deviation = cbrt(pow((f->under_accuracy + f->over_accuracy) / 2, 3) +
			    pow((f->under_time + f->over_time) / 2, 3) +
			    pow(f->instability, 3));
}

/* What hangs on the jobs alone, which move into the result; the other figures
 * are NAN. */
static struct sim_result *measure_jobs(const struct trace *trace,
				       struct sim_job *jobs, uint64_t events)
{
	struct sim_result *r = rt_calloc(1, sizeof *r);
	struct sim_figures *f = &r->figures;

	for (size_t i = 0; i < SIM_MEASURES_LEN; i++)
		*(double *)((char *)f + sim_measures[i].offset) = NAN;
	r->jobs_len = trace->jobs_len;
	r->jobs = jobs;
	count_jobs(f, r);
	f->left_out = (double)trace->facts->left_out;
	measure_times(f, r, trace);
	measure_span(f, r);
	f->events = (double)events;
	return r;
}

struct sim_result *sim_measure(struct sim_world *w, uint64_t rounds,
			       double *decisions_ms, size_t decisions)
{
	struct sim_result *r = measure_jobs(w->conf->trace, w->jobs, w->seen);
	struct sim_figures *f = &r->figures;

	w->jobs = NULL;
	measure_nodes(f, w);
	PUT_RESOURCE(f, cpu, sim_meter_sums(w->meter, "CPU"), 3600);
	PUT_RESOURCE(f, gpu, sim_meter_sums(w->meter, "GPU"), 3600);
	PUT_RESOURCE(f, memory, sim_meter_sums(w->meter, "memory"),
		     3600 * 0x1p30);
	measure_elasticity(f, w->meter);
	f->rounds = (double)rounds;
	PUT_PERCENTILES(f, decision, sim_spread(decisions_ms, decisions));
	return r;
}

struct sim_result *sim_measure_pool(const struct trace *trace,
				    struct sim_job *jobs, uint64_t events,
				    uint32_t processors, double work_s)
{
	struct sim_result *r = measure_jobs(trace, jobs, events);
	struct sim_figures *f = &r->figures;
	double charged_s = f->makespan_s * processors;

	f->cpu_used = work_s / 3600;
	f->cpu_charged = charged_s / 3600;
	f->cpu_idle = (charged_s - work_s) / 3600;
	f->cpu_utilisation = charged_s > 0 ? work_s / charged_s * 100 : NAN;
	return r;
}

void sim_result_free(struct sim_result **r)
{
	if (!*r)
		return;
	for (uint32_t i = 0; i < (*r)->jobs_len; i++)
		rt_free((*r)->jobs[i].parts);
	rt_free((*r)->jobs);
	rt_free(*r);
	*r = NULL;
}
