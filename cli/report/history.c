/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history.c - series by their place: tasks, three for each resource, nodes by
 * state, a sum for each group; groups beyond a number share the last one.
 */
#include "cli/report/history.h"

#include <inttypes.h>

#include "cli/report/text.h"
#include "cli/report/thin.h"
#include "cli/report/timeline.h"
#include "core/base/mem.h"

#define RESOURCES_MAX 8
#define GROUPS_MAX 25
#define SPANS_MAX 4000

enum {
	WAITING,
	RUNNING,
	RESOURCES, /* three each */
	SERIES_MAX = RESOURCES + 3 * RESOURCES_MAX + SIM_GONE + GROUPS_MAX,
};

struct report_history {
	uint32_t resources_len, groups_len;
	uint32_t shared; /* groups in the last series; 0: it is one's own */
	const char *resources[RESOURCES_MAX];
	const char *groups[GROUPS_MAX];
	struct report_thin *thin; /* NULL: nothing has come */
};

struct report_history *report_history_new(void)
{
	return rt_calloc(1, sizeof(struct report_history));
}

void report_history_free(struct report_history **h)
{
	if (!*h)
		return;
	report_thin_free(&(*h)->thin);
	rt_free(*h);
	*h = NULL;
}

static uint32_t states_at(const struct report_history *h)
{
	return RESOURCES + 3 * h->resources_len;
}

static uint32_t groups_at(const struct report_history *h)
{
	return states_at(h) + SIM_GONE;
}

/* The head, which is first, is no group of workers. */
static void begin(struct report_history *h, const struct sim_levels *levels)
{
	for (uint32_t i = 0;
	     i < levels->resources_len && h->resources_len < RESOURCES_MAX; i++)
		h->resources[h->resources_len++] = levels->resources[i].name;
	for (uint32_t g = 1;
	     g < levels->groups_len && h->groups_len < GROUPS_MAX; g++)
		h->groups[h->groups_len++] = levels->groups[g].name;
	if (levels->groups_len > GROUPS_MAX + 1)
		h->shared = levels->groups_len - GROUPS_MAX;
	h->thin = report_thin_new(groups_at(h) + h->groups_len, SPANS_MAX);
}

static uint32_t series_of(const struct report_history *h, uint32_t group)
{
	return group < h->groups_len ? group - 1 : h->groups_len - 1;
}

void report_history_add(struct report_history *h,
			const struct sim_levels *levels)
{
	double values[SERIES_MAX] = { 0 };

	if (!h->thin)
		begin(h, levels);
	values[WAITING] = levels->waiting;
	values[RUNNING] = levels->running;
	for (uint32_t i = 0; i < h->resources_len; i++) {
		double *of = values + RESOURCES + 3 * i;
		of[0] = levels->resources[i].demand;
		of[1] = levels->resources[i].used;
		of[2] = levels->resources[i].capacity;
	}
	for (uint32_t g = 0; g < levels->groups_len; g++)
		for (int state = 0; state < SIM_GONE; state++) {
			uint32_t nodes = levels->groups[g].nodes[state];
			values[states_at(h) + (uint32_t)state] += nodes;
			if (g > 0)
				values[groups_at(h) + series_of(h, g)] += nodes;
		}
	report_thin_add(h->thin, levels->at_s, values);
}

/* ---- as JSON ------------------------------------------------------------ */

static uint32_t points(const struct report_history *h)
{
	return h->thin ? report_thin_len(h->thin) : 0;
}

static void add_series(const struct report_history *h, uint32_t series,
		       FILE *to)
{
	putc('[', to);
	for (uint32_t i = 0; i < points(h); i++) {
		if (i > 0)
			putc(',', to);
		report_short_number(to, report_thin_value(h->thin, i, series));
	}
	putc(']', to);
}

static void add_times(const struct report_history *h, FILE *to)
{
	fputs("\"at_s\":[", to);
	for (uint32_t i = 0; i < points(h); i++) {
		if (i > 0)
			putc(',', to);
		report_number(to, report_thin_at(h->thin, i));
	}
	fputs("],\"merged_s\":", to);
	report_number(to, h->thin ? report_thin_span_s(h->thin) : 0);
}

static void add_resources(const struct report_history *h, FILE *to)
{
	static const char *const whats[] = { "demand", "used", "capacity" };

	fputs(",\"resources\":[", to);
	for (uint32_t i = 0; i < h->resources_len; i++) {
		fputs(i > 0 ? ",{\"name\":" : "{\"name\":", to);
		report_json_text(to, h->resources[i]);
		for (uint32_t k = 0; k < 3; k++) {
			fprintf(to, ",\"%s\":", whats[k]);
			add_series(h, RESOURCES + 3 * i + k, to);
		}
		putc('}', to);
	}
	putc(']', to);
}

static void add_nodes(const struct report_history *h, FILE *to)
{
	fputs(",\"nodes\":{", to);
	for (uint32_t state = 0; state < SIM_GONE; state++) {
		fprintf(to, "%s\"%s\":", state > 0 ? "," : "",
			report_node_states[state]);
		add_series(h, states_at(h) + state, to);
	}
	fputs("},\"groups\":[", to);
	for (uint32_t g = 0; g < h->groups_len; g++) {
		fputs(g > 0 ? ",{\"name\":" : "{\"name\":", to);
		report_json_text(to, h->groups[g]);
		if (h->shared && g == h->groups_len - 1)
			fprintf(to, ",\"of\":%" PRIu32, h->shared);
		fputs(",\"nodes\":", to);
		add_series(h, groups_at(h) + g, to);
		putc('}', to);
	}
	putc(']', to);
}

void report_history_write(const struct report_history *h, FILE *to)
{
	putc('{', to);
	add_times(h, to);
	fputs(",\"waiting\":", to);
	add_series(h, WAITING, to);
	fputs(",\"running\":", to);
	add_series(h, RUNNING, to);
	add_resources(h, to);
	add_nodes(h, to);
	putc('}', to);
}
