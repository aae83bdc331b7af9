/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raycluster.c - from the manifest to groups: bounds, time-outs, labels, the
 * deletions under way.  What a node offers is read by raycluster_res.c.
 */
#include "core/model/raycluster.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/model/raycluster_res.h"
#include "core/model/raycluster_resize.h"
#include "core/model/res.h"

#define HEAD_GROUP "headgroup"
#define DEFAULT_IDLE_TIMEOUT_S 60
/* KubeRay's own default for a missing maxReplicas. */
#define REPLICAS_MAX 2147483647

struct decoder {
	struct rt_names *names;
	struct rt_arena *arena;
	struct rt_raycluster *out;
	struct rt_group *groups;
	struct rt_group_spec *specs;
	const char **problems;
};

static void add_problem(struct decoder *d, const char *text)
{
	d->problems[d->out->problems_len++] = rt_arena_strdup(d->arena, text);
}

static const char *copy(struct decoder *d, const char *text)
{
	return rt_arena_strdup(d->arena, text ? text : "");
}

/* Seconds, possibly fractional, as ms. */
static enum rt_status get_seconds(const struct rt_json *object, const char *key,
				  int64_t *ms, struct rt_error *err)
{
	double s = -1;
	enum rt_status status = rt_json_get_f64(object, key, 0, 1e9, &s, err);

	if (!status && s >= 0)
		*ms = llround(s * 1000);
	return status;
}

static enum rt_status decode_labels(struct decoder *d,
				    const struct rt_json *spec,
				    struct rt_labels *out, struct rt_error *err)
{
	struct rt_labels_builder b = { .arena = d->arena, .names = d->names };
	struct rt_json labels, item;
	enum rt_status status;

	if (!rt_json_member(spec, "labels", &labels))
		return RT_OK;
	if ((status = rt_json_is_map(&labels, err)))
		return status;
	for (bool more = rt_json_first(&labels, &item); more;
	     more = rt_json_next(&item)) {
		const char *value;
		if ((status = rt_json_name(&item, &value, err)))
			return status;
		rt_labels_add(&b, item.key, value);
	}
	*out = rt_labels_build(&b);
	return RT_OK;
}

static enum rt_status decode_to_delete(struct decoder *d,
				       const struct rt_json *spec,
				       struct rt_group_spec *out,
				       struct rt_error *err)
{
	struct rt_json strategy, list, item;
	enum rt_status status;

	if (!rt_json_member(spec, "scaleStrategy", &strategy))
		return RT_OK;
	if ((status = rt_json_is_object(&strategy, err)))
		return status;
	if (!rt_json_member(&strategy, "workersToDelete", &list))
		return RT_OK;
	if ((status = rt_json_is_array(&list, err)) ||
	    (status = rt_json_bound(&list, "names", rt_json_len(&list),
				    RT_NODES_MAX, err)))
		return status;
	const char **names =
		RT_ARENA_ARRAY(d->arena, const char *, rt_json_len(&list));
	uint32_t len = 0;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item)) {
		const char *name;
		if ((status = rt_json_name(&item, &name, err)))
			return status;
		names[len++] = copy(d, name);
	}
	out->to_delete_len = len;
	out->to_delete = names;
	return RT_OK;
}

static enum rt_status decode_bounds(const struct rt_json *spec,
				    struct rt_group *group,
				    struct rt_group_spec *out,
				    struct rt_error *err)
{
	int64_t hosts = 1;
	enum rt_status status;

	out->max_replicas = REPLICAS_MAX;
	if ((status = rt_json_get_i64(spec, "replicas", 0, REPLICAS_MAX,
				      &out->replicas, err)) ||
	    (status = rt_json_get_i64(spec, "minReplicas", 0, REPLICAS_MAX,
				      &out->min_replicas, err)) ||
	    (status = rt_json_get_i64(spec, "maxReplicas", 0, REPLICAS_MAX,
				      &out->max_replicas, err)) ||
	    (status = rt_json_get_i64(spec, "numOfHosts", 1, 100000, &hosts,
				      err)) ||
	    (status = rt_json_get_bool(spec, "suspend", &out->suspend, err)))
		return status;
	if (out->min_replicas > out->max_replicas)
		return rt_json_fail(spec, err,
				    "minReplicas %lld is above maxReplicas "
				    "%lld",
				    (long long)out->min_replicas,
				    (long long)out->max_replicas);
	group->num_of_hosts = (int32_t)hosts;
	/* A suspended group has no pods, and none can be launched in it. */
	group->min_nodes = out->suspend ? 0 : out->min_replicas * hosts;
	group->max_nodes = out->suspend ? 0 : out->max_replicas * hosts;
	return RT_OK;
}

static enum rt_status decode_group(struct decoder *d,
				   const struct rt_json *spec, bool is_head,
				   struct rt_group *group,
				   struct rt_group_spec *out,
				   struct rt_error *err)
{
	const char *name = HEAD_GROUP;
	enum rt_status status;

	if ((status = rt_json_is_object(spec, err)))
		return status;
	*group = (struct rt_group){
		.is_head = is_head,
		.idle_timeout_ms = RT_NONE,
		.num_of_hosts = 1,
		.availability = 1,
		.recoverable_availability = 1,
	};
	*out = (struct rt_group_spec){ 0 };
	if (!is_head) {
		name = NULL;
		if ((status = rt_json_get_name(spec, "groupName", &name, err)))
			return status;
		if (!name || !*name)
			return rt_json_fail(spec, err, "groupName is missing");
		if ((status = decode_bounds(spec, group, out, err)) ||
		    (status = decode_to_delete(d, spec, out, err)))
			return status;
	}
	group->name = copy(d, name);
	if ((status = get_seconds(spec, "idleTimeoutSeconds",
				  &group->idle_timeout_ms, err)) ||
	    (status = rt_json_get_i64(spec, "priority", INT32_MIN, INT32_MAX,
				      &group->priority, err)) ||
	    (status = decode_labels(d, spec, &group->labels, err)))
		return status;
	return rt_raycluster_resources(spec, d->names, d->arena, group, err);
}

static bool has_group(const struct decoder *d, const char *name)
{
	for (uint32_t i = 0; i < d->out->groups_len; i++)
		if (strcmp(d->groups[i].name, name) == 0)
			return true;
	return false;
}

static void decode_workers(struct decoder *d, const struct rt_json *list)
{
	struct rt_json item;
	uint32_t index = 0;

	for (bool more = rt_json_first(list, &item); more;
	     more = rt_json_next(&item), index++) {
		struct rt_group *group = &d->groups[d->out->groups_len];
		struct rt_group_spec *spec = &d->specs[d->out->groups_len];
		struct rt_error why;
		enum rt_status status =
			decode_group(d, &item, false, group, spec, &why);
		if (!status && has_group(d, group->name))
			status = rt_json_fail(&item, &why,
					      "groupName \"%s\" is there twice",
					      group->name);
		if (status) {
			add_problem(d, why.text);
			continue;
		}
		spec->index = index;
		d->out->max_workers += group->max_nodes;
		d->out->groups_len++;
	}
}

static enum rt_status decode_options(struct rt_raycluster *out,
				     const struct rt_json *spec,
				     struct rt_error *err)
{
	struct rt_json options;
	const char *mode = "Default";
	enum rt_status status;

	out->idle_timeout_ms = DEFAULT_IDLE_TIMEOUT_S * 1000;
	out->upscaling_speed = INFINITY;
	if (!rt_json_member(spec, "autoscalerOptions", &options))
		return RT_OK;
	if ((status = rt_json_is_object(&options, err)) ||
	    (status = get_seconds(&options, "idleTimeoutSeconds",
				  &out->idle_timeout_ms, err)) ||
	    (status = rt_json_get_str(&options, "upscalingMode", &mode, err)))
		return status;
	if (strcmp(mode, "Conservative") == 0)
		out->upscaling_speed = 1;
	else if (strcmp(mode, "Default") != 0 &&
		 strcmp(mode, "Aggressive") != 0)
		return rt_json_fail(
			&options, err,
			"upscalingMode \"%.40s\" is none of Default, "
			"Aggressive, Conservative",
			mode);
	return RT_OK;
}

static enum rt_status decode_name(struct decoder *d, const struct rt_json *root,
				  struct rt_error *err)
{
	const char *name = "";
	struct rt_json meta;
	enum rt_status status = RT_OK;

	if (rt_json_member(root, "metadata", &meta) &&
	    !(status = rt_json_is_object(&meta, err)))
		status = rt_json_get_name(&meta, "name", &name, err);
	d->out->name = copy(d, name);
	return status;
}

static enum rt_status check_kind(const struct rt_json *root,
				 struct rt_error *err)
{
	const char *kind = "RayCluster";
	enum rt_status status;

	if ((status = rt_json_is_object(root, err)) ||
	    (status = rt_json_get_str(root, "kind", &kind, err)))
		return status;
	if (strcmp(kind, "RayCluster") != 0)
		return rt_json_fail(root, err,
				    "kind is %.40s, a RayCluster is needed",
				    kind);
	return RT_OK;
}

/* The head's bounds stay 0: it is no worker. */
static enum rt_status decode_head(struct decoder *d, const struct rt_json *spec,
				  struct rt_error *err)
{
	struct rt_json head;
	enum rt_status status;

	if (!rt_json_member(spec, "headGroupSpec", &head))
		return rt_json_fail(spec, err, "headGroupSpec is missing");
	if ((status = decode_group(d, &head, true, d->groups, d->specs, err)))
		return status;
	d->out->groups_len = 1;
	return RT_OK;
}

/* Of groups that were understood.  What is wrong with it leaves a group without
 * resizes. */
static void decode_resizes(struct decoder *d, const struct rt_json *root,
			   const struct rt_json *spec,
			   const struct rt_json *workers)
{
	struct rt_json item;
	struct rt_error why;
	uint32_t g = 1, index = 0;
	cJSON *limits;

	if (rt_resizes_open(root, &limits, &why))
		add_problem(d, why.text);
	if (!limits)
		return;
	rt_json_member(spec, "headGroupSpec", &item);
	if (rt_resizes_decode(limits, &item, d->names, d->arena, d->groups,
			      d->specs, &why))
		add_problem(d, why.text);
	for (bool more = workers->node && rt_json_first(workers, &item);
	     more && g < d->out->groups_len;
	     more = rt_json_next(&item), index++) {
		if (d->specs[g].index != index)
			continue;
		if (rt_resizes_decode(limits, &item, d->names, d->arena,
				      &d->groups[g], &d->specs[g], &why))
			add_problem(d, why.text);
		g++;
	}
	cJSON_Delete(limits);
}

enum rt_status rt_raycluster_decode(const cJSON *doc, struct rt_names *names,
				    struct rt_arena *arena,
				    struct rt_raycluster *out,
				    struct rt_error *err)
{
	struct decoder d = { .names = names, .arena = arena, .out = out };
	struct rt_json root = rt_json_root(doc), spec, workers = { 0 };
	enum rt_status status;

	*out = (struct rt_raycluster){ 0 };
	if ((status = check_kind(&root, err)) ||
	    (status = decode_name(&d, &root, err)))
		return status;
	if (!rt_json_member(&root, "spec", &spec))
		return rt_json_fail(&root, err,
				    "spec is missing; a RayCluster is needed");
	if ((status = rt_json_is_object(&spec, err)))
		return status;
	size_t len = 0;
	if (rt_json_member(&spec, "workerGroupSpecs", &workers)) {
		len = rt_json_len(&workers);
		if ((status = rt_json_is_array(&workers, err)) ||
		    (status = rt_json_bound(&workers, "groups", len,
					    RT_GROUPS_MAX - 1, err)))
			return status;
	}
	d.groups = RT_ARENA_ARRAY(arena, struct rt_group, len + 1);
	d.specs = RT_ARENA_ARRAY(arena, struct rt_group_spec, len + 1);
	d.problems = RT_ARENA_ARRAY(arena, const char *, 2 * len + 2);
	if ((status = decode_options(out, &spec, err)) ||
	    (status = decode_head(&d, &spec, err)))
		return status;
	if (len)
		decode_workers(&d, &workers);
	decode_resizes(&d, &root, &spec, &workers);
	out->groups = d.groups;
	out->specs = d.specs;
	out->problems = d.problems;
	return RT_OK;
}

uint32_t rt_raycluster_find(const struct rt_raycluster *cluster,
			    const char *group)
{
	for (uint32_t i = 0; i < cluster->groups_len; i++)
		if (strcmp(cluster->groups[i].name, group) == 0)
			return i;
	return RT_NO_GROUP;
}
