/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline.c - of a task's events the one whose category is "task::" and its
 * function spans all of it; the others are its phases.
 */
#include "traces/timeline.h"

#include <string.h>

#define NS_PER_US 1000
#define US_MAX 4.5e15 /* the year 2112; twice that as ns is an int64 */
#define ATTEMPTS_MAX INT32_MAX

bool trace_is_ray(const char *line)
{
	line += strspn(line, " \t");
	if (*line == '[')
		return true;
	return *line == '{' &&
	       (line[1 + strspn(line + 1, " \t")] == '\0' ||
		strstr(line, "\"task_id\"") || strstr(line, "\"result\""));
}

bool trace_is_timeline(const cJSON *doc)
{
	return cJSON_IsArray(doc) &&
	       cJSON_GetObjectItemCaseSensitive(doc->child, "ph");
}

static enum rt_status take_times(const struct rt_json *event,
				 struct record_task *task, struct rt_error *err)
{
	double start_us = -1, length_us = 0;
	enum rt_status status =
		rt_json_get_f64(event, "ts", 0, US_MAX, &start_us, err);

	if (!status)
		status = rt_json_get_f64(event, "dur", 0, US_MAX, &length_us,
					 err);
	if (!status && start_us < 0)
		status = rt_json_fail(event, err, "ts is missing");
	task->demand_ns = task->start_ns = (int64_t)(start_us * NS_PER_US);
	task->end_ns = (int64_t)((start_us + length_us) * NS_PER_US);
	return status;
}

/* An id is 16 digits of the task's own, 24 of its actor (all f: none), 8 of its
 * job. */
static bool is_of_actor(const char *id)
{
	return strlen(id) == 48 &&
	       strncmp(id + 16, "ffffffffffffffffffffffff", 24) != 0;
}

static enum rt_status take_args(const struct rt_json *event,
				struct recording *rec, struct record_task *task,
				struct rt_error *err)
{
	struct rt_json args;
	const char *id = "";
	enum rt_status status;

	if (!rt_json_member(event, "args", &args))
		return rt_json_fail(event, err, "args is missing");
	if ((status = rt_json_is_object(&args, err)) ||
	    (status = rt_json_get_str(&args, "task_id", &id, err)) ||
	    (status = rt_json_get_i64(&args, "attempt_number", 0, ATTEMPTS_MAX,
				      &task->attempt, err)))
		return status;
	if (!*id)
		return rt_json_fail(&args, err, "task_id is missing");
	task->id = rt_arena_strdup(rec->arena, id);
	task->kind = is_of_actor(id) ? RECORD_CALL : RECORD_TASK;
	return RT_OK;
}

static enum rt_status take_event(const struct rt_json *event,
				 struct recording *rec, struct rt_error *err)
{
	struct rt_res_builder res = { .arena = rec->arena,
				      .names = rec->names };
	struct record_task task = {
		.name = "", .job = "", .actor = "", .group = ""
	};
	const char *category = "";
	enum rt_status status = rt_json_is_object(event, err);

	if (!status)
		status = rt_json_get_str(event, "cat", &category, err);
	if (status || strncmp(category, "task::", 6) != 0)
		return status;
	if ((status = take_times(event, &task, err)) ||
	    (status = take_args(event, rec, &task, err)))
		return status;
	rt_res_add(&res, "CPU", RT_UNITS);
	task.res = rt_res_build(&res);
	RT_ARENA_GROW(rec->arena, rec->tasks, rec->tasks_len, rec->tasks_cap);
	rec->tasks[rec->tasks_len++] = task;
	return RT_OK;
}

enum rt_status trace_timeline(const cJSON *doc, struct recording *rec,
			      struct rt_error *err)
{
	struct rt_json root = rt_json_root(doc), item;
	enum rt_status status = rt_json_is_array(&root, err);

	for (bool more = !status && rt_json_first(&root, &item); more;
	     more = !status && rt_json_next(&item))
		status = take_event(&item, rec, err);
	return status;
}
