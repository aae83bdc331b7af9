/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline.c - numbers as exact as they are.
 */
#include "cli/report/timeline.h"

#include <inttypes.h>
#include <string.h>

#include "cli/report/text.h"
#include "core/base/mem.h"

const char *const report_node_states[SIM_GONE + 1] = {
	[SIM_STARTING] = "starting", [SIM_UP] = "up",
	[SIM_DRAINING] = "draining", [SIM_STOPPED] = "stopped",
	[SIM_GONE] = "gone",
};

static void name_column(FILE *to, const char *name, const char *what)
{
	size_t len = strlen(name) + strlen(what) + 2;
	char *text = rt_calloc(len, 1);

	snprintf(text, len, "%s.%s", name, what);
	putc(',', to);
	report_csv_text(to, text);
	rt_free(text);
}

void report_timeline_header(FILE *to, const struct sim_levels *levels)
{
	fputs("at_s,waiting,running", to);
	for (uint32_t i = 0; i < levels->resources_len; i++) {
		const char *name = levels->resources[i].name;
		name_column(to, name, "demand");
		name_column(to, name, "used");
		name_column(to, name, "capacity");
	}
	for (uint32_t g = 0; g < levels->groups_len; g++)
		for (int state = 0; state < SIM_GONE; state++)
			name_column(to, levels->groups[g].name,
				    report_node_states[state]);
	putc('\n', to);
}

void report_timeline_line(FILE *to, const struct sim_levels *levels)
{
	report_number(to, levels->at_s);
	fprintf(to, ",%" PRIu32 ",%" PRIu32, levels->waiting, levels->running);
	for (uint32_t i = 0; i < levels->resources_len; i++) {
		putc(',', to);
		report_number(to, levels->resources[i].demand);
		putc(',', to);
		report_number(to, levels->resources[i].used);
		putc(',', to);
		report_number(to, levels->resources[i].capacity);
	}
	for (uint32_t g = 0; g < levels->groups_len; g++)
		for (int state = 0; state < SIM_GONE; state++)
			fprintf(to, ",%" PRIu32,
				levels->groups[g].nodes[state]);
	putc('\n', to);
}

/* ---- events ------------------------------------------------------------- */

static void add_job(FILE *to, const struct sim_news *news,
		    const struct trace *trace)
{
	const char *id = trace->jobs[news->task]->id;

	fputs(",\"job\":", to);
	if (id)
		report_json_text(to, id);
	else
		fprintf(to, "\"%" PRIu32 "\"", news->task);
}

static void add_node(FILE *to, uint32_t node)
{
	if (node == SIM_HEAD)
		fputs(",\"node\":\"head\"", to);
	else
		fprintf(to, ",\"node\":\"%" PRIu32 "\"", node);
}

static void add_what(FILE *to, const struct sim_news *news,
		     const struct trace *trace)
{
	switch (news->kind) {
	case SIM_NEWS_SUBMITTED:
	case SIM_NEWS_REJECTED:
		add_job(to, news, trace);
		break;
	case SIM_NEWS_STARTED:
	case SIM_NEWS_ENDED:
	case SIM_NEWS_LOST:
		add_job(to, news, trace);
		add_node(to, news->node);
		break;
	case SIM_NEWS_NODE:
		add_node(to, news->node);
		fputs(",\"group\":", to);
		report_json_text(to, news->group);
		break;
	case SIM_NEWS_ROUND:
		fprintf(to,
			",\"round\":%" PRIu64 ",\"launches\":%" PRIu32
			",\"drains\":%" PRIu32 ",\"deletions\":%" PRIu32,
			news->round, news->launches, news->drains,
			news->deletions);
		break;
	}
}

void report_event(FILE *to, const struct sim_news *news,
		  const struct trace *trace)
{
	static const char *const names[] = {
		[SIM_NEWS_SUBMITTED] = "submitted",
		[SIM_NEWS_REJECTED] = "rejected",
		[SIM_NEWS_STARTED] = "started",
		[SIM_NEWS_ENDED] = "ended",
		[SIM_NEWS_LOST] = "lost",
		[SIM_NEWS_ROUND] = "round",
	};

	if (news->kind == SIM_NEWS_ROUND && !news->launches && !news->drains &&
	    !news->deletions)
		return;
	fputs("{\"at_s\":", to);
	report_number(to, news->at_s);
	fprintf(to, ",\"event\":\"%s\"",
		news->kind == SIM_NEWS_NODE ? report_node_states[news->state]
					    : names[news->kind]);
	add_what(to, news, trace);
	fputs("}\n", to);
}
