/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - numbers are written with the fewest digits that read back as the
 * same double.
 */
#include "sim/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/res.h"

static const char *number(double value, char *buf, size_t size)
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(buf, size, "%.*g", digits, value);
		if (strtod(buf, NULL) == value)
			break;
	}
	return buf;
}

static void add_number(cJSON *object, const char *key, double value, bool valid)
{
	char buf[32];

	if (valid)
		cJSON_AddRawToObject(object, key,
				     number(value, buf, sizeof buf));
	else
		cJSON_AddNullToObject(object, key);
}

static cJSON *add_spread(cJSON *object, const char *key,
			 const struct sim_spread *spread, bool valid)
{
	cJSON *out = cJSON_AddObjectToObject(object, key);

	add_number(out, "mean", spread->mean, valid);
	add_number(out, "p50", spread->p50, valid);
	add_number(out, "p95", spread->p95, valid);
	add_number(out, "p99", spread->p99, valid);
	return out;
}

cJSON *sim_report_json(const struct sim_result *r, uint64_t left_out)
{
	bool any = r->done > 0;
	cJSON *out = cJSON_CreateObject();
	cJSON *jobs = cJSON_AddObjectToObject(out, "jobs");
	add_number(jobs, "accepted", r->accepted, true);
	add_number(jobs, "rejected", r->rejected, true);
	add_number(jobs, "unfinished", r->unfinished, true);
	add_number(jobs, "left_out", (double)left_out, true);
	cJSON *wait = add_spread(out, "wait_s", &r->wait_s, any);
	add_number(wait, "max", r->wait_s.max, any);
	add_spread(out, "bounded_slowdown", &r->slowdown, any);
	add_number(out, "makespan_s", r->makespan_s, any);
	add_number(out, "end_s", r->end_s, any);
	cJSON *node_seconds = cJSON_AddObjectToObject(out, "node_seconds");
	add_number(node_seconds, "up", r->up_s, true);
	add_number(node_seconds, "billed", r->billed_s, true);
	add_number(out, "launches", (double)r->launches, true);
	add_number(out, "terminations", (double)r->terminations, true);
	add_number(out, "peak_nodes", (double)r->peak_nodes, true);
	add_number(out, "events", (double)r->events, true);
	add_number(out, "rounds", (double)r->rounds, true);
	return out;
}

/* Six digits, and never an exponent. */
static void add_rounded(struct rt_buf *to, const char *before, double value,
			const char *after)
{
	bool plain = fabs(value) >= 1e-4 && fabs(value) < 999999.5;

	rt_buf_addf(to, plain ? "%s%.6g%s" : "%s%.0f%s", before, value, after);
}

static void add_spread_row(struct rt_buf *to, const char *name,
			   const struct sim_spread *spread, const char *unit)
{
	rt_buf_addf(to, "%-12s", name);
	add_rounded(to, " mean ", spread->mean, unit);
	add_rounded(to, ", p50 ", spread->p50, unit);
	add_rounded(to, ", p95 ", spread->p95, unit);
	add_rounded(to, ", p99 ", spread->p99, unit);
}

void sim_report_table(const struct sim_result *r, uint64_t left_out,
		      struct rt_buf *to)
{
	rt_buf_addf(to,
		    "tasks        %" PRIu32 " done, %" PRIu32
		    " rejected, %" PRIu32 " unfinished",
		    r->done, r->rejected, r->unfinished);
	if (left_out)
		rt_buf_addf(to, ", %" PRIu64 " rows left out", left_out);
	rt_buf_addf(to, "\n");
	if (r->done) {
		add_rounded(to, "makespan     ", r->makespan_s, " s");
		add_rounded(to, ", the last task ended at ", r->end_s, " s\n");
		add_spread_row(to, "wait", &r->wait_s, " s");
		add_rounded(to, ", max ", r->wait_s.max, " s\n");
		add_spread_row(to, "slowdown", &r->slowdown, "");
		rt_buf_addf(to, "\n");
	}
	add_rounded(to, "node-hours   ", r->billed_s / 3600, " billed");
	add_rounded(to, ", ", r->up_s / 3600, " up\n");
	rt_buf_addf(to,
		    "nodes        %" PRIu64 " launched, %" PRIu64
		    " terminated, at most %" PRIu64 " at a time\n",
		    r->launches, r->terminations, r->peak_nodes);
	rt_buf_addf(to, "events       %" PRIu64 ", and %" PRIu64 " rounds\n",
		    r->events, r->rounds);
}

const char sim_report_jobs_header[] = "job,submit_s,start_s,end_s,cpus,node\n";

/* The task's own name, or its place in the queue. */
static void add_name(const struct trace_task *task, uint32_t i,
		     struct rt_buf *to)
{
	if (!task->id) {
		rt_buf_addf(to, "%" PRIu32, i);
		return;
	}
	if (!strpbrk(task->id, ",\"\r\n")) {
		rt_buf_addf(to, "%s", task->id);
		return;
	}
	rt_buf_addf(to, "\"");
	for (const char *c = task->id; *c; c++)
		rt_buf_addf(to, *c == '"' ? "\"%c" : "%c", *c);
	rt_buf_addf(to, "\"");
}

static void add_field(double value, struct rt_buf *to)
{
	char buf[32];

	rt_buf_addf(to, ",%s", number(value, buf, sizeof buf));
}

void sim_report_job(const struct sim_result *r, const struct trace *trace,
		    uint32_t i, struct rt_buf *to)
{
	const struct sim_job *job = &r->jobs[i];
	const struct trace_task *task = &trace->tasks[i];
	int64_t cpus = rt_res_get(trace->shapes[task->shape], trace->cpu);

	add_name(task, i, to);
	add_field(task->submit_s, to);
	if (job->fate == SIM_DONE) {
		add_field(job->start_s, to);
		add_field(job->start_s + job->run_s, to);
	} else {
		rt_buf_addf(to, ",,");
	}
	add_field((double)cpus / RT_UNITS, to);
	if (job->fate != SIM_DONE)
		rt_buf_addf(to, ",\n");
	else if (job->node == SIM_HEAD)
		rt_buf_addf(to, ",head\n");
	else
		rt_buf_addf(to, ",%" PRIu32 "\n", job->node);
}
