/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_resize.c - `ippr`, the in-place resize of types and nodes, both ways.
 */
#include "core/model/codec.h"

static const char *const statuses[] = { "new",        "inprogress", "deferred",
					"infeasible", "error",      NULL };

static enum rt_status decode_units(struct rt_codec *c,
				   const struct rt_json *object,
				   const char *key, int64_t *out)
{
	struct rt_json member;
	enum rt_status status = rt_decode_required(c, object, key, &member);

	return status ? status : rt_json_units(&member, out, c->err);
}

/* null stays RT_NONE. */
static enum rt_status decode_max(struct rt_codec *c,
				 const struct rt_json *object, const char *key,
				 int64_t *out)
{
	struct rt_json member;

	*out = RT_NONE;
	if (!rt_json_member(object, key, &member))
		return RT_OK;
	return rt_json_units(&member, out, c->err);
}

/* Only whether there is a time counts; its fraction is dropped. */
static enum rt_status decode_time(struct rt_codec *c,
				  const struct rt_json *object, const char *key,
				  int64_t *out)
{
	double seconds = RT_NONE;
	enum rt_status status = rt_json_get_f64(object, key, 0, RT_SECONDS_MAX,
						&seconds, c->err);

	*out = (int64_t)seconds;
	return status;
}

enum rt_status rt_decode_caps(struct rt_codec *c, const struct rt_json *type,
			      const struct rt_resize_caps **out)
{
	struct rt_json json;
	enum rt_status status;

	if (!rt_json_member(type, "ippr", &json))
		return RT_OK;
	struct rt_resize_caps *caps =
		RT_ARENA_NEW(c->arena, struct rt_resize_caps);
	if ((status = rt_json_is_object(&json, c->err)) ||
	    (status = decode_units(c, &json, "max_cpu", &caps->cpu)) ||
	    (status = decode_units(c, &json, "max_memory", &caps->memory)))
		return status;
	rt_name_intern(c->names, "CPU");
	rt_name_intern(c->names, "memory");
	*out = caps;
	return RT_OK;
}

static enum rt_status decode_sizes(struct rt_codec *c,
				   const struct rt_json *json,
				   struct rt_resize *r)
{
	enum rt_status status;

	if ((status = decode_units(c, json, "current_cpu", &r->current_cpu)) ||
	    (status = decode_units(c, json, "current_memory",
				   &r->current_memory)) ||
	    (status = decode_units(c, json, "desired_cpu", &r->desired_cpu)) ||
	    (status = decode_units(c, json, "desired_memory",
				   &r->desired_memory)) ||
	    (status = decode_max(c, json, "suggested_max_cpu", &r->max_cpu)))
		return status;
	return decode_max(c, json, "suggested_max_memory", &r->max_memory);
}

enum rt_status rt_decode_resize(struct rt_codec *c, const struct rt_json *node,
				const struct rt_resize **out)
{
	struct rt_json json;
	int said = -1;
	enum rt_status status;

	if (!rt_json_member(node, "ippr", &json))
		return RT_OK;
	struct rt_resize *r = RT_ARENA_NEW(c->arena, struct rt_resize);
	if ((status = rt_json_is_object(&json, c->err)) ||
	    (status = decode_sizes(c, &json, r)) ||
	    (status =
		     decode_time(c, &json, "resizing_at", &r->resizing_at_s)) ||
	    (status = decode_time(c, &json, "last_failed_at",
				  &r->failed_at_s)) ||
	    (status =
		     rt_decode_word(c, &json, "k8s_status", statuses, &said)) ||
	    (status = rt_json_get_name(&json, "raylet_id", &r->raylet_id,
				       c->err)))
		return status;
	r->status = (enum rt_resize_status)(said + 1);
	if (r->raylet_id)
		r->raylet_id = rt_arena_strdup(c->arena, r->raylet_id);
	*out = r;
	return RT_OK;
}

cJSON *rt_encode_caps(const struct rt_resize_caps *caps)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddItemToObject(json, "max_cpu", rt_json_from_units(caps->cpu));
	cJSON_AddItemToObject(json, "max_memory",
			      rt_json_from_units(caps->memory));
	return json;
}

static void add_units(cJSON *json, const char *key, int64_t units)
{
	if (units != RT_NONE)
		cJSON_AddItemToObject(json, key, rt_json_from_units(units));
}

static void add_time(cJSON *json, const char *key, int64_t seconds)
{
	if (seconds != RT_NONE)
		cJSON_AddNumberToObject(json, key, (double)seconds);
}

cJSON *rt_encode_resize(const struct rt_resize *r)
{
	cJSON *json = cJSON_CreateObject();

	add_units(json, "current_cpu", r->current_cpu);
	add_units(json, "current_memory", r->current_memory);
	add_units(json, "desired_cpu", r->desired_cpu);
	add_units(json, "desired_memory", r->desired_memory);
	add_units(json, "suggested_max_cpu", r->max_cpu);
	add_units(json, "suggested_max_memory", r->max_memory);
	add_time(json, "resizing_at", r->resizing_at_s);
	add_time(json, "last_failed_at", r->failed_at_s);
	if (r->status != RT_RESIZE_NONE)
		cJSON_AddStringToObject(json, "k8s_status",
					statuses[r->status - RT_RESIZE_NEW]);
	if (r->raylet_id)
		cJSON_AddStringToObject(json, "raylet_id", r->raylet_id);
	return json;
}
