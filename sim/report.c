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

#include "core/base/mem.h"
#include "core/model/res.h"

#define LABEL 18 /* characters of a table, before the figures */

static const char *number(double value, char *buf, size_t size)
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(buf, size, "%.*g", digits, value);
		if (strtod(buf, NULL) == value)
			break;
	}
	return buf;
}

/* ---- measures ----------------------------------------------------------- */

/* The object that a measure's last name lies in: "wait_s" of "wait_s.mean". */
static cJSON *folder(cJSON *root, const char *name, const char **last)
{
	const char *dot = strchr(name, '.');
	char key[32];

	*last = name;
	if (!dot)
		return root;
	*last = dot + 1;
	snprintf(key, sizeof key, "%.*s", (int)(dot - name), name);
	cJSON *object = cJSON_GetObjectItemCaseSensitive(root, key);
	return object ? object : cJSON_AddObjectToObject(root, key);
}

/* What was timed is not there when nobody looked at the clock. */
char *sim_report_json(const struct sim_figures *figures)
{
	cJSON *out = cJSON_CreateObject();

	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		const struct sim_measure *m = &sim_measures[i];
		double value = sim_figure(figures, m);
		const char *last;
		char buf[32];
		if (isnan(value) && m->clocked)
			continue;
		cJSON *to = folder(out, m->name, &last);
		if (isnan(value))
			cJSON_AddNullToObject(to, last);
		else
			cJSON_AddRawToObject(to, last,
					     number(value, buf, sizeof buf));
	}
	char *text = cJSON_PrintUnformatted(out);
	if (!text)
		rt_oom();
	cJSON_Delete(out);
	return text;
}

/* Six digits, and never an exponent. */
static void add_rounded(struct rt_buf *to, double value)
{
	bool plain = fabs(value) >= 1e-4 && fabs(value) < 999999.5;

	rt_buf_addf(to, plain ? "%.6g" : "%.0f", value);
}

/* Names tell their units, but for shares. */
static void add_label(const struct sim_measure *m, size_t len, bool further,
		      struct rt_buf *to)
{
	const char *unit = strcmp(m->unit, "%") == 0 ? " %" : "";

	rt_buf_addf(to, "%s%.*s%-*s", further ? "\n" : "", (int)len, m->name,
		    (int)(LABEL - len), unit);
}

/* A line for each name up to the dot. */
void sim_report_table(const struct sim_figures *figures, struct rt_buf *to)
{
	const char *line = "";
	size_t line_len = 0;

	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		const struct sim_measure *m = &sim_measures[i];
		double value = sim_figure(figures, m);
		size_t len = strcspn(m->name, ".");
		if (isnan(value))
			continue;
		if (len == line_len && strncmp(line, m->name, len) == 0)
			rt_buf_addf(to, ", ");
		else
			add_label(m, len, line_len > 0, to);
		if (m->name[len])
			rt_buf_addf(to, "%s ", m->name + len + 1);
		add_rounded(to, value);
		line = m->name;
		line_len = len;
	}
	rt_buf_addf(to, "\n");
}

void sim_report_csv_header(struct rt_buf *to)
{
	const char *before = "";

	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		if (sim_measures[i].clocked)
			continue;
		rt_buf_addf(to, "%s%s", before, sim_measures[i].name);
		before = ",";
	}
	rt_buf_addf(to, "\n");
}

void sim_report_csv(const struct sim_figures *figures, struct rt_buf *to)
{
	const char *before = "";

	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		const struct sim_measure *m = &sim_measures[i];
		double value = sim_figure(figures, m);
		char buf[32] = "";
		if (m->clocked)
			continue;
		if (!isnan(value))
			number(value, buf, sizeof buf);
		rt_buf_addf(to, "%s%s", before, buf);
		before = ",";
	}
	rt_buf_addf(to, "\n");
}

/* ---- tasks -------------------------------------------------------------- */

const char *const sim_fate_names[] = {
	[SIM_UNFINISHED] = "unfinished",
	[SIM_REJECTED] = "rejected",
	[SIM_DONE] = "done",
	[SIM_LOST] = "lost",
	[SIM_ASKED] = "asked",
};

const char sim_report_jobs_header[] =
	"job,submit_s,start_s,end_s,cpus,node,fate,retries\n";

/* The task's own name, or its place in the queue. */
static void add_name(const struct trace_job *task, uint32_t i,
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

void sim_report_nodes(const struct sim_job *job, struct rt_buf *to)
{
	uint32_t len = job->parts_len ? job->parts_len : 1;

	for (uint32_t i = 0; i < len; i++) {
		uint32_t node = job->parts_len ? job->parts[i].node : job->node;
		rt_buf_addf(to, i ? " " : "");
		if (node == SIM_HEAD)
			rt_buf_addf(to, "head");
		else
			rt_buf_addf(to, "%" PRIu32, node);
		if (job->parts_len && job->parts[i].count > 1)
			rt_buf_addf(to, "*%" PRIu32, job->parts[i].count);
	}
}

static double cpus_of(const struct trace *trace, const struct trace_job *job)
{
	double sum = 0;

	for (uint32_t i = 0; i < job->asks_len; i++) {
		const struct trace_ask *ask = &job->asks[i];
		struct rt_res res = trace->facts->shapes[ask->shape].res;
		sum += (double)ask->count *
		       (double)rt_res_get(res, trace->facts->cpu);
	}
	return sum / RT_UNITS;
}

void sim_report_job(const struct sim_result *r, const struct trace *trace,
		    uint32_t i, struct rt_buf *to)
{
	const struct sim_job *job = &r->jobs[i];
	const struct trace_job *it = trace->jobs[i];

	add_name(it, i, to);
	add_field(job->came ? job->submit_s : it->submit_s, to);
	if (job->fate == SIM_DONE) {
		add_field(job->start_s, to);
		add_field(job->start_s + job->run_s, to);
	} else {
		rt_buf_addf(to, ",,");
	}
	add_field(cpus_of(trace, it), to);
	rt_buf_addf(to, ",");
	if (job->fate == SIM_DONE && job->node != SIM_NO_NODE)
		sim_report_nodes(job, to);
	rt_buf_addf(to, ",%s,%" PRIu32 "\n", sim_fate_names[job->fate],
		    job->retries);
}
