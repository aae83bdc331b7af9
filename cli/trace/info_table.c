/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_table.c - numbers in groups of three digits, seconds also as days, hours
 * and minutes, histograms of plain characters.
 */
#include "cli/trace/info_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BAR_WIDTH 40
#define HEIGHT 6
#define GIB ((double)(1 << 30))
#define TEXT 64

const char *const trace_info_kinds[] = { "tasks", "actors", "gangs",
					 "requests" };

/* ---- numbers ------------------------------------------------------------ */

/* "1,234,567.25", with so many digits behind the point at most. */
static const char *number(double value, int digits, char text[TEXT])
{
	char plain[TEXT];
	int len = snprintf(plain, sizeof plain, "%.*f", digits, value);
	char *point = strchr(plain, '.'), *to = text;
	int whole = point ? (int)(point - plain) : len;

	while (point && (plain[len - 1] == '0' || plain[len - 1] == '.'))
		if (plain[--len] == '.')
			break;
	for (int i = 0; i < len && to < text + TEXT - 2; i++) {
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			*to++ = ',';
		*to++ = plain[i];
	}
	*to = '\0';
	return text;
}

/* "12 d 3 h": the two largest units that there are. */
static const char *span(double seconds, char text[TEXT])
{
	static const struct {
		double s, part_s;
		const char *name, *part;
	} units[] = {
		{ 86400, 3600, "d", "h" },
		{ 3600, 60, "h", "min" },
		{ 60, 1, "min", "s" },
	};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (seconds < units[i].s)
			continue;
		double many = floor(seconds / units[i].s);
		double rest =
			floor((seconds - many * units[i].s) / units[i].part_s);
		if (rest > 0)
			snprintf(text, TEXT, "%.0f %s %.0f %s", many,
				 units[i].name, rest, units[i].part);
		else
			snprintf(text, TEXT, "%.0f %s", many, units[i].name);
		return text;
	}
	snprintf(text, TEXT, "%.4g s", seconds);
	return text;
}

/* "7,948,936 s (92 d 0 h)" */
static void print_seconds(double seconds)
{
	char plain[TEXT], long_one[TEXT];

	printf("%s s", number(seconds, 6, plain));
	if (seconds >= 60)
		printf(" (%s)", span(seconds, long_one));
}

/* ---- jobs --------------------------------------------------------------- */

static void print_jobs(const struct trace_summary *sum)
{
	char text[TEXT];

	printf("jobs         %s", number((double)sum->jobs, 0, text));
	for (size_t k = 0, n = 0; k <= TRACE_REQUEST; k++)
		if (sum->kinds[k])
			printf("%s%s %s", n++ ? ", " : ": ",
			       number((double)sum->kinds[k], 0, text),
			       trace_info_kinds[k]);
	printf("\n");
}

static void print_times(const struct trace_summary *sum)
{
	char text[TEXT];

	printf("submitted    within ");
	print_seconds(sum->last_s - sum->first_s);
	printf(", from %s s on; at most %" PRIu64 " in a second\n",
	       number(sum->first_s, 6, text), sum->submissions_max);
	printf("last end     at %s s, if nothing waits\n",
	       number(sum->last_end_s, 6, text));
}

static void print_demands(const struct trace_summary *sum,
			  const struct trace_facts *facts)
{
	char hours[TEXT], peak[TEXT];

	if (sum->demands_len > 0)
		printf("\n%-16s %20s %18s  first reached after\n", "resource",
		       "hours", "most at a time");
	for (uint32_t i = 0; i < sum->demands_len; i++) {
		const struct trace_demand *d = &sum->demands[i];
		const char *name = rt_name_text(facts->names, d->name);
		bool memory = strcmp(name, "memory") == 0;
		double unit = memory ? GIB : 1;
		printf("%-16s %20s %18s  ", memory ? "memory, GiB" : name,
		       number(d->hours / unit, 6, hours),
		       number(d->peak / unit, 6, peak));
		print_seconds(d->peak_at_s);
		printf("\n");
	}
}

static void print_runs(const struct trace_summary *sum)
{
	const struct {
		const char *name;
		double s;
	} rows[] = {
		{ "mean", sum->mean }, { "p50", sum->p50 }, { "p90", sum->p90 },
		{ "p99", sum->p99 },   { "max", sum->max },
	};

	printf("\n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		printf("%-12s %-5s ", i ? "" : "run time", rows[i].name);
		print_seconds(rows[i].s);
		printf("\n");
	}
}

/* ---- histograms --------------------------------------------------------- */

static const char *const bar_names[TRACE_BARS] = {
	"0 s",    "<= 1 s", "<= 10 s", "<= 1 min", "<= 10 min", "<= 1 h",
	"<= 6 h", "<= 1 d", "<= 7 d",  "<= 30 d",  "> 30 d",
};

static uint64_t largest(const uint64_t *counts, uint32_t len)
{
	uint64_t most = 1;

	for (uint32_t i = 0; i < len; i++)
		if (counts[i] > most)
			most = counts[i];
	return most;
}

/* Bars up to the last one that has jobs. */
static void print_bars(const struct trace_summary *sum)
{
	uint64_t most = largest(sum->bars, TRACE_BARS);
	char text[TEXT];
	int len = TRACE_BARS;

	while (len > 1 && sum->bars[len - 1] == 0)
		len--;
	printf("\nrun times\n");
	for (int i = 0; i < len; i++) {
		uint64_t bars = (sum->bars[i] * BAR_WIDTH + most - 1) / most;
		printf("%11s  %-*.*s %s\n", bar_names[i], BAR_WIDTH, (int)bars,
		       "########################################",
		       number((double)sum->bars[i], 0, text));
	}
}

static void print_columns(const struct trace_summary *sum)
{
	uint64_t most = largest(sum->columns, sum->columns_len);
	char text[TEXT];

	printf("\nsubmissions, a column is %s\n", span(sum->column_s, text));
	for (uint64_t row = HEIGHT; row > 0; row--) {
		printf("%11s |",
		       row == HEIGHT ? number((double)most, 0, text) : "");
		for (uint32_t i = 0; i < sum->columns_len; i++)
			putchar(sum->columns[i] * HEIGHT > most * (row - 1)
					? '#'
					: ' ');
		printf("\n");
	}
	printf("%11s +", "0");
	for (uint32_t i = 0; i < sum->columns_len; i++)
		putchar('-');
	printf("\n");
}

void trace_info_table(const struct trace_summary *sum,
		      const struct trace_facts *facts, const char *path)
{
	char text[TEXT];

	printf("%s, %s\n\n", path, facts->format);
	print_jobs(sum);
	printf("left out     %s rows\n",
	       number((double)facts->left_out, 0, text));
	print_times(sum);
	if (facts->processors || facts->nodes)
		printf("system       %" PRId64 " processors, %" PRId64
		       " nodes\n",
		       facts->processors, facts->nodes);
	printf("requests     %s distinct\n",
	       number(facts->shapes_len, 0, text));
	print_demands(sum, facts);
	if (sum->runs > 0)
		print_runs(sum);
	if (sum->runs > 0)
		print_bars(sum);
	print_columns(sum);
}
