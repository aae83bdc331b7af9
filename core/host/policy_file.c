/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_file.c - a policy is known by name, or described by a file.  Whatever
 * has a slash or ends in .yaml, .yml or .json is a file.
 */
#include "core/host/policy_file.h"

#include <stdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/param.h"
#include "core/base/yaml.h"

#define KEY_MAX 128
#define NAMES_MAX 256

static bool is_file(const char *text)
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
	const char *nearest = rt_nearest(key, keys.at, keys.len);
	if (nearest)
		return rt_fail(err, RT_EINPUT,
			       "%s: no such setting; did you mean %s?", key,
			       nearest);
	return rt_fail(err, RT_EINPUT, "%s: no such setting; --help lists them",
		       key);
}

/* The row of a key in a group. */
static const struct rt_param *find_row(const struct rt_setting_group *group,
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

static enum rt_status set(const struct rt_settings *s, const char *key,
			  const char *value, struct rt_error *err)
{
	void *conf;
	const struct rt_param *row = rt_chain_param(s->chain, key, &conf);

	for (uint32_t g = 0; g < s->len && !row; g++) {
		row = find_row(&s->groups[g], key);
		conf = s->groups[g].conf;
	}
	if (!row)
		return unknown_key(s, key, err);
	return rt_param_set(row, conf, value, err);
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

/* Values of a file may be numbers and booleans; settings are parsed from text,
 * so that both ways in obey the same bounds. */
static enum rt_status set_from_file(const struct rt_settings *s,
				    const struct rt_json *item,
				    struct rt_error *err)
{
	char number[64];
	const char *value = number;

	if (cJSON_IsString(item->node))
		value = item->node->valuestring;
	else if (cJSON_IsBool(item->node))
		value = cJSON_IsTrue(item->node) ? "true" : "false";
	else if (cJSON_IsNumber(item->node))
		snprintf(number, sizeof number, "%.17g",
			 item->node->valuedouble);
	else
		return rt_json_fail(item, err, "a plain value is needed");
	struct rt_error why;
	if (set(s, item->key, value, &why))
		return rt_json_fail(item, err, "%s", why.text);
	return RT_OK;
}

static enum rt_status open_document(const struct rt_settings *s,
				    const cJSON *doc,
				    const struct rt_policy_ops *const *policies,
				    struct rt_error *err)
{
	struct rt_json root = rt_json_root(doc), names, settings, item;
	enum rt_status status = rt_json_is_object(&root, err);

	if (status)
		return status;
	for (bool more = rt_json_first(&root, &item); more;
	     more = rt_json_next(&item))
		if (strcmp(item.key, "policy") != 0 &&
		    strcmp(item.key, "set") != 0)
			return rt_json_fail(&item, err,
					    "unknown key; a policy file has "
					    "policy and set");
	if (!rt_json_member(&root, "policy", &names))
		return rt_json_fail(&root, err,
				    "policy is missing; as in policy: ray");
	if ((status = rt_chain_open(s->chain, &names, policies, err)))
		return status;
	if (!rt_json_member(&root, "set", &settings))
		return RT_OK;
	status = rt_json_is_object(&settings, err);
	for (bool more = !status && rt_json_first(&settings, &item);
	     more && !status; more = rt_json_next(&item))
		status = set_from_file(s, &item, err);
	if (status)
		rt_chain_close(s->chain);
	return status;
}

enum rt_status rt_policy_open(const struct rt_settings *s,
			      const char *name_or_file,
			      const struct rt_policy_ops *const *policies,
			      struct rt_error *err)
{
	cJSON *doc = NULL;
	enum rt_status status;

	if (!is_file(name_or_file)) {
		doc = cJSON_CreateString(name_or_file);
		struct rt_json name = rt_json_root(doc);
		status = rt_chain_open(s->chain, &name, policies, err);
	} else if (!(status = rt_yaml_load(name_or_file, &doc, err))) {
		status = open_document(s, doc, policies, err);
		if (status)
			rt_wrap(err, "%s", name_or_file);
	}
	cJSON_Delete(doc);
	return status;
}
