/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_file.c - a policy is known by name, as a stage alone or as a preset,
 * or described by a file.  Whatever has a slash or ends in .yaml, .yml or .json
 * is a file.
 */
#include "core/host/policy_file.h"

#include <stdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/base/param.h"
#include "core/base/yaml.h"

#define KEY_MAX 128
#define NAMES_MAX 256

bool rt_policy_is_file(const char *text)
{
	static const char *const ends[] = { ".yaml", ".yml", ".json" };
	size_t len = strlen(text);

	if (strchr(text, '/'))
		return true;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t end = strlen(ends[i]);
		if (len > end && strcmp(text + len - end, ends[i]) == 0)
			return true;
	}
	return false;
}

struct keys {
	size_t len;
	const char *at[NAMES_MAX];
	char text[NAMES_MAX][KEY_MAX];
};

static void add_keys(struct keys *keys, const struct rt_param *row,
		     const char *prefix)
{
	for (; row && row->name && keys->len < NAMES_MAX; row++) {
		char *text = keys->text[keys->len];
		snprintf(text, KEY_MAX, "%s%s%s", prefix ? prefix : "",
			 prefix ? "." : "", row->name);
		keys->at[keys->len++] = text;
	}
}

static enum rt_status unknown_key(const struct rt_settings *s, const char *key,
				  struct rt_error *err)
{
	struct keys keys = { 0 };

	for (uint32_t g = 0; g < s->len; g++)
		add_keys(&keys, s->groups[g].params, s->groups[g].prefix);
	for (uint32_t i = 0; i < s->chain->len; i++) {
		const struct rt_policy_ops *ops = s->chain->stages[i].ops;
		add_keys(&keys, ops->params, ops->name);
	}
	add_keys(&keys, rt_guard_params, "guards");
	const char *nearest = rt_nearest(key, keys.at, keys.len);
	if (nearest)
		return rt_fail(err, RT_EINPUT,
			       "%s: no such setting; did you mean %s?", key,
			       nearest);
	return rt_fail(err, RT_EINPUT, "%s: no such setting; --help lists them",
		       key);
}

/* The row of a key in a group. */
static const struct rt_param *row_in(const struct rt_setting_group *group,
				     const char *key)
{
	if (group->prefix) {
		size_t len = strlen(group->prefix);
		if (strncmp(key, group->prefix, len) != 0 || key[len] != '.')
			return NULL;
		key += len + 1;
	}
	return rt_param_find(group->params, key);
}

static const struct rt_param *find_row(const struct rt_settings *s,
				       const char *key, void **conf)
{
	const struct rt_param *row = rt_chain_param(s->chain, key, conf);

	for (uint32_t g = 0; g < s->len && !row; g++) {
		row = row_in(&s->groups[g], key);
		*conf = s->groups[g].conf;
	}
	return row;
}

/* What is no plain value is given as YAML: freeze=[{cron: ...}]. */
static enum rt_status set(const struct rt_settings *s, const char *key,
			  const char *value, struct rt_error *err)
{
	void *conf;
	const struct rt_param *row = find_row(s, key, &conf);
	cJSON *doc;

	if (!row)
		return unknown_key(s, key, err);
	if (rt_param_is_plain(row))
		return rt_param_set(row, conf, value, err);
	enum rt_status status =
		rt_yaml_parse(value, strlen(value), key, &doc, err);
	if (status)
		return status;
	const struct rt_json view = rt_json_root(doc);
	status = rt_param_read(row, conf, &view, s->chain->arena, err);
	cJSON_Delete(doc);
	return status ? rt_wrap(err, "%s", key) : RT_OK;
}

enum rt_status rt_settings_set(const struct rt_settings *s,
			       const char *assignment, struct rt_error *err)
{
	const char *equals = strchr(assignment, '=');
	char key[KEY_MAX];

	if (!equals || equals == assignment ||
	    (size_t)(equals - assignment) >= sizeof key)
		return rt_fail(err, RT_EINPUT, "%s: no KEY=VALUE", assignment);
	snprintf(key, sizeof key, "%.*s", (int)(equals - assignment),
		 assignment);
	return set(s, key, equals + 1, err);
}

static enum rt_status set_from_file(const struct rt_settings *s,
				    const struct rt_json *item,
				    struct rt_error *err)
{
	void *conf;
	const struct rt_param *row = find_row(s, item->key, &conf);
	struct rt_error why;

	if (row)
		return rt_param_read(row, conf, item, s->chain->arena, err);
	unknown_key(s, item->key, &why);
	return rt_json_fail(item, err, "%s", why.text);
}

static enum rt_status check_keys(const struct rt_json *root,
				 struct rt_error *err)
{
	static const char *const keys[] = { "policy", "guards", "prices", "set",
					    "description" };
	const size_t len = sizeof keys / sizeof *keys;
	struct rt_json item;

	for (bool more = rt_json_first(root, &item); more;
	     more = rt_json_next(&item)) {
		size_t i = 0;
		while (i < len && strcmp(item.key, keys[i]) != 0)
			i++;
		if (i < len)
			continue;
		const char *near = rt_nearest(item.key, keys, len);
		if (near)
			return rt_json_fail(&item, err,
					    "unknown key; did you mean %s?",
					    near);
		return rt_json_fail(&item, err,
				    "unknown key; a policy file has policy, "
				    "guards, prices, set and description");
	}
	return RT_OK;
}

static enum rt_status read_settings(const struct rt_settings *s,
				    const struct rt_json *settings,
				    struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_object(settings, err);

	for (bool more = !status && rt_json_first(settings, &item);
	     more && !status; more = rt_json_next(&item))
		status = set_from_file(s, &item, err);
	return status;
}

static enum rt_status open_document(const struct rt_settings *s,
				    const struct rt_json *root,
				    const struct rt_registry *registry,
				    struct rt_error *err)
{
	struct rt_json part;
	const char *unused;
	enum rt_status status;

	if ((status = rt_json_is_object(root, err)) ||
	    (status = check_keys(root, err)) ||
	    (status = rt_json_get_str(root, "description", &unused, err)))
		return status;
	if (!rt_json_member(root, "policy", &part))
		return rt_json_fail(root, err,
				    "policy is missing; as in policy: ray");
	if ((status = rt_chain_open(s->chain, &part, registry, err)))
		return status;
	if (rt_json_member(root, "guards", &part))
		status = rt_chain_read_guards(s->chain, &part, err);
	if (!status && rt_json_member(root, "prices", &part))
		status = rt_chain_read_prices(s->chain, &part, err);
	if (!status && rt_json_member(root, "set", &part))
		status = read_settings(s, &part, err);
	if (status)
		rt_chain_close(s->chain);
	return status;
}

enum rt_status rt_policy_read(struct rt_policy_source *source,
			      const char *name_or_file,
			      const struct rt_registry *registry,
			      struct rt_error *err)
{
	const struct rt_preset *preset = registry->presets;
	enum rt_status status = RT_OK;
	struct rt_buf text;

	*source = (struct rt_policy_source){ .name = rt_strdup(name_or_file) };
	if (rt_policy_is_file(name_or_file)) {
		status = rt_yaml_read(name_or_file, &text, err);
		if (!status)
			source->text = rt_strdup(text.data ? text.data : "");
		if (!status && strlen(source->text) != text.len)
			status = rt_fail(err, RT_EINPUT, "%s: has a NUL byte",
					 name_or_file);
		rt_buf_free(&text);
		return status;
	}
	while (preset->name && strcmp(preset->name, name_or_file) != 0)
		preset++;
	if (preset->name)
		source->text = rt_strdup(preset->text);
	return RT_OK;
}

void rt_policy_source_free(struct rt_policy_source *source)
{
	rt_free(source->name);
	rt_free(source->text);
	*source = (struct rt_policy_source){ 0 };
}

static enum rt_status open_text(const struct rt_settings *s,
				const struct rt_policy_source *source,
				const struct rt_registry *registry,
				struct rt_error *err)
{
	struct rt_marks marks = { .file = source->name };
	cJSON *doc;
	enum rt_status status =
		rt_yaml_parse_marked(source->text, strlen(source->text),
				     source->name, &doc, &marks, err);

	if (!status) {
		const struct rt_json root = rt_json_marked(doc, &marks);
		status = open_document(s, &root, registry, err);
	}
	rt_marks_close(&marks);
	cJSON_Delete(doc);
	return status;
}

enum rt_status rt_policy_open_source(const struct rt_settings *s,
				     const struct rt_policy_source *source,
				     const struct rt_registry *registry,
				     struct rt_error *err)
{
	if (source->text)
		return open_text(s, source, registry, err);
	cJSON *doc = cJSON_CreateString(source->name);
	const struct rt_json name = rt_json_root(doc);
	enum rt_status status = rt_chain_open(s->chain, &name, registry, err);
	cJSON_Delete(doc);
	return status;
}

enum rt_status rt_policy_open(const struct rt_settings *s,
			      const char *name_or_file,
			      const struct rt_registry *registry,
			      struct rt_error *err)
{
	struct rt_policy_source source;
	enum rt_status status =
		rt_policy_read(&source, name_or_file, registry, err);

	if (!status)
		status = rt_policy_open_source(s, &source, registry, err);
	rt_policy_source_free(&source);
	return status;
}
