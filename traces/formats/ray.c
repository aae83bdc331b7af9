/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ray.c - what Ray tells of tasks as JSON: the State API's list, or a timeline
 * (docs/formats/ray.md).  Rows are made of it as `raytide trace record` does.
 */
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "traces/ask.h"
#include "traces/record_state.h"
#include "traces/timeline.h"

#define NS_PER_US 1e3
#define US_PER_S 1e6

/* To the microsecond: no run repeats itself more exactly. */
static double seconds(int64_t ns)
{
	return nearbyint((double)ns / NS_PER_US) / US_PER_S;
}

static enum rt_status emit(const struct record_row *row,
			   const struct rt_names *names,
			   struct trace_reader *reader, uint64_t place,
			   struct rt_error *err)
{
	struct rt_amount kept[TRACE_AMOUNTS_KEPT];
	struct trace_wish wish = trace_wish_new(reader, kept);
	struct trace_ask ask = { .count = 1 };
	enum rt_status status = RT_OK;

	for (uint32_t i = 0; i < row->res.len; i++)
		trace_wish_amount(&wish,
				  rt_name_text(names, row->res.at[i].name),
				  (double)row->res.at[i].units / RT_UNITS);
	for (uint32_t i = 0; i < row->labels.len && !status; i++)
		status = trace_wish_label(
			&wish, rt_name_text(names, row->labels.at[i].key),
			rt_name_text(names, row->labels.at[i].value), err);
	if (!status)
		status = trace_wish_shape(&wish, reader, &ask.shape, err);
	if (status)
		return status;
	struct trace_job job = trace_job_plain(seconds(row->submit_ns),
					       seconds(row->duration_ns), &ask);
	job.row = place;
	job.kind = strcmp(row->kind, "actor") == 0 ? TRACE_ACTOR : TRACE_TASK;
	job.id = row->id;
	return trace_emit(reader, &job, 1, err);
}

static void note(const struct recording *rec, const struct record_rows *rows,
		 bool timeline, struct trace_reader *reader)
{
	trace_leave_out_all(reader, "called an actor, which asks for nothing,",
			    rows->calls);
	trace_leave_out_all(reader, "had not ended", rows->unfinished);
	trace_leave_out_all(reader, "had no run", rows->unstarted);
	trace_mend_all(reader, "went missing before Ray told of them",
		       rec->lost);
	if (timeline)
		trace_mend_all(
			reader,
			"got a CPU and no wait, which a timeline does not tell",
			rows->tasks);
}

static enum rt_status take_doc(const cJSON *doc, struct recording *rec,
			       struct trace_reader *reader,
			       struct rt_error *err)
{
	struct record_rows rows;
	bool timeline = trace_is_timeline(doc);
	enum rt_status status = timeline ? trace_timeline(doc, rec, err)
					 : record_state(doc, rec, err);

	if (!status)
		status = record_rows(rec, &rows, err);
	for (uint32_t i = 0; !status && i < rows.len; i++)
		status = emit(&rows.at[i], rec->names, reader, i + 1, err);
	if (!status)
		note(rec, &rows, timeline, reader);
	return status;
}

static enum rt_status ray_take(void *state, char *text,
			       struct trace_reader *reader,
			       struct rt_error *err)
{
	struct recording rec = { .arena = trace_arena(reader),
				 .names = rt_names_new() };
	cJSON *doc = NULL;
	enum rt_status status = rt_json_parse(text, strlen(text), &doc, err);

	(void)state;
	if (!status)
		status = take_doc(doc, &rec, reader, err);
	cJSON_Delete(doc);
	rt_names_free(&rec.names);
	return status;
}

const struct trace_format trace_format_ray = {
	.name = "ray",
	.summary = "Ray's own: tasks of the State API, or a timeline (JSON)",
	.flags = TRACE_UNSORTED | TRACE_DOCUMENT,
	.sniff = trace_is_ray,
	.take = ray_take,
};
