/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_pod_size.c - the size of a pod that may be resized in place, both ways.
 * What is RT_NONE is left out.
 */
#include "core/model/codec.h"

#define SECONDS_MAX ((int64_t)RT_SECONDS_MAX)

static const char *const statuses[] = {
	[RT_RESIZE_NONE] = "none",
	[RT_RESIZE_NEW] = "new",
	[RT_RESIZE_INPROGRESS] = "inprogress",
	[RT_RESIZE_DEFERRED] = "deferred",
	[RT_RESIZE_INFEASIBLE] = "infeasible",
	[RT_RESIZE_ERROR] = "error",
	NULL,
};

static const struct {
	const char *key;
	size_t offset;
	int64_t absent;
} amounts[] = {
	{ "asked_request", offsetof(struct rt_measure, asked_request),
	  RT_NONE },
	{ "asked_limit", offsetof(struct rt_measure, asked_limit), RT_NONE },
	{ "request", offsetof(struct rt_measure, request), RT_NONE },
	{ "limit", offsetof(struct rt_measure, limit), RT_NONE },
	{ "beside", offsetof(struct rt_measure, beside), 0 },
	{ "room", offsetof(struct rt_measure, room), RT_NONE },
};
#define AMOUNTS (sizeof amounts / sizeof *amounts)

static void add_units(cJSON *json, const char *key, int64_t units)
{
	if (units != RT_NONE)
		cJSON_AddItemToObject(json, key, rt_json_from_units(units));
}

static void add_seconds(cJSON *json, const char *key, int64_t seconds)
{
	if (seconds != RT_NONE)
		cJSON_AddNumberToObject(json, key, (double)seconds);
}

static void add_text(cJSON *json, const char *key, const char *text)
{
	if (text)
		cJSON_AddStringToObject(json, key, text);
}

static cJSON *encode_measure(const struct rt_measure *m)
{
	cJSON *json = cJSON_CreateObject();

	for (size_t i = 0; i < AMOUNTS; i++) {
		int64_t units =
			*(const int64_t *)((const char *)m + amounts[i].offset);
		if (units != amounts[i].absent)
			add_units(json, amounts[i].key, units);
	}
	return json;
}

cJSON *rt_encode_pod_size(const struct rt_pod_size *size)
{
	cJSON *json = cJSON_CreateObject();
	const struct rt_resize_note *note = &size->note;

	cJSON_AddItemToObject(json, "cpu", encode_measure(&size->cpu));
	cJSON_AddItemToObject(json, "memory", encode_measure(&size->memory));
	cJSON_AddStringToObject(json, "status", statuses[size->status]);
	add_text(json, "error", size->error);
	add_text(json, "raylet_id", note->raylet_id);
	add_seconds(json, "resizing_at_s", note->resizing_at_s);
	add_units(json, "max_cpu", note->max_cpu);
	add_units(json, "max_memory", note->max_memory);
	add_seconds(json, "failed_at_s", note->failed_at_s);
	add_text(json, "failed_why", note->failed_why);
	return json;
}

static enum rt_status get_units(struct rt_codec *c,
				const struct rt_json *object, const char *key,
				int64_t *out)
{
	struct rt_json member;

	return rt_json_member(object, key, &member)
		       ? rt_json_units(&member, out, c->err)
		       : RT_OK;
}

static enum rt_status get_text(struct rt_codec *c, const struct rt_json *object,
			       const char *key, const char **out)
{
	enum rt_status status = rt_json_get_str(object, key, out, c->err);

	if (!status && *out)
		*out = rt_arena_strdup(c->arena, *out);
	return status;
}

static enum rt_status decode_measure(struct rt_codec *c,
				     const struct rt_json *object,
				     const char *key, struct rt_measure *m)
{
	struct rt_json json;
	enum rt_status status = rt_decode_required(c, object, key, &json);

	if (!status)
		status = rt_json_is_object(&json, c->err);
	for (size_t i = 0; i < AMOUNTS && !status; i++) {
		int64_t *to = (int64_t *)((char *)m + amounts[i].offset);
		*to = amounts[i].absent;
		status = get_units(c, &json, amounts[i].key, to);
	}
	return status;
}

static enum rt_status decode_note(struct rt_codec *c,
				  const struct rt_json *json,
				  struct rt_resize_note *note)
{
	enum rt_status status;

	*note = (struct rt_resize_note){ NULL,    RT_NONE, RT_NONE,
					 RT_NONE, RT_NONE, NULL };
	if ((status = get_text(c, json, "raylet_id", &note->raylet_id)) ||
	    (status = rt_json_get_i64(json, "resizing_at_s", 0, SECONDS_MAX,
				      &note->resizing_at_s, c->err)) ||
	    (status = get_units(c, json, "max_cpu", &note->max_cpu)) ||
	    (status = get_units(c, json, "max_memory", &note->max_memory)) ||
	    (status = rt_json_get_i64(json, "failed_at_s", 0, SECONDS_MAX,
				      &note->failed_at_s, c->err)))
		return status;
	return get_text(c, json, "failed_why", &note->failed_why);
}

enum rt_status rt_decode_pod_size(struct rt_codec *c, const struct rt_json *pod,
				  const struct rt_pod_size **out)
{
	struct rt_json json;
	int said = RT_RESIZE_NONE;
	enum rt_status status;

	if (!rt_json_member(pod, "size", &json))
		return RT_OK;
	struct rt_pod_size *size = RT_ARENA_NEW(c->arena, struct rt_pod_size);
	if ((status = rt_json_is_object(&json, c->err)) ||
	    (status = decode_measure(c, &json, "cpu", &size->cpu)) ||
	    (status = decode_measure(c, &json, "memory", &size->memory)) ||
	    (status = rt_decode_word(c, &json, "status", statuses, &said)) ||
	    (status = get_text(c, &json, "error", &size->error)) ||
	    (status = decode_note(c, &json, &size->note)))
		return status;
	size->status = (enum rt_resize_status)said;
	*out = size;
	return RT_OK;
}
