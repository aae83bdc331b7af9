/* SPDX-License-Identifier: Apache-2.0 */
/*
 * swf.c - the Standard Workload Format, version 2.2, of the Parallel Workloads
 * Archive.  docs/formats/swf.md says what is read and which jobs are left out.
 * A line is walked once, by hand: there are traces with millions of them.
 */
#include <string.h>

#include "core/base/error.h"
#include "core/model/res.h"
#include "traces/field.h"
#include "traces/format.h"

#define FIELDS 18

enum field { /* the standard counts them from 1 */
	     JOB = 0,
	     SUBMIT = 1,
	     RUN = 3,
	     ALLOCATED = 4,
	     REQUESTED = 7,
	     ESTIMATE = 8,
	     USER = 11,
	     PRECEDING = 16,
	     THINK = 17,
};

static const char *const names[FIELDS] = {
	[JOB] = "field 1 (job number)",
	[SUBMIT] = "field 2 (submit time)",
	[RUN] = "field 4 (run time)",
	[ALLOCATED] = "field 5 (allocated processors)",
	[REQUESTED] = "field 8 (requested processors)",
	[ESTIMATE] = "field 9 (requested time)",
	[USER] = "field 12 (user)",
	[PRECEDING] = "field 17 (preceding job)",
	[THINK] = "field 18 (think time)",
};

enum width { WIDTH_TASK, WIDTH_GANG };

struct conf {
	int width; /* enum width */
};

static const char *const widths[] = {
	[WIDTH_TASK] = "task",
	[WIDTH_GANG] = "gang",
	NULL,
};

static const struct rt_param params[] = {
	{ .name = "width",
	  .type = RT_PARAM_CHOICE,
	  .offset = offsetof(struct conf, width),
	  .def = WIDTH_GANG,
	  .unit = "",
	  .choices = widths,
	  .help = "a job of N processors is one task of N CPUs, or a gang of "
		  "N bundles of one" },
	{ .name = NULL },
};

static bool ends_field(char c)
{
	return c == ' ' || c == '\t' || c == '\0';
}

/* Cuts the line into its fields; more than there may be count as one more. */
static int split(char *line, char **fields)
{
	int n = 0;

	for (char *c = line;;) {
		while (*c == ' ' || *c == '\t')
			c++;
		if (!*c)
			return n;
		if (n == FIELDS)
			return n + 1;
		fields[n++] = c;
		while ((unsigned char)*c > ' ' || !ends_field(*c))
			c++;
		if (*c)
			*c++ = '\0';
	}
}

static bool swf_sniff(const char *line)
{
	line += strspn(line, " \t");
	if (*line == ';')
		return true;
	int fields = 0;
	while (*line) {
		size_t len = strcspn(line, " \t");
		if (strspn(line, "+-.0123456789eE") < len)
			return false;
		fields++;
		line += len;
		line += strspn(line, " \t");
	}
	return fields == FIELDS;
}

/* ---- header ------------------------------------------------------------- */

/* "; MaxProcs: 128" */
static void take_header(const char *line, struct trace_facts *facts)
{
	const struct {
		const char *key;
		int64_t *to;
	} keys[] = {
		{ "MaxProcs:", &facts->processors },
		{ "MaxNodes:", &facts->nodes },
	};
	double value;

	line += strspn(line, " \t;");
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		size_t len = strlen(keys[i].key);
		if (strncmp(line, keys[i].key, len) != 0)
			continue;
		char word[32] = { 0 };
		line += len;
		line += strspn(line, " \t");
		strncpy(word, line, sizeof word - 1);
		word[strcspn(word, " \t")] = '\0';
		if (trace_decimal(word, &value) && value > 0 &&
		    value <= RT_COUNT_MAX)
			*keys[i].to = (int64_t)value;
	}
}

/* ---- jobs --------------------------------------------------------------- */

struct row {
	const char *job, *user, *preceding;
	double submit, run, width, requested, estimate, think;
};

/* -1, "not known", is as good as any number below 0. */
static enum rt_status number(char **fields, enum field i, double *out,
			     struct rt_error *err)
{
	return trace_number_or_none(fields[i], names[i], TRACE_SECONDS_MAX, out,
				    err);
}

/* A whole number as it is written; NULL: not known. */
static enum rt_status id(char **fields, enum field i, const char **out,
			 struct rt_error *err)
{
	bool minus = fields[i][0] == '-';
	const char *digits = fields[i] + minus;

	*out = minus ? NULL : digits;
	if (*digits && !digits[strspn(digits, "0123456789")])
		return RT_OK;
	return rt_fail(err, RT_EINPUT, "%s: \"%.40s\" is no whole number",
		       names[i], fields[i]);
}

static enum rt_status read_row(char **fields, struct row *row,
			       struct rt_error *err)
{
	enum rt_status status;

	if ((status = id(fields, JOB, &row->job, err)) ||
	    (status = id(fields, USER, &row->user, err)) ||
	    (status = id(fields, PRECEDING, &row->preceding, err)) ||
	    (status = number(fields, SUBMIT, &row->submit, err)) ||
	    (status = number(fields, RUN, &row->run, err)) ||
	    (status = number(fields, ALLOCATED, &row->width, err)) ||
	    (status = number(fields, REQUESTED, &row->requested, err)) ||
	    (status = number(fields, ESTIMATE, &row->estimate, err)) ||
	    (status = number(fields, THINK, &row->think, err)))
		return status;
	if (row->width <= 0)
		row->width = row->requested;
	if (row->estimate == 0)
		row->estimate = -1;
	return RT_OK;
}

/* Why there is no job; NULL: there is. */
static const char *missing(const struct row *row)
{
	if (row->submit < 0)
		return "had no submit time";
	if (row->run < 0)
		return "had no run time";
	if (row->width <= 0)
		return "had no processors";
	return NULL;
}

static enum rt_status find_ask(double width, bool gang, struct trace_ask *ask,
			       struct trace_reader *reader,
			       struct rt_error *err)
{
	struct rt_amount cpus = { trace_facts(reader)->cpu,
				  gang ? RT_UNITS : rt_units(width) };
	struct trace_shape shape = { .res = { 1, &cpus } };

	if (gang && (width > RT_COUNT_MAX || width != (double)(uint32_t)width))
		return rt_fail(err, RT_EINPUT,
			       "%.15g processors are no whole number up to %d",
			       width, RT_COUNT_MAX);
	ask->count = gang ? (uint32_t)width : 1;
	return trace_shape(reader, &shape, &ask->shape, err);
}

static enum rt_status swf_take(void *state, char *line,
			       struct trace_reader *reader,
			       struct rt_error *err)
{
	const struct conf *conf = trace_conf(reader);
	char *fields[FIELDS];
	struct row row;
	struct trace_ask ask;
	enum rt_status status;

	(void)state;
	if (line[strspn(line, " \t")] == ';') {
		take_header(line, trace_facts_of(reader));
		return RT_OK;
	}
	int n = split(line, fields);
	if (n != FIELDS)
		return rt_fail(err, RT_EINPUT,
			       "%s than the %d fields of an SWF job; missing "
			       "values are -1",
			       n < FIELDS ? "less" : "more", FIELDS);
	if ((status = read_row(fields, &row, err)))
		return status;
	const char *why = missing(&row);
	if (why) {
		trace_leave_out(reader, why);
		return RT_OK;
	}
	bool gang = conf->width == WIDTH_GANG;
	if ((status = find_ask(row.width, gang, &ask, reader, err)))
		return status;
	struct trace_job job = trace_job_plain(row.submit, row.run, &ask);
	job.kind = gang ? TRACE_GANG : TRACE_TASK;
	job.id = row.job;
	job.estimate_s = row.estimate;
	job.user = row.user;
	job.preceding = row.preceding;
	job.think_s = row.think;
	return trace_emit(reader, &job, 1, err);
}

const struct trace_format trace_format_swf = {
	.name = "swf",
	.summary = "Standard Workload Format 2.2 of the Parallel Workloads "
		   "Archive",
	.sniff = swf_sniff,
	.take = swf_take,
	.params = params,
	.conf_size = sizeof(struct conf),
};
