/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.c - the growing trace that formats fill.  Shapes are found by an
 * open-addressing hash of their amounts: a trace may have a shape per task.
 */
#include "traces/trace.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/mem.h"

#define EMPTY UINT32_MAX

static uint64_t hash(struct rt_res res)
{
	uint64_t h = 14695981039346656037u;

	for (uint32_t i = 0; i < res.len; i++) {
		h = (h ^ res.at[i].name) * 1099511628211u;
		h = (h ^ (uint64_t)res.at[i].units) * 1099511628211u;
	}
	return h ^ (h >> 32);
}

static bool equal(struct rt_res a, struct rt_res b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
		if (a.at[i].name != b.at[i].name ||
		    a.at[i].units != b.at[i].units)
			return false;
	return true;
}

/* The slot that holds the shape, or the empty one where it belongs. */
static uint32_t *find(const struct trace *trace, struct rt_res res)
{
	uint32_t mask = trace->slots_len - 1;
	uint32_t i = (uint32_t)hash(res) & mask;

	while (trace->slots[i] != EMPTY &&
	       !equal(trace->shapes[trace->slots[i]], res))
		i = (i + 1) & mask;
	return &trace->slots[i];
}

static void rehash(struct trace *trace)
{
	trace->slots_len = trace->slots_len ? trace->slots_len * 2 : 64;
	size_t size = trace->slots_len * sizeof *trace->slots;
	trace->slots = rt_realloc(trace->slots, size);
	memset(trace->slots, 0xFF, size);
	for (uint32_t i = 0; i < trace->shapes_len; i++)
		*find(trace, trace->shapes[i]) = i;
}

uint32_t trace_shape(struct trace *trace, struct rt_res res)
{
	if (trace->shapes_len >= trace->slots_len / 2)
		rehash(trace);
	uint32_t *slot = find(trace, res);
	if (*slot != EMPTY)
		return *slot;
	RT_GROW(trace->shapes, trace->shapes_len, trace->shapes_cap);
	trace->shapes[trace->shapes_len] = (struct rt_res){
		.len = res.len,
		.at = rt_arena_dup(trace->arena, res.at,
				   res.len * sizeof *res.at),
	};
	return *slot = trace->shapes_len++;
}

enum rt_status trace_add(struct trace *trace, const struct trace_task *task,
			 int64_t count, struct rt_error *err)
{
	if (count > TRACE_TASKS_MAX - (int64_t)trace->tasks_len)
		return rt_fail(err, RT_ELIMIT,
			       "more than %d tasks; cut the trace",
			       TRACE_TASKS_MAX);
	for (int64_t i = 0; i < count; i++) {
		RT_GROW(trace->tasks, trace->tasks_len, trace->tasks_cap);
		trace->tasks[trace->tasks_len++] = *task;
	}
	return RT_OK;
}

void trace_ignore(struct trace *trace, const char *name)
{
	if (trace->ignored_len == TRACE_IGNORED_MAX)
		return;
	for (uint32_t i = 0; i < trace->ignored_len; i++)
		if (strcmp(trace->ignored[i], name) == 0)
			return;
	trace->ignored[trace->ignored_len++] =
		rt_arena_strdup(trace->arena, name);
}

enum rt_status trace_number(const char *text, const char *what, double max,
			    double *out, struct rt_error *err)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end || !isfinite(number))
		return rt_fail(err, RT_EINPUT, "%s: \"%.40s\" is not a number",
			       what, text);
	if (number < 0 || number > max)
		return rt_fail(err, RT_EINPUT, "%s: %.40s is not from 0 to %g",
			       what, text, max);
	*out = number;
	return RT_OK;
}
