/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording.c - the parts of an observation are moved out of their lines and
 * kept until another takes their place.
 */
#include "core/model/recording.h"

#include <string.h>

#include "core/base/error.h"
#include "core/base/mem.h"

struct rt_recording {
	cJSON *line;
	cJSON *parts[RT_PARTS];
	bool whole;      /* all parts are there: since the file's first round */
	int64_t seen_ms; /* when they were seen */
	int64_t now_ms;  /* of the last round */
};

struct rt_recording *rt_recording_new(void)
{
	return rt_calloc(1, sizeof(struct rt_recording));
}

static void forget(struct rt_recording *r)
{
	for (enum rt_part i = 0; i < RT_PARTS; i++) {
		cJSON_Delete(r->parts[i]);
		r->parts[i] = NULL;
	}
	r->whole = false;
}

void rt_recording_free(struct rt_recording **r)
{
	if (!*r)
		return;
	forget(*r);
	cJSON_Delete((*r)->line);
	rt_free(*r);
	*r = NULL;
}

static enum rt_status take_header(struct rt_recording *r,
				  const struct rt_json *root,
				  struct rt_record *out, struct rt_error *err)
{
	int64_t version = 0;
	enum rt_status status = rt_json_get_i64(
		root, "recording", 1, RT_JSON_WHOLE_MAX, &version, err);

	if (!status && version != RT_RECORDING_VERSION)
		status = rt_fail(err, RT_EINPUT,
				 "a recording of version %lld; this raytide "
				 "reads version %d",
				 (long long)version, RT_RECORDING_VERSION);
	forget(r);
	out->header = true;
	return status;
}

/* Absent is as before; that is not the same as null. */
static enum rt_status take_parts(struct rt_recording *r, cJSON *observation,
				 struct rt_error *err)
{
	if (!cJSON_IsObject(observation))
		return rt_fail(err, RT_EINPUT, "observation: is no object");
	for (enum rt_part i = 0; i < RT_PARTS; i++) {
		cJSON *part = cJSON_DetachItemFromObjectCaseSensitive(
			observation, rt_part_names[i]);
		if (part) {
			cJSON_Delete(r->parts[i]);
			r->parts[i] = part;
		} else if (!r->parts[i]) {
			return rt_fail(err, RT_EINPUT,
				       "observation.%s: is missing, and no "
				       "round before has it",
				       rt_part_names[i]);
		}
	}
	r->whole = true;
	return RT_OK;
}

static enum rt_status take_round(struct rt_recording *r,
				 const struct rt_json *root,
				 struct rt_record *out, struct rt_error *err)
{
	enum rt_status status;

	out->round = out->now_ms = -1;
	if ((status = rt_json_get_i64(root, "round", 0, RT_JSON_WHOLE_MAX,
				      &out->round, err)) ||
	    (status = rt_json_get_i64(root, "now_ms", 0, RT_JSON_WHOLE_MAX,
				      &out->now_ms, err)) ||
	    (status =
		     rt_json_get_bool(root, "repeated", &out->repeated, err)) ||
	    (status = rt_json_get_str(root, "failed", &out->failed, err)))
		return status;
	if (out->round < 0 || out->now_ms < 0)
		return rt_fail(err, RT_EINPUT,
			       "no line of a recording: neither `recording` "
			       "nor `round` and `now_ms`");
	cJSON *observation =
		cJSON_GetObjectItemCaseSensitive(r->line, "observation");
	out->decision = cJSON_GetObjectItemCaseSensitive(r->line, "decision");
	out->actions = cJSON_GetObjectItemCaseSensitive(r->line, "actions");
	r->now_ms = out->now_ms;
	out->seen = observation || out->repeated;
	if (out->repeated && !r->whole)
		return rt_fail(err, RT_EINPUT,
			       "repeated: no round before it in this file");
	if (out->repeated || !observation)
		return RT_OK;
	if (!out->failed &&
	    (!cJSON_IsObject(out->decision) || !cJSON_IsArray(out->actions)))
		return rt_fail(err, RT_EINPUT,
			       "an observation without decision and actions");
	r->seen_ms = r->now_ms;
	return take_parts(r, observation, err);
}

enum rt_status rt_recording_take(struct rt_recording *r, const char *line,
				 struct rt_record *out, struct rt_error *err)
{
	cJSON_Delete(r->line);
	r->line = NULL;
	*out = (struct rt_record){ 0 };
	enum rt_status status =
		rt_json_parse(line, strlen(line), &r->line, err);
	const struct rt_json root = rt_json_root(r->line);
	if (status || (status = rt_json_is_object(&root, err)))
		return status;
	out->doc = r->line;
	return cJSON_HasObjectItem(r->line, "recording")
		       ? take_header(r, &root, out, err)
		       : take_round(r, &root, out, err);
}

/* In rounds that were repeated nodes went on being idle. */
static void grow_idle(struct rt_observation *obs, int64_t ms,
		      struct rt_arena *arena)
{
	if (!obs->ray_nodes_len || ms <= 0)
		return;
	struct rt_ray_node *nodes = rt_arena_dup(
		arena, obs->ray_nodes, obs->ray_nodes_len * sizeof *nodes);
	for (uint32_t i = 0; i < obs->ray_nodes_len; i++)
		if (nodes[i].idle_ms > 0)
			nodes[i].idle_ms += ms;
	obs->ray_nodes = nodes;
}

enum rt_status rt_recording_observe(const struct rt_recording *r,
				    struct rt_names *names,
				    struct rt_arena *arena,
				    struct rt_observation *out,
				    struct rt_error *err)
{
	const cJSON *parts[RT_PARTS];

	for (enum rt_part i = 0; i < RT_PARTS; i++)
		parts[i] = r->parts[i];
	enum rt_status status = rt_parts_decode(parts, names, arena, out, err);
	if (status)
		return rt_wrap(err, "observation");
	out->now_ms = r->now_ms;
	grow_idle(out, r->now_ms - r->seen_ms, arena);
	return RT_OK;
}
