/* SPDX-License-Identifier: Apache-2.0 */
/*
 * swf.c - the Standard Workload Format, version 2.2, of the Parallel Workloads
 * Archive.  A job of N processors is one task of N CPUs.  docs/formats/swf.md
 * says which fields are read and which jobs are left out.
 */
#include <ctype.h>
#include <string.h>

#include "core/base/error.h"
#include "core/model/res.h"
#include "traces/trace.h"

#define FIELDS 18

enum field { /* the standard counts them from 1 */
	     JOB = 0,
	     SUBMIT = 1,
	     RUN = 3,
	     ALLOCATED = 4,
	     REQUESTED = 7,
};

static const char *const names[FIELDS] = {
	[JOB] = "field 1 (job number)",
	[SUBMIT] = "field 2 (submit time)",
	[RUN] = "field 4 (run time)",
	[ALLOCATED] = "field 5 (allocated processors)",
	[REQUESTED] = "field 8 (requested processors)",
};

static int split(char *line, char **fields, int max)
{
	int n = 0;

	for (char *save, *f = strtok_r(line, " \t", &save); f;
	     f = strtok_r(NULL, " \t", &save)) {
		if (n == max)
			return max + 1;
		fields[n++] = f;
	}
	return n;
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

/* -1, "not known", is as good a value as any. */
static enum rt_status number(char **fields, enum field i, double *out,
			     struct rt_error *err)
{
	if (fields[i][0] == '-' && isdigit((unsigned char)fields[i][1])) {
		*out = -1;
		return RT_OK;
	}
	return trace_number(fields[i], names[i], TRACE_SECONDS_MAX, out, err);
}

static enum rt_status swf_take(void *state, char *line, struct trace *trace,
			       struct rt_error *err)
{
	char *fields[FIELDS];
	double submit, run, width, requested;
	enum rt_status status;

	(void)state;
	if (line[strspn(line, " \t")] == ';')
		return RT_OK;
	int n = split(line, fields, FIELDS);
	if (n != FIELDS)
		return rt_fail(err, RT_EINPUT,
			       "%s than the %d fields of an SWF job; missing "
			       "values are -1",
			       n < FIELDS ? "less" : "more", FIELDS);
	if ((status = number(fields, SUBMIT, &submit, err)) ||
	    (status = number(fields, RUN, &run, err)) ||
	    (status = number(fields, ALLOCATED, &width, err)) ||
	    (status = number(fields, REQUESTED, &requested, err)))
		return status;
	if (width <= 0)
		width = requested;
	if (submit < 0 || run < 0 || width <= 0) {
		trace->left_out++;
		return RT_OK;
	}
	struct rt_amount cpus = { trace->cpu, rt_units(width) };
	struct trace_task task = {
		.id = rt_arena_strdup(trace->arena, fields[JOB]),
		.submit_s = submit,
		.duration_s = run,
		.shape = trace_shape(trace, (struct rt_res){ 1, &cpus }),
	};
	return trace_add(trace, &task, 1, err);
}

const struct trace_format trace_format_swf = {
	.name = "swf",
	.summary = "Standard Workload Format 2.2: a job is one task",
	.sniff = swf_sniff,
	.take = swf_take,
};
