/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info.c - raytide trace info: a trace in numbers, as a table or as JSON.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/trace/info_table.h"
#include "cli/trace/input.h"
#include "cli/trace/trace.h"
#include "core/base/json.h"
#include "core/base/mem.h"

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

static void add_columns(cJSON *doc, const struct trace_summary *sum)
{
	cJSON *all = cJSON_AddObjectToObject(doc, "submissions");

	add_number(all, "column_s", sum->column_s);
	cJSON *jobs = cJSON_AddArrayToObject(all, "jobs");
	for (uint32_t i = 0; i < sum->columns_len; i++)
		cJSON_AddItemToArray(
			jobs, cJSON_CreateNumber((double)sum->columns[i]));
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
		add_number(by_kind, trace_info_kinds[k], (double)sum->kinds[k]);
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
	add_columns(doc, sum);
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
		trace_info_table(sum, facts, info->input.path);
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
