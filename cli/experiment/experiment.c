/* SPDX-License-Identifier: Apache-2.0 */
/*
 * experiment.c - a section is read by its rows of the table of keys, a value by
 * its type; what is not in the table is refused.
 */
#include "cli/experiment/experiment.h"

#include <stdlib.h>
#include <string.h>

#include "cli/experiment/value.h"
#include "core/base/mem.h"
#include "core/base/param.h"
#include "core/base/yaml.h"

#define KEYS_MAX 32

enum section {
	SECTION_experiment,
	SECTION_workload,
	SECTION_cluster,
	SECTION_policy,
};

struct key {
	enum section section;
	const char *name;
	enum experiment_type type;
	bool needed;
	size_t offset;
};

#define KEY(section, name, type, needed, text)                                 \
	{ SECTION_##section, #name, EXPERIMENT_##type, needed,                 \
	  offsetof(struct FIELD_OF_##section, name) },
#define FIELD_OF_experiment experiment
#define FIELD_OF_workload experiment_workload
#define FIELD_OF_cluster experiment_cluster
#define FIELD_OF_policy experiment_policy
static const struct key keys[] = {
#include "cli/experiment/keys.def"
};
#undef KEY

#define KEYS_LEN (sizeof keys / sizeof *keys)

static const struct key *find(enum section section, const char *name)
{
	for (size_t i = 0; i < KEYS_LEN; i++)
		if (keys[i].section == section &&
		    strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static enum rt_status refuse(enum section section, const struct rt_json *item,
			     struct rt_error *err)
{
	const char *names[KEYS_LEN];
	size_t len = 0;

	for (size_t i = 0; i < KEYS_LEN; i++)
		if (keys[i].section == section)
			names[len++] = keys[i].name;
	const char *near = rt_nearest(item->key, names, len);
	return rt_json_fail(item, err, "no such key; %s %s",
			    near ? "did you mean" : "there is",
			    near ? near : names[0]);
}

static enum rt_status read_section(enum section section,
				   const struct rt_json *object,
				   const struct experiment *e, void *out,
				   struct rt_error *err);

/* Sections by name; each begins with its name. */
static enum rt_status read_entries(enum section section, size_t size,
				   const struct rt_json *map,
				   const struct experiment *e,
				   struct experiment_entries *out,
				   struct rt_error *err)
{
	enum rt_status status = rt_json_is_map(map, err);
	struct rt_json item;

	if (status)
		return status;
	out->at = rt_arena_alloc(e->arena, rt_json_len(map) * size);
	for (bool more = rt_json_first(map, &item); more;
	     more = rt_json_next(&item)) {
		char *entry = (char *)out->at + out->len * size;
		const char *name = rt_arena_strdup(e->arena, item.key);
		if ((status = experiment_check_name(&item, err)) ||
		    (status = read_section(section, &item, e, entry, err)))
			return status;
		memcpy(entry, &name, sizeof name);
		out->len++;
	}
	return out->len ? RT_OK
			: rt_json_fail(map, err, "nothing in it; name one");
}

static enum rt_status read_key(const struct key *key,
			       const struct rt_json *item,
			       const struct experiment *e, void *at,
			       struct rt_error *err)
{
	switch (key->type) {
	case EXPERIMENT_WORKLOADS:
		return read_entries(SECTION_workload,
				    sizeof(struct experiment_workload), item, e,
				    at, err);
	case EXPERIMENT_CLUSTERS:
		return read_entries(SECTION_cluster,
				    sizeof(struct experiment_cluster), item, e,
				    at, err);
	case EXPERIMENT_POLICIES:
		return read_entries(SECTION_policy,
				    sizeof(struct experiment_policy), item, e,
				    at, err);
	default:
		return experiment_value(key->type, item, e->path, e->arena, at,
					err);
	}
}

static enum rt_status read_section(enum section section,
				   const struct rt_json *object,
				   const struct experiment *e, void *out,
				   struct rt_error *err)
{
	enum rt_status status = rt_json_is_object(object, err);
	struct rt_json item;

	if (status)
		return status;
	for (bool more = rt_json_first(object, &item); more;
	     more = rt_json_next(&item)) {
		const struct key *key = find(section, item.key);
		if (!key)
			return refuse(section, &item, err);
		if ((status = read_key(key, &item, e, (char *)out + key->offset,
				       err)))
			return status;
	}
	for (size_t i = 0; i < KEYS_LEN; i++)
		if (keys[i].section == section && keys[i].needed &&
		    !rt_json_member(object, keys[i].name, &item))
			return rt_json_fail(object, err, "%s is missing",
					    keys[i].name);
	return RT_OK;
}

/* What the table cannot tell. */
static enum rt_status check_clusters(const struct experiment *e,
				     const struct rt_json *root,
				     struct rt_error *err)
{
	const struct experiment_cluster *c = e->clusters.at;
	struct rt_json map, item;

	rt_json_member(root, "clusters", &map);
	bool more = rt_json_first(&map, &item);
	for (uint32_t i = 0; i < e->clusters.len && more; i++) {
		if (!c[i].manifest == !c[i].pool.text)
			return rt_json_fail(
				&item, err,
				"needs one of the keys manifest and pool");
		if (!c[i].pool.text &&
		    (c[i].scheduler.text || c[i].estimates.text))
			return rt_json_fail(&item, err,
					    "%s is for a pool; set pool",
					    c[i].scheduler.text ? "scheduler"
								: "estimates");
		more = rt_json_next(&item);
	}
	return RT_OK;
}

static enum rt_status find_base(struct experiment *e, struct rt_error *err)
{
	const struct experiment_policy *policies = e->policies.at;
	uint32_t len = e->policies.len;
	const char **names = RT_ARENA_ARRAY(e->arena, const char *, len);

	for (uint32_t i = 0; i < len; i++) {
		names[i] = policies[i].name;
		if (e->base.text && strcmp(names[i], e->base.text) == 0)
			e->base_policy = &policies[i];
	}
	if (!e->base.text || e->base_policy)
		return RT_OK;
	const char *near = rt_nearest(e->base.text, names, len);
	return rt_fail(err, RT_EINPUT,
		       "%s: base: %s: no name among the policies; %s %s",
		       e->base.at, e->base.text,
		       near ? "did you mean" : "there is",
		       near ? near : names[0]);
}

static void set_defaults(struct experiment *e)
{
	static const struct rt_told show[] = { { "wait_s.mean", NULL },
					       { "wait_s.p95", NULL },
					       { "makespan_s", NULL },
					       { "node_seconds.billed",
						 NULL } };
	static const uint64_t seed = 1;
	const char *slash = strrchr(e->path, '/');

	e->title = slash ? slash + 1 : e->path;
	e->confidence = 0.95;
	e->show.len = sizeof show / sizeof *show;
	e->show.at = rt_arena_dup(e->arena, show, sizeof show);
	e->seeds.len = 1;
	e->seeds.at = rt_arena_dup(e->arena, &seed, sizeof seed);
	struct experiment_policy *ray =
		RT_ARENA_NEW(e->arena, struct experiment_policy);
	ray->name = ray->policy.text = "ray";
	e->policies = (struct experiment_entries){ 1, ray };
}

enum rt_status experiment_open(struct experiment **out, const char *path,
			       struct rt_error *err)
{
	struct experiment *e = rt_calloc(1, sizeof *e);
	struct rt_marks marks;
	cJSON *doc;

	e->arena = rt_arena_new();
	e->path = path;
	set_defaults(e);
	enum rt_status status = rt_yaml_load_marked(path, &doc, &marks, err);
	if (!status) {
		struct rt_json root = rt_json_marked(doc, &marks);
		e->policies.len = rt_json_member(&root, "policies",
						 &(struct rt_json){ 0 })
					  ? 0
					  : e->policies.len;
		status = read_section(SECTION_experiment, &root, e, e, err);
		if (!status)
			status = check_clusters(e, &root, err);
		if (!status)
			status = find_base(e, err);
	}
	rt_marks_close(&marks);
	cJSON_Delete(doc);
	if (status)
		experiment_close(&e);
	*out = e;
	return status;
}

const char *experiment_table(const struct experiment *e, const char *set)
{
	const char *value = strchr(set, '=') + 1;
	size_t len = strlen(value);

	if (len < 4 || strcmp(value + len - 4, ".csv") != 0)
		return NULL;
	return experiment_beside(e->path, value, e->arena);
}

void experiment_close(struct experiment **e)
{
	if (!*e)
		return;
	rt_arena_free(&(*e)->arena);
	rt_free(*e);
	*e = NULL;
}
