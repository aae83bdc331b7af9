/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_state.c - the State API has the same fields as the GCS, as text; of
 * the times only "events" is read, which every form of it has.
 */
#include "traces/record_state.h"

#include <stddef.h>
#include <string.h>

#include "core/base/error.h"
#include "traces/field.h"

#define US_PER_MS 1e3
#define NS_PER_US 1000
#define NS_PER_S 1000000000
#define MS_MAX 9e12 /* the year 2255; as ns an int64 has it */
#define TICKS_MAX ((int64_t)(MS_MAX / 1000) * TRACE_TICKS_PER_S)
#define ATTEMPTS_MAX INT32_MAX

static const struct {
	const char *name;
	enum record_kind kind;
} types[] = {
	{ "NORMAL_TASK", RECORD_TASK }, { "ACTOR_CREATION_TASK", RECORD_ACTOR },
	{ "ACTOR_TASK", RECORD_CALL },  { "DRIVER_TASK", RECORD_DRIVER },
	{ NULL, RECORD_TASK },
};

static const struct {
	const char *key;
	size_t offset;
} texts[] = {
	{ "task_id", offsetof(struct record_task, id) },
	{ "name", offsetof(struct record_task, name) },
	{ "job_id", offsetof(struct record_task, job) },
	{ "actor_id", offsetof(struct record_task, actor) },
	{ "placement_group_id", offsetof(struct record_task, group) },
	{ NULL, 0 },
};

static enum rt_status take_text(const struct rt_json *object, const char *key,
				const struct recording *rec, const char **out,
				struct rt_error *err)
{
	const char *text = "";
	enum rt_status status = rt_json_get_str(object, key, &text, err);

	*out = rt_arena_strdup(rec->arena, text);
	return status;
}

static enum rt_status take_texts(const struct rt_json *object,
				 const struct recording *rec,
				 struct record_task *task, struct rt_error *err)
{
	enum rt_status status = RT_OK;

	for (size_t i = 0; texts[i].key && !status; i++)
		status = take_text(
			object, texts[i].key, rec,
			(const char **)((char *)task + texts[i].offset), err);
	/* The name of a creation has the actor's own name in it. */
	if (!status && (task->kind == RECORD_ACTOR || !*task->name))
		status = take_text(object, "func_or_class_name", rec,
				   &task->name, err);
	if (!status && !*task->id)
		status = rt_json_fail(object, err, "task_id is missing");
	if (!status && task->kind == RECORD_ACTOR && !*task->actor)
		status = rt_json_fail(object, err, "actor_id is missing");
	return status;
}

static enum rt_status take_kind(const struct rt_json *object,
				enum record_kind *kind, struct rt_error *err)
{
	struct rt_json item;
	const char *name;

	if (!rt_json_member(object, "type", &item))
		return rt_json_fail(object, err,
				    "type is missing; ask for details "
				    "(detail=1, --detail)");
	enum rt_status status = rt_json_str(&item, &name, err);
	if (status)
		return status;
	for (size_t i = 0; types[i].name; i++)
		if (strcmp(types[i].name, name) == 0) {
			*kind = types[i].kind;
			return RT_OK;
		}
	return rt_json_fail(&item, err, "%s: no such type of task", name);
}

static void note_time(struct record_task *task, const char *state, int64_t ns)
{
	if (strcmp(state, "PENDING_ARGS_AVAIL") == 0) {
		if (!task->demand_ns)
			task->demand_ns = ns;
	} else if (strcmp(state, "PENDING_NODE_ASSIGNMENT") == 0) {
		task->demand_ns = ns;
	} else if (strcmp(state, "RUNNING") == 0) {
		task->start_ns = ns;
	} else if (strcmp(state, "FINISHED") == 0) {
		task->end_ns = ns;
	} else if (strcmp(state, "FAILED") == 0) {
		task->end_ns = ns;
		task->failed = true;
	}
}

/* "2026-11-21 03:55:40.903000", in the time zone of who printed it: as only
 * differences count it is read as UTC. */
static bool parse_date(const char *text, int64_t *ns)
{
	int64_t ticks;

	if (!trace_timestamp(text, &ticks) || ticks < 0 || ticks > TICKS_MAX)
		return false;
	*ns = ticks * (NS_PER_S / TRACE_TICKS_PER_S);
	return true;
}

/* A number of milliseconds from the dashboard, a date from the command. */
static enum rt_status take_time(const struct rt_json *event, int64_t *ns,
				struct rt_error *err)
{
	struct rt_json item;
	double ms;

	if (!rt_json_member(event, "created_ms", &item))
		return rt_json_fail(event, err, "created_ms is missing");
	if (cJSON_IsString(item.node))
		return parse_date(item.node->valuestring, ns)
			       ? RT_OK
			       : rt_json_fail(&item, err, "%s: not a date",
					      item.node->valuestring);
	enum rt_status status = rt_json_f64(&item, 0, MS_MAX, &ms, err);
	/* As microseconds a double still has it exactly. */
	if (!status)
		*ns = (int64_t)(ms * US_PER_MS) * NS_PER_US;
	return status;
}

/* In order of time, so that of the two demands the later one counts. */
static enum rt_status take_events(const struct rt_json *object,
				  struct record_task *task,
				  struct rt_error *err)
{
	struct rt_json events, event;
	enum rt_status status;

	if (!rt_json_member(object, "events", &events))
		return rt_json_fail(object, err,
				    "events is missing; ask for details "
				    "(detail=1, --detail)");
	status = rt_json_is_array(&events, err);
	if (status)
		return status;
	for (bool more = rt_json_first(&events, &event); more;
	     more = rt_json_next(&event)) {
		const char *state = "";
		int64_t ns = 0;
		status = rt_json_get_str(&event, "state", &state, err);
		if (!status)
			status = take_time(&event, &ns, err);
		if (status)
			return status;
		note_time(task, state, ns);
	}
	if (!task->demand_ns)
		task->demand_ns = task->start_ns;
	return RT_OK;
}

static enum rt_status take_res(const struct rt_json *object,
			       const struct recording *rec, struct rt_res *out,
			       struct rt_error *err)
{
	struct rt_res_builder res = { .arena = rec->arena,
				      .names = rec->names };
	struct rt_json list, item;

	if (!rt_json_member(object, "required_resources", &list))
		return RT_OK;
	enum rt_status status = rt_json_is_object(&list, err);
	for (bool more = !status && rt_json_first(&list, &item);
	     more && !status; more = rt_json_next(&item)) {
		int64_t units;
		status = rt_json_units(&item, &units, err);
		if (!status)
			rt_res_add(&res, item.key, units);
	}
	*out = rt_res_build(&res);
	return status;
}

static enum rt_status take_labels(const struct rt_json *object,
				  const struct recording *rec,
				  struct rt_labels *out, struct rt_error *err)
{
	struct rt_labels_builder labels = { .arena = rec->arena,
					    .names = rec->names };
	struct rt_json list, item;

	if (!rt_json_member(object, "label_selector", &list))
		return RT_OK;
	enum rt_status status = rt_json_is_object(&list, err);
	for (bool more = !status && rt_json_first(&list, &item);
	     more && !status; more = rt_json_next(&item)) {
		const char *value;
		status = rt_json_str(&item, &value, err);
		if (!status)
			rt_labels_add(&labels, item.key, value);
	}
	*out = rt_labels_build(&labels);
	return status;
}

static enum rt_status take_task(const struct rt_json *object,
				struct recording *rec, struct rt_error *err)
{
	struct record_task task = { 0 };
	enum rt_status status = rt_json_is_object(object, err);

	if (!status)
		status = take_kind(object, &task.kind, err);
	if (!status)
		status = take_texts(object, rec, &task, err);
	if (!status)
		status = rt_json_get_i64(object, "attempt_number", 0,
					 ATTEMPTS_MAX, &task.attempt, err);
	if (!status)
		status = take_events(object, &task, err);
	if (!status)
		status = take_res(object, rec, &task.res, err);
	if (!status)
		status = take_labels(object, rec, &task.labels, err);
	if (status)
		return status;
	RT_ARENA_GROW(rec->arena, rec->tasks, rec->tasks_len, rec->tasks_cap);
	rec->tasks[rec->tasks_len++] = task;
	return RT_OK;
}

static enum rt_status take_list(const struct rt_json *list,
				struct recording *rec, struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_array(list, err);

	for (bool more = !status && rt_json_first(list, &item); more && !status;
	     more = rt_json_next(&item))
		status = take_task(&item, rec, err);
	return status;
}

/* The dashboard gives at most so many tasks, and says how many there are. */
static enum rt_status take_total(const struct rt_json *result,
				 struct recording *rec, struct rt_error *err)
{
	int64_t total = 0;
	enum rt_status status =
		rt_json_get_i64(result, "total", 0, INT64_MAX, &total, err);

	if (!status && total > (int64_t)rec->tasks_len)
		rec->lost = (uint64_t)total - rec->tasks_len;
	return status;
}

enum rt_status record_state(const cJSON *doc, struct recording *rec,
			    struct rt_error *err)
{
	struct rt_json root = rt_json_root(doc), data, result, list;

	if (cJSON_IsArray(doc))
		return take_list(&root, rec, err);
	if (!rt_json_member(&root, "data", &data) ||
	    !rt_json_member(&data, "result", &result) ||
	    !rt_json_member(&result, "result", &list))
		return rt_fail(err, RT_EINPUT,
			       "neither a list of tasks nor an answer of "
			       "/api/v0/tasks: no data.result.result");
	enum rt_status status = take_list(&list, rec, err);
	if (!status)
		status = take_total(&result, rec, err);
	return status;
}
