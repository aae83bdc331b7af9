/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec.c - amounts, labels and names: objects in the JSON, sorted vectors of
 * interned names here.
 */
#include "core/model/codec.h"

#include <stdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/model/res.h"

const char *const rt_codec_ray_statuses[] = { "RUNNING", "IDLE", "DRAINING",
					      "DEAD", NULL };

enum rt_status rt_decode_len(struct rt_codec *c, const struct rt_json *json,
			     uint32_t max, uint32_t *len)
{
	size_t n = rt_json_len(json);

	*len = (uint32_t)n;
	return rt_json_bound(json, "entries", n, max, c->err);
}

enum rt_status rt_decode_array(struct rt_codec *c, const struct rt_json *object,
			       const char *key, uint32_t max,
			       struct rt_json *array, uint32_t *len)
{
	*len = 0;
	if (!rt_json_member(object, key, array))
		return RT_OK;
	enum rt_status status = rt_json_is_array(array, c->err);
	return status ? status : rt_decode_len(c, array, max, len);
}

enum rt_status rt_decode_required(struct rt_codec *c,
				  const struct rt_json *object, const char *key,
				  struct rt_json *out)
{
	char path[RT_ERROR_TEXT / 2];

	if (rt_json_member(object, key, out))
		return RT_OK;
	rt_json_path(object, path, sizeof path);
	return rt_fail(c->err, RT_EINPUT, "%s%s%s: is missing", path,
		       *path ? "." : "", key);
}

enum rt_status rt_decode_name(struct rt_codec *c, const struct rt_json *object,
			      const char *key, const char **out)
{
	struct rt_json member;
	enum rt_status status;

	if ((status = rt_decode_required(c, object, key, &member)) ||
	    (status = rt_json_name(&member, out, c->err)))
		return status;
	if (!**out)
		return rt_json_fail(&member, c->err, "is empty");
	*out = rt_arena_strdup(c->arena, *out);
	return RT_OK;
}

enum rt_status rt_decode_word(struct rt_codec *c, const struct rt_json *object,
			      const char *key, const char *const *words,
			      int *out)
{
	char known[RT_ERROR_TEXT / 2] = "";
	struct rt_json member;
	const char *word;

	if (!rt_json_member(object, key, &member))
		return RT_OK;
	enum rt_status status = rt_json_str(&member, &word, c->err);
	if (status)
		return status;
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], word) == 0) {
			*out = i;
			return RT_OK;
		}
		size_t used = strlen(known);
		snprintf(known + used, sizeof known - used, "%s%s",
			 used ? ", " : "", words[i]);
	}
	return rt_json_fail(&member, c->err, "\"%.40s\" is unknown; known: %s",
			    word, known);
}

/* The map `key`; false when it is absent or `status` tells an error. */
static bool map_of(struct rt_codec *c, const struct rt_json *object,
		   const char *key, struct rt_json *out, enum rt_status *status)
{
	*status = RT_OK;
	if (!rt_json_member(object, key, out))
		return false;
	*status = rt_json_is_map(out, c->err);
	return !*status;
}

enum rt_status rt_decode_res(struct rt_codec *c, const struct rt_json *object,
			     const char *key, struct rt_res *out)
{
	struct rt_res_builder b = { .arena = c->arena, .names = c->names };
	struct rt_json map, item;
	enum rt_status status;

	if (!map_of(c, object, key, &map, &status))
		return status;
	for (bool more = rt_json_first(&map, &item); more;
	     more = rt_json_next(&item)) {
		int64_t units;
		if ((status = rt_json_units(&item, &units, c->err)))
			return status;
		rt_res_add(&b, item.key, units);
	}
	*out = rt_res_build(&b);
	return RT_OK;
}

enum rt_status rt_decode_labels(struct rt_codec *c,
				const struct rt_json *object, const char *key,
				struct rt_labels *out)
{
	struct rt_labels_builder b = { .arena = c->arena, .names = c->names };
	struct rt_json map, item;
	enum rt_status status;

	if (!map_of(c, object, key, &map, &status))
		return status;
	for (bool more = rt_json_first(&map, &item); more;
	     more = rt_json_next(&item)) {
		const char *value;
		if ((status = rt_json_name(&item, &value, c->err)))
			return status;
		rt_labels_add(&b, item.key, value);
	}
	*out = rt_labels_build(&b);
	return RT_OK;
}

cJSON *rt_encode_res(const struct rt_name_table *names, struct rt_res res)
{
	cJSON *map = cJSON_CreateObject();

	for (uint32_t i = 0; i < res.len; i++)
		cJSON_AddItemToObject(map, names->text[res.at[i].name],
				      rt_json_from_units(res.at[i].units));
	return map;
}

cJSON *rt_encode_labels(const struct rt_name_table *names,
			struct rt_labels labels)
{
	cJSON *map = cJSON_CreateObject();

	for (uint32_t i = 0; i < labels.len; i++)
		cJSON_AddStringToObject(map, names->text[labels.at[i].key],
					names->text[labels.at[i].value]);
	return map;
}

cJSON *rt_encode_unneeded(const struct rt_snapshot *s,
			  const struct rt_times *unneeded)
{
	cJSON *state = cJSON_CreateObject();
	cJSON *map =
		cJSON_AddObjectToObject(state, "pending_unneeded_since_ms");

	for (uint32_t g = 0; unneeded && g < s->groups_len; g++) {
		if (unneeded[g].len == 0)
			continue;
		cJSON *list = cJSON_AddArrayToObject(map, s->groups[g].name);
		for (uint32_t i = 0; i < unneeded[g].len; i++)
			cJSON_AddItemToArray(
				list,
				cJSON_CreateNumber((double)unneeded[g].at[i]));
	}
	return state;
}
