/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - the timeline and the events are written as the run goes, the rest
 * when it is over.
 */
#include "cli/report/record.h"

#include "cli/report/folder.h"
#include "cli/report/run_page.h"
#include "cli/report/timeline.h"
#include "core/base/csv.h"
#include "core/base/mem.h"
#include "sim/report.h"

#define SUMMARY_MAX 65536

struct report_record {
	const struct report_record_conf *conf;
	struct report_folder *folder;
	FILE *jobs, *timeline, *events, *summary_csv, *summary_json;
	FILE *page;
	struct report_history *history; /* for the page */
	bool has_header;                /* the timeline */
};

/* The last file: once it is there all are. */
static enum rt_status write_about(struct report_record *r, struct rt_error *err)
{
	FILE *to;
	enum rt_status status =
		report_folder_add(r->folder, "cell.json", &to, err);

	if (!status)
		fputs(r->conf->about, to);
	return status;
}

enum rt_status report_record_open(struct report_record **out,
				  const struct report_record_conf *conf,
				  struct rt_error *err)
{
	struct report_record *r = rt_calloc(1, sizeof *r);
	enum rt_status status;

	r->conf = conf;
	r->history = report_history_new();
	if ((status = report_folder_open(&r->folder, conf->path, err)) ||
	    (status =
		     report_folder_add(r->folder, "jobs.csv", &r->jobs, err)) ||
	    (status = report_folder_add(r->folder, "timeline.csv", &r->timeline,
					err)) ||
	    (status = report_folder_add(r->folder, "summary.csv",
					&r->summary_csv, err)) ||
	    (status = report_folder_add(r->folder, "summary.json",
					&r->summary_json, err)) ||
	    (status = report_folder_add(r->folder, "report.html", &r->page,
					err)))
		goto fail;
	if (conf->events &&
	    (status = report_folder_add(r->folder, "events.jsonl", &r->events,
					err)))
		goto fail;
	if (conf->about && (status = write_about(r, err)))
		goto fail;
	if (!conf->events)
		report_folder_drop(r->folder, "events.jsonl");
	*out = r;
	return RT_OK;
fail:
	report_record_close(&r);
	return status;
}

static void see_levels(void *to, const struct sim_levels *levels)
{
	struct report_record *r = to;

	if (!r->has_header)
		report_timeline_header(r->timeline, levels);
	r->has_header = true;
	report_timeline_line(r->timeline, levels);
	report_history_add(r->history, levels);
}

static void see_news(void *to, const struct sim_news *news)
{
	struct report_record *r = to;

	report_event(r->events, news, r->conf->trace);
}

void report_record_watch(struct report_record *r, struct sim_watch *watch)
{
	watch->to = r;
	watch->levels = see_levels;
	watch->news = r->events ? see_news : NULL;
}

static void write_jobs(FILE *to, const struct sim_result *result,
		       const struct trace *trace)
{
	struct rt_buf line = RT_BUF(RT_LINE_MAX * 3);

	fputs(sim_report_jobs_header, to);
	for (uint32_t i = 0; i < result->jobs_len; i++) {
		rt_buf_clear(&line);
		sim_report_job(result, trace, i, &line);
		fputs(line.data, to);
	}
	rt_buf_free(&line);
}

static void write_summary(const struct report_record *r,
			  const struct sim_figures *figures)
{
	struct rt_buf text = RT_BUF(SUMMARY_MAX);

	sim_report_csv_header(&text);
	sim_report_csv(figures, &text);
	fputs(text.data, r->summary_csv);
	rt_buf_free(&text);
	char *json = sim_report_json(figures);
	fprintf(r->summary_json, "%s\n", json);
	cJSON_free(json);
}

enum rt_status report_record_finish(struct report_record *r,
				    const struct sim_result *result,
				    struct rt_error *err)
{
	write_jobs(r->jobs, result, r->conf->trace);
	write_summary(r, &result->figures);
	report_run_page(r->page, r->conf, result, r->history);
	return report_folder_publish(r->folder, err);
}

void report_record_close(struct report_record **r)
{
	if (!*r)
		return;
	report_folder_close(&(*r)->folder);
	report_history_free(&(*r)->history);
	rt_free(*r);
	*r = NULL;
}
