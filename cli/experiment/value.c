/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.c - a setting's value is kept as the text that `--set` would have.
 */
#include "cli/experiment/value.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/param.h"
#include "sim/measures.h"

#define SEEDS_MAX 10000
#define NAME_MAX_LEN 64
#define TWICE "is there twice; each is run once"

enum rt_status experiment_check_name(const struct rt_json *item,
				     struct rt_error *err)
{
	size_t len = strspn(item->key, "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789._-");

	if (item->key[len] || len == 0 || len > NAME_MAX_LEN)
		return rt_json_fail(item, err,
				    "a name has at most %d letters, digits, "
				    "dots, dashes and underscores",
				    NAME_MAX_LEN);
	return RT_OK;
}

/* What stands on a command line; lists and maps as JSON, which is YAML. */
static const char *text_of(const struct rt_json *item, struct rt_arena *arena)
{
	char buf[RT_F64_TEXT];

	if (cJSON_IsString(item->node))
		return rt_arena_strdup(arena, item->node->valuestring);
	if (cJSON_IsNumber(item->node))
		return rt_arena_strdup(
			arena, rt_json_f64_text(item->node->valuedouble, buf));
	char *text = cJSON_PrintUnformatted(item->node);
	if (!text)
		rt_oom();
	const char *copy = rt_arena_strdup(arena, text);
	cJSON_free(text);
	return copy;
}

static const char *place_of(const struct rt_json *item, struct rt_arena *arena)
{
	char place[RT_ERROR_TEXT];

	return rt_arena_strdup(arena, rt_json_place(item, place, sizeof place));
}

static struct rt_told told(const struct rt_json *item, struct rt_arena *arena)
{
	return (struct rt_told){ text_of(item, arena), place_of(item, arena) };
}

static enum rt_status read_text(const struct rt_json *item,
				struct rt_arena *arena, struct rt_told *out,
				struct rt_error *err)
{
	if (!cJSON_IsString(item->node) && !cJSON_IsNumber(item->node))
		return rt_json_fail(item, err, "neither a text nor a number");
	*out = told(item, arena);
	return RT_OK;
}

static enum rt_status read_title(const struct rt_json *item,
				 struct rt_arena *arena, const char **out,
				 struct rt_error *err)
{
	struct rt_told title = { 0 };
	enum rt_status status = read_text(item, arena, &title, err);

	*out = title.text;
	return status;
}

const char *experiment_beside(const char *from, const char *name,
			      struct rt_arena *arena)
{
	const char *slash = strrchr(from, '/');

	if (*name == '/' || !slash)
		return rt_arena_strdup(arena, name);
	return rt_arena_printf(arena, "%.*s/%s", (int)(slash - from), from,
			       name);
}

static enum rt_status read_file(const struct rt_json *item, const char *from,
				struct rt_arena *arena, const char **out,
				struct rt_error *err)
{
	const char *name;
	enum rt_status status = rt_json_str(item, &name, err);

	if (status)
		return status;
	*out = experiment_beside(from, name, arena);
	if (access(*out, R_OK) != 0)
		return rt_json_fail(item, err, "%s: cannot be read: %s", *out,
				    strerror(errno));
	return RT_OK;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), of = strlen(end);

	return len >= of && strcmp(text + len - of, end) == 0;
}

bool experiment_is_policy_file(const char *policy)
{
	return strchr(policy, '/') || ends_with(policy, ".yaml") ||
	       ends_with(policy, ".yml") || ends_with(policy, ".json");
}

static enum rt_status read_policy(const struct rt_json *item, const char *from,
				  struct rt_arena *arena, struct rt_told *out,
				  struct rt_error *err)
{
	const char *name;
	enum rt_status status = rt_json_str(item, &name, err);

	if (status)
		return status;
	*out = told(item, arena);
	if (experiment_is_policy_file(name))
		status = read_file(item, from, arena, &out->text, err);
	return status;
}

static enum rt_status read_settings(const struct rt_json *map,
				    struct rt_arena *arena,
				    struct experiment_list *out,
				    struct rt_error *err)
{
	enum rt_status status = rt_json_is_map(map, err);
	struct rt_json item;

	if (status)
		return status;
	out->len = 0;
	out->at = RT_ARENA_ARRAY(arena, struct rt_told, rt_json_len(map));
	for (bool more = rt_json_first(map, &item); more;
	     more = rt_json_next(&item))
		out->at[out->len++] = (struct rt_told){
			rt_arena_printf(arena, "%s=%s", item.key,
					text_of(&item, arena)),
			place_of(&item, arena)
		};
	return RT_OK;
}

static enum rt_status read_measures(const struct rt_json *array,
				    struct rt_arena *arena,
				    struct experiment_list *out,
				    struct rt_error *err)
{
	enum rt_status status = rt_json_is_array(array, err);
	const char *known[SIM_MEASURES_LEN], *name;
	struct rt_json item;

	for (size_t i = 0; i < SIM_MEASURES_LEN; i++)
		known[i] = sim_measures[i].name;
	out->len = 0;
	out->at = RT_ARENA_ARRAY(arena, struct rt_told,
				 status ? 0 : rt_json_len(array));
	for (bool more = !status && rt_json_first(array, &item); more;
	     more = rt_json_next(&item)) {
		if ((status = rt_json_str(&item, &name, err)))
			return status;
		const char *near = rt_nearest(name, known, SIM_MEASURES_LEN);
		if (!near || strcmp(near, name) != 0)
			return rt_json_fail(&item, err,
					    "%.40s: no such measure%s%s", name,
					    near ? "; did you mean " : "",
					    near ? near : "");
		out->at[out->len++].text = near;
	}
	return status;
}

static enum rt_status read_values(const struct rt_json *array,
				  struct rt_arena *arena,
				  struct experiment_list *out,
				  struct rt_error *err)
{
	enum rt_status status = rt_json_is_array(array, err);
	struct rt_json item;

	if (status)
		return status;
	out->at = RT_ARENA_ARRAY(arena, struct rt_told, rt_json_len(array));
	for (bool more = rt_json_first(array, &item); more;
	     more = rt_json_next(&item)) {
		struct rt_told value = told(&item, arena);
		for (uint32_t i = 0; i < out->len; i++)
			if (strcmp(out->at[i].text, value.text) == 0)
				return rt_json_fail(&item, err, TWICE);
		out->at[out->len++] = value;
	}
	return out->len ? RT_OK
			: rt_json_fail(array, err, "no values; list some");
}

static enum rt_status read_grid(const struct rt_json *map,
				struct rt_arena *arena,
				struct experiment_grid *out,
				struct rt_error *err)
{
	enum rt_status status = rt_json_is_map(map, err);
	struct rt_json item;

	if (status)
		return status;
	out->at = RT_ARENA_ARRAY(arena, struct experiment_parameter,
				 rt_json_len(map));
	for (bool more = rt_json_first(map, &item); more && !status;
	     more = rt_json_next(&item)) {
		struct experiment_parameter *p = &out->at[out->len++];
		p->key = rt_arena_strdup(arena, item.key);
		status = read_values(&item, arena, &p->values, err);
	}
	return status;
}

static enum rt_status read_seed(const struct rt_json *item, int64_t least,
				int64_t most, uint64_t *out,
				struct rt_error *err)
{
	int64_t seed;
	enum rt_status status = rt_json_i64(item, least, most, &seed, err);

	if (!status)
		*out = (uint64_t)seed;
	return status;
}

static enum rt_status read_seeds(const struct rt_json *json,
				 struct rt_arena *arena,
				 struct experiment_seeds *out,
				 struct rt_error *err)
{
	bool is_list = cJSON_IsArray(json->node);
	uint64_t len = rt_json_len(json);
	struct rt_json item;
	enum rt_status status = RT_OK;

	if (!is_list && (status = read_seed(json, 1, SEEDS_MAX, &len, err)))
		return status;
	if (len == 0 || len > SEEDS_MAX)
		return rt_json_fail(json, err, "not 1 to %d seeds", SEEDS_MAX);
	out->len = (uint32_t)len;
	out->at = RT_ARENA_ARRAY(arena, uint64_t, len);
	for (uint32_t i = 0; i < out->len; i++)
		out->at[i] = i + 1;
	bool more = is_list && rt_json_first(json, &item);
	for (uint32_t i = 0; more && !status; more = rt_json_next(&item), i++) {
		status = read_seed(&item, 0, RT_JSON_WHOLE_MAX, &out->at[i],
				   err);
		for (uint32_t k = 0; k < i && !status; k++)
			if (out->at[k] == out->at[i])
				status = rt_json_fail(&item, err, TWICE);
	}
	return status;
}

enum rt_status experiment_value(enum experiment_type type,
				const struct rt_json *item, const char *path,
				struct rt_arena *arena, void *out,
				struct rt_error *err)
{
	switch (type) {
	case EXPERIMENT_TITLE:
		return read_title(item, arena, out, err);
	case EXPERIMENT_TEXT:
		return read_text(item, arena, out, err);
	case EXPERIMENT_FILE:
		return read_file(item, path, arena, out, err);
	case EXPERIMENT_POLICY:
		return read_policy(item, path, arena, out, err);
	case EXPERIMENT_BOOL:
		return rt_json_bool(item, out, err);
	case EXPERIMENT_SHARE:
		return rt_json_f64(item, 0.5, 0.999999, out, err);
	case EXPERIMENT_SETTINGS:
		return read_settings(item, arena, out, err);
	case EXPERIMENT_MEASURES:
		return read_measures(item, arena, out, err);
	case EXPERIMENT_GRID:
		return read_grid(item, arena, out, err);
	case EXPERIMENT_SEEDS:
		return read_seeds(item, arena, out, err);
	case EXPERIMENT_WORKLOADS:
	case EXPERIMENT_CLUSTERS:
	case EXPERIMENT_POLICIES:
		break;
	}
	RT_BUG("a type without values");
}
