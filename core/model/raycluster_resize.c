/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raycluster_resize.c - the annotation is JSON in a string:
 * {"groups": {NAME: {"max-cpu", "max-memory", "resize-timeout"}}}.
 */
#include "core/model/raycluster_resize.h"

#include <string.h>

#include "core/base/error.h"
#include "core/model/quantity.h"
#include "core/model/raycluster_res.h"

#define ANNOTATION "ray.io/ippr"
#define TIMEOUT_MAX_S 1000000000

enum rt_status rt_resizes_open(const struct rt_json *root, cJSON **out,
			       struct rt_error *err)
{
	struct rt_json meta, annotations;
	const char *text = "";
	enum rt_status status;

	*out = NULL;
	if (!rt_json_member(root, "metadata", &meta) ||
	    !rt_json_member(&meta, "annotations", &annotations))
		return RT_OK;
	if ((status = rt_json_get_str(&annotations, ANNOTATION, &text, err)) ||
	    !text[0])
		return status;
	status = rt_json_parse(text, strlen(text), out, err);
	return status ? rt_wrap(err, "annotation " ANNOTATION) : RT_OK;
}

static enum rt_status read_quantity(const struct rt_json *limits,
				    const char *key, int64_t *out,
				    struct rt_error *err)
{
	struct rt_json item;

	if (!rt_json_member(limits, key, &item))
		return rt_json_fail(limits, err, "%s is missing", key);
	return rt_quantity_read(&item, out, err);
}

static enum rt_status read_limits(const struct rt_json *limits,
				  struct rt_resize_caps *caps,
				  int64_t *timeout_s, struct rt_error *err)
{
	enum rt_status status;

	*timeout_s = RT_NONE;
	if ((status = rt_json_is_object(limits, err)) ||
	    (status = read_quantity(limits, "max-cpu", &caps->cpu, err)) ||
	    (status =
		     read_quantity(limits, "max-memory", &caps->memory, err)) ||
	    (status = rt_json_get_i64(limits, "resize-timeout", 0,
				      TIMEOUT_MAX_S, timeout_s, err)))
		return status;
	if (*timeout_s == RT_NONE)
		return rt_json_fail(limits, err, "resize-timeout is missing");
	return RT_OK;
}

enum rt_status rt_resizes_decode(const cJSON *annotation,
				 const struct rt_json *group_spec,
				 struct rt_names *names, struct rt_arena *arena,
				 struct rt_group *group,
				 struct rt_group_spec *spec,
				 struct rt_error *err)
{
	struct rt_resize_caps *caps =
		RT_ARENA_NEW(arena, struct rt_resize_caps);
	struct rt_json root = rt_json_root(annotation), groups, limits;
	enum rt_status status;

	if (!rt_json_member(&root, "groups", &groups) ||
	    !rt_json_member(&groups, group->name, &limits))
		return RT_OK;
	if ((status = read_limits(&limits, caps, &spec->resize_timeout_s, err)))
		return rt_wrap(err, "annotation " ANNOTATION);
	status = rt_raycluster_start_size(group_spec, &spec->start_cpu,
					  &spec->start_memory, err);
	if (status)
		return status;
	spec->cpu_name = rt_name_intern(names, "CPU");
	spec->memory_name = rt_name_intern(names, "memory");
	group->resize = caps;
	return RT_OK;
}
