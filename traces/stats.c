/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.c - demand over time is followed with a heap of ends: at one instant
 * ends go before starts, and jobs that run for no time ask for nothing.
 */
#include "traces/stats.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_sort.h>

#include "core/base/mem.h"

#define S_PER_HOUR 3600
#define NO_DEMAND UINT32_MAX

const double trace_bars[TRACE_BARS] = { 0,      1,       10,      60,
					600,    3600,    21600,   86400,
					604800, 2592000, INFINITY };

/* What runs until then asks for this. */
struct running {
	double end_s;
	uint32_t demand;
	double amount;
};

struct trace_stats {
	const struct trace_facts *facts;
	struct trace_summary sum;
	uint32_t demands_cap;
	struct trace_demand *demands;
	uint32_t names_len; /* the demand of each name, or NO_DEMAND */
	uint32_t *by_name;
	double *now; /* of each demand */
	uint32_t running_len, running_cap;
	struct running *running;
	uint64_t runs_cap;
	double *runs;
	double second; /* the one that is counted */
	uint64_t in_second;
};

struct trace_stats *trace_stats_new(const struct trace_facts *facts)
{
	struct trace_stats *stats = rt_calloc(1, sizeof *stats);

	stats->facts = facts;
	stats->second = -INFINITY;
	stats->sum.column_s = 1;
	return stats;
}

void trace_stats_free(struct trace_stats **stats)
{
	if (!*stats)
		return;
	rt_free((*stats)->demands);
	rt_free((*stats)->by_name);
	rt_free((*stats)->now);
	rt_free((*stats)->running);
	rt_free((*stats)->runs);
	rt_free(*stats);
	*stats = NULL;
}

/* ---- demand ------------------------------------------------------------- */

static uint32_t demand_of(struct trace_stats *s, uint32_t name)
{
	uint32_t names = rt_names_len(s->facts->names);

	if (names > s->names_len) {
		s->by_name = rt_realloc(s->by_name, names * sizeof *s->by_name);
		memset(s->by_name + s->names_len, 0xFF,
		       (names - s->names_len) * sizeof *s->by_name);
		s->names_len = names;
	}
	if (s->by_name[name] != NO_DEMAND)
		return s->by_name[name];
	uint32_t i = s->sum.demands_len;
	RT_GROW(s->demands, s->sum.demands_len, s->demands_cap);
	s->now = rt_realloc(s->now, s->demands_cap * sizeof *s->now);
	s->demands[i] = (struct trace_demand){ .name = name };
	s->now[i] = 0;
	s->sum.demands_len++;
	return s->by_name[name] = i;
}

static void push(struct trace_stats *s, struct running r)
{
	RT_GROW(s->running, s->running_len, s->running_cap);
	uint32_t i = s->running_len++;
	while (i > 0 && r.end_s < s->running[(i - 1) / 2].end_s) {
		s->running[i] = s->running[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->running[i] = r;
}

static struct running pop(struct trace_stats *s)
{
	struct running first = s->running[0];
	struct running last = s->running[--s->running_len];
	uint32_t i = 0, child;

	while ((child = 2 * i + 1) < s->running_len) {
		if (child + 1 < s->running_len &&
		    s->running[child + 1].end_s < s->running[child].end_s)
			child++;
		if (s->running[child].end_s >= last.end_s)
			break;
		s->running[i] = s->running[child];
		i = child;
	}
	s->running[i] = last;
	return first;
}

static void advance(struct trace_stats *s, double now_s)
{
	while (s->running_len > 0 && s->running[0].end_s <= now_s) {
		struct running r = pop(s);
		s->now[r.demand] -= r.amount;
	}
}

/* Only a start can make a peak. */
static void add(struct trace_stats *s, uint32_t d, double units,
		const struct trace_job *job)
{
	struct trace_demand *demand = &s->demands[d];

	demand->hours += units * job->run_s;
	s->now[d] += units;
	if (s->now[d] > demand->peak) {
		demand->peak = s->now[d];
		demand->peak_at_s = job->submit_s;
	}
	push(s, (struct running){ job->submit_s + job->run_s, d, units });
}

static void start(struct trace_stats *s, const struct trace_job *job)
{
	for (uint32_t i = 0; i < job->asks_len; i++) {
		const struct trace_ask *ask = &job->asks[i];
		struct rt_res res = s->facts->shapes[ask->shape].res;
		for (uint32_t k = 0; k < res.len; k++) {
			add(s, demand_of(s, res.at[k].name),
			    (double)res.at[k].units * ask->count, job);
		}
	}
}

/* ---- times -------------------------------------------------------------- */

static void note_run(struct trace_stats *s, double run_s)
{
	struct trace_summary *sum = &s->sum;
	int bar = 0;

	RT_GROW(s->runs, sum->runs, s->runs_cap);
	s->runs[sum->runs++] = run_s;
	while (run_s > trace_bars[bar])
		bar++;
	sum->bars[bar]++;
}

static void note_submission(struct trace_stats *s, double submit_s)
{
	double second = floor(submit_s);

	if (second > s->second)
		s->in_second = 0;
	s->second = second;
	if (++s->in_second > s->sum.submissions_max)
		s->sum.submissions_max = s->in_second;
}

/* Where it is beyond the last column, two become one. */
static void note_column(struct trace_summary *sum, double after_s)
{
	while (after_s >= sum->column_s * TRACE_COLUMNS) {
		for (int i = 0; i < TRACE_COLUMNS; i += 2)
			sum->columns[i / 2] =
				sum->columns[i] + sum->columns[i + 1];
		memset(sum->columns + TRACE_COLUMNS / 2, 0,
		       sizeof sum->columns / 2);
		sum->column_s *= 2;
	}
	uint32_t column = (uint32_t)(after_s / sum->column_s);
	sum->columns[column]++;
	sum->columns_len = column + 1;
}

void trace_stats_add(struct trace_stats *s, const struct trace_job *job)
{
	struct trace_summary *sum = &s->sum;

	if (sum->jobs++ == 0)
		sum->first_s = job->submit_s;
	sum->kinds[job->kind]++;
	advance(s, job->submit_s);
	sum->last_s = job->submit_s;
	note_submission(s, job->submit_s);
	note_column(sum, job->submit_s - sum->first_s);
	sum->last_end_s =
		fmax(sum->last_end_s, job->submit_s + fmax(job->run_s, 0));
	if (job->kind == TRACE_REQUEST)
		return;
	note_run(s, job->run_s);
	if (job->run_s > 0)
		start(s, job);
}

static double rank(const double *sorted, uint64_t n, double p)
{
	return sorted[(uint64_t)ceil(p * (double)n) - 1];
}

const struct trace_summary *trace_stats_sum(struct trace_stats *s)
{
	struct trace_summary *sum = &s->sum;

	for (uint32_t i = 0; i < sum->demands_len; i++) {
		s->demands[i].hours /= (double)RT_UNITS * S_PER_HOUR;
		s->demands[i].peak /= RT_UNITS;
		s->demands[i].peak_at_s -= sum->first_s;
	}
	sum->demands = s->demands;
	if (sum->runs == 0)
		return sum;
	double total = 0;
	for (uint64_t i = 0; i < sum->runs; i++)
		total += s->runs[i];
	gsl_sort(s->runs, 1, sum->runs);
	sum->mean = total / (double)sum->runs;
	sum->p50 = rank(s->runs, sum->runs, 0.50);
	sum->p90 = rank(s->runs, sum->runs, 0.90);
	sum->p99 = rank(s->runs, sum->runs, 0.99);
	sum->max = s->runs[sum->runs - 1];
	return sum;
}
