/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info.c - raytide trace info: a trace in numbers, as a table or as JSON.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/trace/input.h"
#include "cli/trace/trace.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "traces/stats.h"

#define BAR_WIDTH 40
#define GIB ((double)(1 << 30))

struct info {
	struct trace_input input;
	bool json;
};

static enum rt_status take_json(void *conf, const char *value,
				struct rt_error *err)
{
	(void)err;
	(void)value;
	((struct info *)conf)->json = true;
	return RT_OK;
}

const struct rt_option trace_info_options[] = {
	{ "json", NULL, "one JSON object instead of a table", take_json },
	TRACE_INPUT_OPTIONS,
	{ 0 },
};

static const char *const kinds[] = { "tasks", "actors", "gangs", "requests" };

/* ---- table -------------------------------------------------------------- */

/* Of each bar. */
static const char *const bar_names[TRACE_BARS] = {
	"0 s",    "<= 1 s", "<= 10 s", "<= 1 min", "<= 10 min", "<= 1 h",
	"<= 6 h", "<= 1 d", "<= 7 d",  "<= 30 d",  "> 30 d",
};

static void print_jobs(const struct trace_summary *sum)
{
	printf("jobs         %" PRIu64, sum->jobs);
	for (size_t k = 0, n = 0; k <= TRACE_REQUEST; k++)
		if (sum->kinds[k])
			printf("%s%" PRIu64 " %s", n++ ? ", " : ": ",
			       sum->kinds[k], kinds[k]);
	printf("\n");
}

static void print_histogram(const struct trace_summary *sum)
{
	uint64_t most = 1;

	for (int i = 0; i < TRACE_BARS; i++)
		if (sum->bars[i] > most)
			most = sum->bars[i];
	printf("\nrun times\n");
	for (int i = 0; i < TRACE_BARS; i++) {
		uint64_t bars = (sum->bars[i] * BAR_WIDTH + most - 1) / most;
		printf("%11s  %-*.*s %" PRIu64 "\n", bar_names[i], BAR_WIDTH,
		       (int)bars, "########################################",
		       sum->bars[i]);
	}
}

static void print_demands(const struct trace_summary *sum,
			  const struct trace_facts *facts)
{
	for (uint32_t i = 0; i < sum->demands_len; i++) {
		const struct trace_demand *d = &sum->demands[i];
		const char *name = rt_name_text(facts->names, d->name);
		bool memory = strcmp(name, "memory") == 0;
		double unit = memory ? GIB : 1;
		printf("%-12s %.6f %shours, at most %.10g %sat a time (%.10g "
		       "s after the first)\n",
		       name, d->hours / unit, memory ? "GiB-" : "",
		       d->peak / unit, memory ? "GiB " : "", d->peak_at_s);
	}
}

static void print_table(const struct trace_summary *sum,
			const struct trace_facts *facts, const char *path)
{
	printf("%s, %s\n\n", path, facts->format);
	print_jobs(sum);
	printf("left out     %" PRIu64 " rows\n", facts->left_out);
	printf("submissions  %.10g s: from %.10g to %.10g; at most %" PRIu64
	       " in a second\n",
	       sum->last_s - sum->first_s, sum->first_s, sum->last_s,
	       sum->submissions_max);
	printf("last end     %.10g s, if nothing waits\n", sum->last_end_s);
	if (facts->processors || facts->nodes)
		printf("system       %" PRId64 " processors, %" PRId64
		       " nodes\n",
		       facts->processors, facts->nodes);
	printf("requests     %" PRIu32 " distinct\n", facts->shapes_len);
	print_demands(sum, facts);
	if (sum->runs == 0)
		return;
	printf("run time     mean %.10g s, p50 %.10g s, p90 %.10g s, p99 "
	       "%.10g s, max %.10g s\n",
	       sum->mean, sum->p50, sum->p90, sum->p99, sum->max);
	print_histogram(sum);
}

/* ---- JSON --------------------------------------------------------------- */

static void add_number(cJSON *to, const char *key, double value)
{
	char text[RT_F64_TEXT];

	cJSON_AddRawToObject(to, key, rt_json_f64_text(value, text));
}

static void add_runs(cJSON *doc, const struct trace_summary *sum)
{
	cJSON *run = cJSON_AddObjectToObject(doc, "run_s");
	cJSON *bars = cJSON_AddArrayToObject(doc, "histogram");

	if (sum->runs > 0) {
		add_number(run, "mean", sum->mean);
		add_number(run, "p50", sum->p50);
		add_number(run, "p90", sum->p90);
		add_number(run, "p99", sum->p99);
		add_number(run, "max", sum->max);
	}
	for (int i = 0; i < TRACE_BARS; i++) {
		cJSON *bar = cJSON_CreateObject();
		if (!isinf(trace_bars[i]))
			add_number(bar, "to_s", trace_bars[i]);
		add_number(bar, "jobs", (double)sum->bars[i]);
		cJSON_AddItemToArray(bars, bar);
	}
}

static void add_notes(cJSON *doc, const struct trace_facts *facts)
{
	cJSON *notes = cJSON_AddObjectToObject(doc, "notes");

	add_number(doc, "left_out", (double)facts->left_out);
	for (uint32_t i = 0; i < facts->notes_len; i++)
		add_number(notes, facts->notes[i].text,
			   (double)facts->notes[i].count);
}

static cJSON *encode(const struct trace_summary *sum,
		     const struct trace_facts *facts)
{
	cJSON *doc = cJSON_CreateObject();

	cJSON_AddStringToObject(doc, "format", facts->format);
	add_number(doc, "jobs", (double)sum->jobs);
	cJSON *by_kind = cJSON_AddObjectToObject(doc, "kinds");
	for (size_t k = 0; k <= TRACE_REQUEST; k++)
		add_number(by_kind, kinds[k], (double)sum->kinds[k]);
	add_notes(doc, facts);
	cJSON *submit = cJSON_AddObjectToObject(doc, "submit_s");
	add_number(submit, "first", sum->first_s);
	add_number(submit, "last", sum->last_s);
	add_number(submit, "span", sum->last_s - sum->first_s);
	add_number(submit, "most_in_a_second", (double)sum->submissions_max);
	add_number(doc, "last_end_s", sum->last_end_s);
	add_number(doc, "processors", (double)facts->processors);
	add_number(doc, "nodes", (double)facts->nodes);
	add_number(doc, "distinct_requests", facts->shapes_len);
	cJSON *resources = cJSON_AddObjectToObject(doc, "resources");
	for (uint32_t i = 0; i < sum->demands_len; i++) {
		const struct trace_demand *d = &sum->demands[i];
		cJSON *of = cJSON_AddObjectToObject(
			resources, rt_name_text(facts->names, d->name));
		add_number(of, "hours", d->hours);
		add_number(of, "peak", d->peak);
		add_number(of, "peak_at_s", d->peak_at_s);
	}
	add_runs(doc, sum);
	return doc;
}

/* ---- all of it ---------------------------------------------------------- */

static enum rt_status tell(const struct info *info, struct trace_stats *stats,
			   struct rt_error *err)
{
	const struct trace_facts *facts = trace_facts(info->input.reader);
	const struct trace_summary *sum = trace_stats_sum(stats);

	if (info->json) {
		cJSON *doc = encode(sum, facts);
		char *text = cJSON_PrintUnformatted(doc);
		if (!text)
			rt_oom();
		puts(text);
		cJSON_free(text);
		cJSON_Delete(doc);
	} else {
		print_table(sum, facts, info->input.path);
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		return rt_fail(err, RT_EIO, "standard output: %s",
			       strerror(errno));
	return RT_OK;
}

enum rt_status trace_info(int argc, char **argv, struct rt_error *err)
{
	struct info info = { 0 };
	struct trace_input *input = &info.input;
	struct trace_stats *stats = NULL;
	struct trace_job *job;
	enum rt_status status = trace_input_parse(
		input, "info", trace_info_options, argc, argv, err);

	if (!status)
		status = trace_input_open(input, err);
	if (status)
		goto out;
	stats = trace_stats_new(trace_facts(input->reader));
	while (!(status = trace_input_next(input, &job, err)) && job) {
		trace_stats_add(stats, job);
		trace_job_free(&job);
	}
	if (!status)
		status = tell(&info, stats, err);
out:
	trace_stats_free(&stats);
	trace_input_close(input);
	return status;
}
