/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.c - one loop over the lines for all formats: finds the format, puts
 * file and line before every complaint, sorts what came out.
 */
#include "traces/trace.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/base/param.h"

#define FORMATS_MAX 64

static uint32_t format_names(const char **names)
{
	uint32_t n = 0;

	for (; trace_formats[n] && n < FORMATS_MAX; n++)
		names[n] = trace_formats[n]->name;
	return n;
}

static enum rt_status by_name(const char *name, const struct trace_format **out,
			      struct rt_error *err)
{
	const char *names[FORMATS_MAX];
	uint32_t n = format_names(names);

	for (uint32_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0) {
			*out = trace_formats[i];
			return RT_OK;
		}
	const char *near = rt_nearest(name, names, n);
	return rt_fail(err, RT_EINPUT, "%s: no such trace format; %s %s", name,
		       near ? "did you mean" : "there is",
		       near ? near : names[0]);
}

static const struct trace_format *by_line(const char *line)
{
	for (uint32_t i = 0; trace_formats[i]; i++)
		if (trace_formats[i]->sniff(line))
			return trace_formats[i];
	return NULL;
}

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t")] == '\0';
}

static enum rt_status read_lines(struct rt_lines *lines,
				 const struct trace_format *format,
				 struct trace *trace, struct rt_error *err)
{
	void *state = NULL;
	char *line;
	enum rt_status status;

	while (!(status = rt_lines_next(lines, &line, err)) && line) {
		if (is_blank(line))
			continue;
		if (!format && !(format = by_line(line)))
			status = rt_fail(err, RT_EINPUT,
					 "this begins no known trace format; "
					 "name one with --trace-format");
		if (!status && !state)
			state = rt_calloc(1, format->state_size + 1);
		if (!status)
			status = format->take(state, line, trace, err);
		if (status) {
			rt_wrap(err, "%s:%llu", rt_lines_path(lines),
				(unsigned long long)rt_lines_number(lines));
			break;
		}
	}
	rt_free(state);
	return status;
}

/* Tasks are moved along with their place in the file, for the ties. */
struct placed {
	struct trace_task task;
	uint32_t place;
};

static int by_submit(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->task.submit_s != y->task.submit_s)
		return x->task.submit_s < y->task.submit_s ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

static bool is_sorted(const struct trace *trace)
{
	for (uint32_t i = 1; i < trace->tasks_len; i++)
		if (trace->tasks[i].submit_s < trace->tasks[i - 1].submit_s)
			return false;
	return true;
}

static void sort(struct trace *trace)
{
	if (is_sorted(trace))
		return;
	struct placed *all = rt_calloc(trace->tasks_len, sizeof *all);
	for (uint32_t i = 0; i < trace->tasks_len; i++)
		all[i] = (struct placed){ trace->tasks[i], i };
	qsort(all, trace->tasks_len, sizeof *all, by_submit);
	for (uint32_t i = 0; i < trace->tasks_len; i++)
		trace->tasks[i] = all[i].task;
	rt_free(all);
}

static struct trace *trace_new(void)
{
	struct trace *trace = rt_calloc(1, sizeof *trace);

	trace->arena = rt_arena_new();
	trace->names = rt_names_new();
	trace->cpu = rt_name_intern(trace->names, "CPU");
	return trace;
}

void trace_free(struct trace **trace)
{
	if (!*trace)
		return;
	rt_free((*trace)->tasks);
	rt_free((*trace)->shapes);
	rt_free((*trace)->slots);
	rt_names_free(&(*trace)->names);
	rt_arena_free(&(*trace)->arena);
	rt_free(*trace);
	*trace = NULL;
}

enum rt_status trace_load(struct trace **out, const char *path,
			  const char *name, struct rt_error *err)
{
	const struct trace_format *format = NULL;
	struct rt_lines *lines;
	enum rt_status status;

	if (name && (status = by_name(name, &format, err)))
		return status;
	if ((status = rt_lines_open(&lines, path, err)))
		return status;
	struct trace *trace = trace_new();
	status = read_lines(lines, format, trace, err);
	rt_lines_close(&lines);
	if (!status && trace->tasks_len == 0)
		status = rt_fail(err, RT_EINPUT,
				 "%s: no tasks in this trace; is it of another "
				 "format?",
				 path);
	if (status) {
		trace_free(&trace);
		return status;
	}
	sort(trace);
	*out = trace;
	return RT_OK;
}
