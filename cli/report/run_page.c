/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_page.c - the page's data as JSON: facts, figures, the history, the waits
 * as a distribution, jobs.  Of many jobs some are taken, evenly.
 */
#include "cli/report/run_page.h"

#include <inttypes.h>

#include <gsl/gsl_sort.h>

#include "cli/report/page.h"
#include "cli/report/text.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/model/res.h"
#include "sim/report.h"

#define WAITS_MAX 400 /* points of the curve */
#define JOBS_MAX 3000
#define UNDONE_MAX 1000
#define ASKS_TEXT_MAX 256
#define NODES_TEXT_MAX 256 /* of a gang on many the first are told */

/* ---- facts and figures -------------------------------------------------- */

static void add_fact(FILE *to, const char *name, const char *value)
{
	fprintf(to, ",[\"%s\",", name);
	report_json_text(to, value);
	putc(']', to);
}

static void add_facts(FILE *to, const struct report_record_conf *conf)
{
	fputs("\"title\":", to);
	report_json_text(to, conf->trace_name);
	fprintf(to, ",\"facts\":[[\"seed\",\"%" PRIu64 "\"]", conf->seed);
	if (conf->cluster_name)
		add_fact(to, "cluster", conf->cluster_name);
	if (conf->pool)
		add_fact(to, "processors", conf->pool);
	if (conf->scheduler)
		add_fact(to, "scheduler", conf->scheduler);
	if (conf->policy_name)
		add_fact(to, "policy", conf->policy_name);
	for (uint32_t i = 0; i < conf->sets_len; i++)
		add_fact(to, "set", conf->sets[i].text);
	putc(']', to);
}

void report_page_measures(FILE *to)
{
	fputs("\"measures\":[", to);
	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		const struct sim_measure *m = &sim_measures[i];
		static const char *const better[] = { [SIM_AS_IS] = "",
						      [SIM_LESS] = "less",
						      [SIM_MORE] = "more" };
		fprintf(to,
			"%s{\"name\":\"%s\",\"unit\":\"%s\","
			"\"better\":\"%s\",\"text\":",
			i > 0 ? "," : "", m->name, m->unit, better[m->better]);
		report_json_text(to, m->text);
		putc('}', to);
	}
	putc(']', to);
}

static void add_values(FILE *to, const struct sim_figures *figures)
{
	fputs("\"values\":[", to);
	for (size_t i = 0; i < SIM_MEASURES_LEN; i++) {
		if (i > 0)
			putc(',', to);
		report_number(to, sim_figure(figures, &sim_measures[i]));
	}
	putc(']', to);
}

/* ---- waits -------------------------------------------------------------- */

/* The ranks of the curve's points: half of them from the last hundredth. */
static size_t rank_of(size_t point, size_t n)
{
	size_t half = WAITS_MAX / 2;

	if (n <= WAITS_MAX)
		return point;
	if (point < half)
		return (size_t)((double)(n - 1) * 0.99 * (double)point /
				(double)half);
	return (size_t)((double)(n - 1) *
			(0.99 +
			 0.01 * (double)(point - half) / (double)(half - 1)));
}

static void add_curve(FILE *to, const double *waits, size_t n)
{
	size_t len = n < WAITS_MAX ? n : WAITS_MAX;

	fputs("\"waits\":{\"s\":[", to);
	for (size_t i = 0; i < len; i++) {
		if (i > 0)
			putc(',', to);
		report_short_number(to, waits[rank_of(i, n)]);
	}
	fputs("],\"share\":[", to);
	for (size_t i = 0; i < len; i++) {
		if (i > 0)
			putc(',', to);
		report_short_number(to, (double)(rank_of(i, n) + 1) * 100 /
						(double)n);
	}
	fputs("]}", to);
}

static void add_waits(FILE *to, const struct sim_result *result)
{
	double *waits = rt_calloc(result->jobs_len, sizeof *waits);
	size_t n = 0;

	for (uint32_t i = 0; i < result->jobs_len; i++)
		if (result->jobs[i].fate == SIM_DONE)
			waits[n++] = result->jobs[i].start_s -
				     result->jobs[i].submit_s;
	gsl_sort(waits, 1, n);
	add_curve(to, waits, n);
	rt_free(waits);
}

/* ---- jobs --------------------------------------------------------------- */

static void add_name(FILE *to, const char *id, uint32_t job)
{
	if (id)
		report_json_text(to, id);
	else
		fprintf(to, "\"%" PRIu32 "\"", job);
}

/* "2 x CPU 1, GPU 4": bundles, and what each asks for. */
static void add_asks(FILE *to, const struct trace *trace,
		     const struct trace_job *job)
{
	struct rt_buf text = RT_BUF(ASKS_TEXT_MAX);
	char number[RT_F64_TEXT];

	for (uint32_t i = 0; i < job->asks_len; i++) {
		const struct trace_ask *ask = &job->asks[i];
		struct rt_res res = trace->facts->shapes[ask->shape].res;
		rt_buf_addf(&text, i > 0 ? "; " : "");
		if (ask->count > 1)
			rt_buf_addf(&text, "%" PRIu32 " x ", ask->count);
		for (uint32_t r = 0; r < res.len; r++)
			rt_buf_addf(&text, "%s%s %s", r > 0 ? ", " : "",
				    rt_name_text(trace->facts->names,
						 res.at[r].name),
				    rt_json_f64_text((double)res.at[r].units /
							     RT_UNITS,
						     number));
	}
	report_json_text(to, text.data ? text.data : "");
	rt_buf_free(&text);
}

/* Its place, name, submission, start, end, nodes. */
static void add_done(FILE *to, const struct sim_job *job)
{
	struct rt_buf nodes = RT_BUF(NODES_TEXT_MAX);

	report_number(to, job->submit_s);
	putc(',', to);
	report_number(to, job->start_s);
	putc(',', to);
	report_number(to, job->start_s + job->run_s);
	if (job->node != SIM_NO_NODE) {
		sim_report_nodes(job, &nodes);
		fprintf(to, ",\"%s\"]", nodes.data);
	} else {
		fputs(",null]", to);
	}
	rt_buf_free(&nodes);
}

/* Its place, name, submission, nothing thrice, what became of it, and what it
 * asked for. */
static void add_undone(FILE *to, const struct sim_job *job,
		       const struct trace *trace, const struct trace_job *it)
{
	report_number(to, job->came ? job->submit_s : it->submit_s);
	fprintf(to, ",null,null,null,\"%s\",", sim_fate_names[job->fate]);
	add_asks(to, trace, it);
	putc(']', to);
}

static void add_job(FILE *to, const struct sim_result *result,
		    const struct trace *trace, uint32_t i)
{
	const struct sim_job *job = &result->jobs[i];

	fprintf(to, "[%" PRIu32 ",", i);
	add_name(to, trace->jobs[i]->id, i);
	putc(',', to);
	if (job->fate == SIM_DONE)
		add_done(to, job);
	else
		add_undone(to, job, trace, trace->jobs[i]);
}

/* Evenly chosen ones of `len`, `max` at most. */
struct sample {
	uint32_t len, seen;
	double next;
};

static bool takes(struct sample *s, uint32_t max)
{
	double step = s->len > max ? (double)s->len / max : 1;
	bool taken = s->seen++ >= s->next;

	if (taken)
		s->next += step;
	return taken;
}

/* Those that are done, or some of them, and the same of those that are not. */
static void add_jobs(FILE *to, const struct sim_result *result,
		     const struct trace *trace)
{
	struct sample done = { 0 }, undone = { 0 };
	const char *before = "";

	for (uint32_t i = 0; i < result->jobs_len; i++) {
		done.len += result->jobs[i].fate == SIM_DONE;
		undone.len += result->jobs[i].fate != SIM_DONE &&
			      result->jobs[i].fate != SIM_ASKED;
	}
	fprintf(to,
		"\"jobs\":{\"total\":%" PRIu32 ",\"done\":%" PRIu32
		",\"undone\":%" PRIu32 ",\"rows\":[",
		result->jobs_len, done.len, undone.len);
	for (uint32_t i = 0; i < result->jobs_len; i++) {
		enum sim_fate fate = result->jobs[i].fate;
		if (fate == SIM_ASKED ||
		    !(fate == SIM_DONE ? takes(&done, JOBS_MAX)
				       : takes(&undone, UNDONE_MAX)))
			continue;
		fputs(before, to);
		add_job(to, result, trace, i);
		before = ",";
	}
	fputs("]}", to);
}

void report_run_page(FILE *to, const struct report_record_conf *conf,
		     const struct sim_result *result,
		     const struct report_history *history)
{
	fwrite(report_page_before, 1, report_page_before_len, to);
	fputs("{\"kind\":\"run\",\"version\":\"" RAYTIDE_VERSION "\",\n", to);
	add_facts(to, conf);
	fputs(",\n", to);
	report_page_measures(to);
	fputs(",\n", to);
	add_values(to, &result->figures);
	fputs(",\n\"timeline\":", to);
	report_history_write(history, to);
	fputs(",\n", to);
	add_waits(to, result);
	fputs(",\n", to);
	add_jobs(to, result, conf->trace);
	putc('}', to);
	fwrite(report_page_after, 1, report_page_after_len, to);
}
