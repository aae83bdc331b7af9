/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump.c - a table of the fields of an instance serves both ways.  What holds
 * within a round only is found again by the next one.
 */
#include "core/controller/dump.h"

#include <stdio.h>

#include "core/base/mem.h"

#define TIME_MIN (-RT_JSON_WHOLE_MAX)
#define TIME_MAX RT_JSON_WHOLE_MAX

static void add_i64(cJSON *json, const char *key, int64_t value)
{
	cJSON_AddNumberToObject(json, key, (double)value);
}

static void add_text(cJSON *json, const char *key, const char *text)
{
	if (text)
		cJSON_AddStringToObject(json, key, text);
}

/* NULL when it is absent. */
static enum rt_status get_text(const struct rt_json *json, const char *key,
			       char **out, struct rt_error *err)
{
	const char *text = NULL;
	enum rt_status status = rt_json_get_str(json, key, &text, err);

	*out = text ? rt_strdup(text) : NULL;
	return status;
}

static enum rt_status get_time(const struct rt_json *json, const char *key,
			       int64_t *out, struct rt_error *err)
{
	return rt_json_get_i64(json, key, TIME_MIN, TIME_MAX, out, err);
}

/* ---- instances ----------------------------------------------------------- */

static const struct field {
	const char *key;
	size_t offset;
	enum { STATUS, TIME, TEXT, FLAG } type;
} fields[] = {
#define FIELD(name, type)                                                      \
	{                                                                      \
#name, offsetof(struct rt_instance, name), type                \
	}
	FIELD(group, TEXT),         FIELD(is_head, FLAG),
	FIELD(status, STATUS),      FIELD(asked_ms, TIME),
	FIELD(since_ms, TIME),      FIELD(before, STATUS),
	FIELD(before_ms, TIME),     FIELD(pod, TEXT),
	FIELD(replica, TEXT),       FIELD(ray_node_id, TEXT),
	FIELD(alive, FLAG),         FIELD(stuck, FLAG),
	FIELD(busy, FLAG),          FIELD(busy_ms, TIME),
	FIELD(idle_since_ms, TIME), FIELD(idle_more_ms, TIME),
#undef FIELD
};
#define FIELDS (sizeof fields / sizeof *fields)

static cJSON *dump_instance(const struct rt_instance *instance)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "id", instance->id);
	for (size_t i = 0; i < FIELDS; i++) {
		const char *key = fields[i].key;
		const void *at = (const char *)instance + fields[i].offset;
		switch (fields[i].type) {
		case STATUS:
			add_i64(json, key, *(const enum rt_node_status *)at);
			break;
		case TIME:
			add_i64(json, key, *(const int64_t *)at);
			break;
		case TEXT:
			add_text(json, key, *(char *const *)at);
			break;
		case FLAG:
			if (*(const bool *)at)
				cJSON_AddTrueToObject(json, key);
		}
	}
	return json;
}

static enum rt_status load_status(const struct rt_json *json, const char *key,
				  enum rt_node_status *out,
				  struct rt_error *err)
{
	int64_t value = 0;
	enum rt_status status = rt_json_get_i64(
		json, key, 0, RT_NODE_ALLOCATION_TIMEOUT, &value, err);

	*out = (enum rt_node_status)value;
	return status;
}

static enum rt_status load_field(const struct rt_json *json,
				 const struct field *field, void *at,
				 struct rt_error *err)
{
	switch (field->type) {
	case STATUS:
		return load_status(json, field->key, at, err);
	case TIME:
		return get_time(json, field->key, at, err);
	case TEXT:
		return get_text(json, field->key, at, err);
	default:
		return rt_json_get_bool(json, field->key, at, err);
	}
}

static enum rt_status load_instance(struct rt_instance *instance,
				    const struct rt_json *json,
				    struct rt_error *err)
{
	const char *id = "";
	enum rt_status status = rt_json_is_object(json, err);

	rt_free(instance->group);
	instance->group = NULL;
	if (!status)
		status = rt_json_get_str(json, "id", &id, err);
	snprintf(instance->id, sizeof instance->id, "%s", id);
	for (size_t i = 0; i < FIELDS && !status; i++)
		status = load_field(json, &fields[i],
				    (char *)instance + fields[i].offset, err);
	if (!status && !instance->group)
		status = rt_json_fail(json, err, "group is missing");
	return status;
}

cJSON *rt_instances_dump(const struct rt_instances *table)
{
	cJSON *json = cJSON_CreateObject();

	add_i64(json, "last_serial", (int64_t)table->last_serial);
	add_i64(json, "seen_ms", table->seen_ms);
	add_i64(json, "died_from_ms", table->died.from_ms);
	add_i64(json, "died_to_ms", table->died.to_ms);
	cJSON_AddItemToObject(json, "resizes",
			      rt_backoff_dump(&table->resizes));
	cJSON *list = cJSON_AddArrayToObject(json, "all");
	for (uint32_t i = 0; i < table->len; i++)
		cJSON_AddItemToArray(list, dump_instance(table->at[i]));
	return json;
}

static enum rt_status load_all(struct rt_instances *table,
			       const struct rt_json *json, struct rt_error *err)
{
	struct rt_json list, item;
	enum rt_status status = RT_OK;

	if (!rt_json_member(json, "all", &list))
		return RT_OK;
	if ((status = rt_json_is_array(&list, err)) ||
	    (status = rt_json_bound(&list, "instances", rt_json_len(&list),
				    2 * RT_NODES_MAX, err)))
		return status;
	for (bool more = rt_json_first(&list, &item); more && !status;
	     more = rt_json_next(&item))
		status = load_instance(rt_instances_add(table, "", RT_NO_GROUP,
							RT_NODE_QUEUED, 0),
				       &item, err);
	return status;
}

enum rt_status rt_instances_load(struct rt_instances *table,
				 const struct rt_json *json,
				 struct rt_error *err)
{
	struct rt_json resizes;
	int64_t last = 0;
	enum rt_status status;

	if ((status = rt_json_is_object(json, err)) ||
	    (status = load_all(table, json, err)) ||
	    (status = rt_json_get_i64(json, "last_serial", 0, RT_JSON_WHOLE_MAX,
				      &last, err)) ||
	    (status = get_time(json, "seen_ms", &table->seen_ms, err)) ||
	    (status = get_time(json, "died_from_ms", &table->died.from_ms,
			       err)) ||
	    (status = get_time(json, "died_to_ms", &table->died.to_ms, err)))
		return status;
	table->last_serial = (uint64_t)last;
	return rt_json_member(json, "resizes", &resizes)
		       ? rt_backoff_load(&table->resizes, &resizes, err)
		       : RT_OK;
}

/* ---- groups that fail ---------------------------------------------------- */

cJSON *rt_backoff_dump(const struct rt_backoff *b)
{
	cJSON *list = cJSON_CreateArray();

	for (uint32_t i = 0; i < b->len; i++) {
		cJSON *json = cJSON_CreateObject();
		cJSON_AddStringToObject(json, "group", b->at[i].group);
		add_i64(json, "failures", b->at[i].failures);
		add_i64(json, "failed_ms", b->at[i].failed_ms);
		cJSON_AddItemToArray(list, json);
	}
	return list;
}

enum rt_status rt_backoff_load(struct rt_backoff *b, const struct rt_json *list,
			       struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_array(list, err);

	for (bool more = !status && rt_json_first(list, &item); more && !status;
	     more = rt_json_next(&item)) {
		const char *group = "";
		int64_t failures = 0, failed_ms = 0;
		if ((status = rt_json_is_object(&item, err)) ||
		    (status = rt_json_get_str(&item, "group", &group, err)) ||
		    (status = rt_json_get_i64(&item, "failures", 0, UINT32_MAX,
					      &failures, err)) ||
		    (status = get_time(&item, "failed_ms", &failed_ms, err)))
			break;
		RT_GROW(b->at, b->len, b->cap);
		b->at[b->len++] =
			(struct rt_failing){ rt_strdup(group),
					     (uint32_t)failures, failed_ms };
	}
	return status;
}

/* ---- unneeded pending nodes ---------------------------------------------- */

cJSON *rt_carried_dump(const struct rt_carried *carried)
{
	cJSON *map = cJSON_CreateObject();

	for (uint32_t i = 0; i < carried->len; i++) {
		cJSON *times =
			cJSON_AddArrayToObject(map, carried->at[i].group);
		for (uint32_t t = 0; t < carried->at[i].times.len; t++)
			cJSON_AddItemToArray(
				times,
				cJSON_CreateNumber(
					(double)carried->at[i].times.at[t]));
	}
	return map;
}

static enum rt_status load_times(const struct rt_json *list, int64_t *at,
				 struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = RT_OK;

	for (bool more = rt_json_first(list, &item); more && !status;
	     more = rt_json_next(&item))
		status = rt_json_i64(&item, TIME_MIN, TIME_MAX, at++, err);
	return status;
}

enum rt_status rt_carried_load(struct rt_carried *carried,
			       const struct rt_json *map, struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_map(map, err);

	if (status)
		return status;
	carried->at = rt_calloc(rt_json_len(map) + 1, sizeof *carried->at);
	for (bool more = rt_json_first(map, &item); more && !status;
	     more = rt_json_next(&item)) {
		if ((status = rt_json_is_array(&item, err)))
			break;
		size_t len = rt_json_len(&item);
		int64_t *at = rt_calloc(len + 1, sizeof *at);
		carried->at[carried->len].group = rt_strdup(item.key);
		carried->at[carried->len++].times =
			(struct rt_times){ (uint32_t)len, at };
		status = load_times(&item, at, err);
	}
	return status;
}
