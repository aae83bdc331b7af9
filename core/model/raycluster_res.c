/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raycluster_res.c - one function per resource, each walking the four sources
 * in their order of precedence.
 */
#include "core/model/raycluster_res.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/model/quantity.h"
#include "core/model/res.h"

/* The four sources; a view whose node is NULL is absent.  `spec` and the steps
 * on the way to container 0 are kept because views point to their parents. */
struct sources {
	struct rt_json resources; /* of the group */
	struct rt_json params;    /* rayStartParams */
	struct rt_json template, pod, containers, container, container_res;
	struct rt_json limits;
	struct rt_json requests;
	struct rt_json selector; /* nodeSelector */
};

/* The map `key`, if the object is there and has one. */
static enum rt_status find_map(const struct rt_json *object, const char *key,
			       struct rt_json *out, struct rt_error *err)
{
	if (!object->node || !rt_json_member(object, key, out))
		return RT_OK;
	return rt_json_is_map(out, err);
}

static enum rt_status find_container(struct sources *s, struct rt_error *err)
{
	enum rt_status status;

	if (!s->pod.node ||
	    !rt_json_member(&s->pod, "containers", &s->containers))
		return RT_OK;
	if ((status = rt_json_is_array(&s->containers, err)))
		return status;
	if (!rt_json_first(&s->containers, &s->container))
		return RT_OK;
	return rt_json_is_map(&s->container, err);
}

static enum rt_status find_sources(const struct rt_json *spec,
				   struct sources *s, struct rt_error *err)
{
	enum rt_status status;

	memset(s, 0, sizeof *s);
	if ((status = find_map(spec, "resources", &s->resources, err)) ||
	    (status = find_map(spec, "rayStartParams", &s->params, err)) ||
	    (status = find_map(spec, "template", &s->template, err)) ||
	    (status = find_map(&s->template, "spec", &s->pod, err)) ||
	    (status = find_map(&s->pod, "nodeSelector", &s->selector, err)) ||
	    (status = find_container(s, err)) ||
	    (status = find_map(&s->container, "resources", &s->container_res,
			       err)) ||
	    (status = find_map(&s->container_res, "limits", &s->limits, err)))
		return status;
	return find_map(&s->container_res, "requests", &s->requests, err);
}

static bool has(const struct rt_json *source, const char *key,
		struct rt_json *out)
{
	return source->node && rt_json_member(source, key, out);
}

/* rayStartParams hold what `ray start` takes: whole numbers. */
static enum rt_status read_whole(const struct rt_json *item, int64_t *out,
				 struct rt_error *err)
{
	int64_t max = RT_AMOUNT_MAX / RT_UNITS;
	char *end;

	if (!cJSON_IsString(item->node))
		return rt_json_i64(item, 0, max, out, err);
	const char *text = item->node->valuestring;
	long long n = strtoll(text, &end, 10);
	if (end == text || *end || n < 0 || n > max)
		return rt_json_fail(item, err,
				    "\"%.40s\" is no whole number from 0 to "
				    "1e+14",
				    text);
	*out = n;
	return RT_OK;
}

/* Sets *found when one of the sources has the resource. */
static enum rt_status read_amount(const struct sources *s, const char *resource,
				  const char *param, const char *key,
				  int64_t *out, bool *found,
				  struct rt_error *err)
{
	struct rt_json item;

	*found = true;
	if (has(&s->resources, resource, &item))
		return rt_quantity_read_whole(&item, out, err);
	if (has(&s->params, param, &item))
		return read_whole(&item, out, err);
	if (has(&s->limits, key, &item) || has(&s->requests, key, &item))
		return rt_quantity_read_whole(&item, out, err);
	*found = false;
	return RT_OK;
}

/* The first key of the container that ends in "gpu" and is above 0. */
static enum rt_status find_gpus(const struct rt_json *source, int64_t *out,
				struct rt_error *err)
{
	struct rt_json item;

	if (!source->node || *out > 0)
		return RT_OK;
	for (bool more = rt_json_first(source, &item); more;
	     more = rt_json_next(&item)) {
		size_t len = item.key ? strlen(item.key) : 0;
		enum rt_status status;
		if (len < 3 || strcmp(item.key + len - 3, "gpu") != 0 ||
		    cJSON_IsNull(item.node))
			continue;
		if ((status = rt_quantity_read_whole(&item, out, err)) ||
		    *out > 0)
			return status;
	}
	return RT_OK;
}

static enum rt_status add_gpus(const struct sources *s,
			       struct rt_res_builder *b, struct rt_error *err)
{
	struct rt_json item;
	int64_t gpus = 0;
	enum rt_status status;
	bool found = has(&s->resources, "GPU", &item);

	if (found) {
		status = rt_quantity_read_whole(&item, &gpus, err);
	} else if ((found = has(&s->params, "num-gpus", &item))) {
		status = read_whole(&item, &gpus, err);
	} else {
		if (!(status = find_gpus(&s->limits, &gpus, err)))
			status = find_gpus(&s->requests, &gpus, err);
		found = gpus > 0;
	}
	if (!status && found)
		rt_res_add(b, "GPU", gpus * RT_UNITS);
	return status;
}

/* Every member of the group's `resources` that is not one of the known. */
static enum rt_status add_group_custom(const struct rt_json *resources,
				       struct rt_res_builder *b,
				       struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_map(resources, err);

	if (status)
		return status;
	for (bool more = rt_json_first(resources, &item); more;
	     more = rt_json_next(&item)) {
		int64_t n;
		if (strcmp(item.key, "CPU") == 0 ||
		    strcmp(item.key, "GPU") == 0 ||
		    strcmp(item.key, "memory") == 0)
			continue;
		if ((status = rt_quantity_read_whole(&item, &n, err)))
			return status;
		rt_res_add(b, item.key, n * RT_UNITS);
	}
	return RT_OK;
}

/* rayStartParams.resources: JSON inside a string, in one more pair of quotes
 * and with backslashes before its own, as a shell would want it. */
static enum rt_status add_param_custom(const struct rt_json *param,
				       struct rt_arena *arena,
				       struct rt_res_builder *b,
				       struct rt_error *err)
{
	const char *text;
	struct rt_json item;
	cJSON *doc = NULL;
	enum rt_status status = rt_json_str(param, &text, err);

	if (status)
		return status;
	size_t len = strlen(text), used = 0;
	char *bare = rt_arena_alloc(arena, len + 1);
	for (size_t i = 1; i + 1 < len; i++)
		if (text[i] != '\\')
			bare[used++] = text[i];
	struct rt_error why;
	if (rt_json_parse(bare, used, &doc, &why))
		return rt_json_fail(param, err,
				    "no JSON object in quotes: %s; as in "
				    "\"{\\\"Custom\\\": 1}\"",
				    why.text);
	struct rt_json root = { .node = doc, .up = param, .key = "(parsed)" };
	status = rt_json_is_map(&root, err);
	for (bool more = !status && rt_json_first(&root, &item);
	     more && !status; more = rt_json_next(&item)) {
		int64_t n = 0;
		if (!(status = read_whole(&item, &n, err)))
			rt_res_add(b, item.key, n * RT_UNITS);
	}
	cJSON_Delete(doc);
	return status;
}

struct tpu_generation {
	const char *accelerator; /* cloud.google.com/gke-tpu-accelerator */
	const char *name;
	int cores_per_chip;
};

static const struct tpu_generation generations[] = {
	{ "tpu-v4-podslice", "v4", 2 },
	{ "tpu-v5-lite-device", "v5litepod", 1 },
	{ "tpu-v5-lite-podslice", "v5litepod", 1 },
	{ "tpu-v5p-slice", "v5p", 2 },
	{ "tpu-v6e-slice", "v6e", 1 },
	{ "tpu7x", "v7x", 2 },
};

/* "2x2x4" is 16 chips; 0 when it is no topology. */
static int64_t count_chips(const char *topology)
{
	int64_t chips = 1;

	for (const char *s = topology;; s++) {
		char *end;
		long n = strtol(s, &end, 10);
		if (end == s || n < 1 || n > 100000 || chips > 1000000)
			return 0;
		chips *= n;
		if (*end == '\0')
			return chips;
		if (*end != 'x')
			return 0;
		s = end;
	}
}

/* Ray gives the first host of a TPU slice one TPU-<generation>-<cores>-head. */
static enum rt_status add_tpu_head(const struct sources *s,
				   struct rt_res_builder *b,
				   struct rt_error *err)
{
	const char *topology = NULL, *accelerator = NULL;
	enum rt_status status;

	if (!s->selector.node)
		return RT_OK;
	if ((status = rt_json_get_name(&s->selector,
				       "cloud.google.com/gke-tpu-topology",
				       &topology, err)) ||
	    (status = rt_json_get_name(&s->selector,
				       "cloud.google.com/gke-tpu-accelerator",
				       &accelerator, err)))
		return status;
	int64_t chips = topology && accelerator ? count_chips(topology) : 0;
	for (size_t i = 0; i < sizeof generations / sizeof *generations; i++) {
		const struct tpu_generation *g = &generations[i];
		if (chips && strcmp(accelerator, g->accelerator) == 0)
			rt_res_add(b,
				   rt_arena_printf(b->arena, "TPU-%s-%lld-head",
						   g->name,
						   (long long)chips *
							   g->cores_per_chip),
				   RT_UNITS);
	}
	return RT_OK;
}

static enum rt_status add_tpus(const struct sources *s,
			       struct rt_res_builder *b, struct rt_error *err)
{
	uint32_t tpu = rt_name_intern(b->names, "TPU");
	struct rt_json item;

	if (!rt_res_has(rt_res_build(b), tpu)) {
		int64_t n;
		enum rt_status status;
		if (!has(&s->limits, "google.com/tpu", &item) &&
		    !has(&s->requests, "google.com/tpu", &item))
			return RT_OK;
		if ((status = rt_quantity_read_whole(&item, &n, err)))
			return status;
		rt_res_add(b, "TPU", n * RT_UNITS);
	}
	return add_tpu_head(s, b, err);
}

/* ---- resizes in place --------------------------------------------------- */

static enum rt_status read_start(const struct sources *s, const char *key,
				 int64_t *out, struct rt_error *err)
{
	struct rt_json item;

	if (!has(&s->requests, key, &item))
		return rt_json_fail(&s->container, err,
				    "resizes need requests.%s", key);
	if (has(&s->limits, key, &item) || has(&s->requests, key, &item))
		return rt_quantity_read(&item, out, err);
	return RT_OK;
}

/* Unless told otherwise, Kubernetes resizes without a restart. */
static enum rt_status check_policies(const struct rt_json *container,
				     struct rt_error *err)
{
	struct rt_json list, item;
	enum rt_status status;

	if (!has(container, "resizePolicy", &list))
		return RT_OK;
	if ((status = rt_json_is_array(&list, err)))
		return status;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item)) {
		const char *name = "", *policy = "NotRequired";
		if ((status = rt_json_get_str(&item, "resourceName", &name,
					      err)) ||
		    (status = rt_json_get_str(&item, "restartPolicy", &policy,
					      err)))
			return status;
		bool ours =
			strcmp(name, "cpu") == 0 || strcmp(name, "memory") == 0;
		if (ours && strcmp(policy, "NotRequired") != 0)
			return rt_json_fail(&item, err,
					    "resizes need restartPolicy "
					    "NotRequired");
	}
	return RT_OK;
}

enum rt_status rt_raycluster_start_size(const struct rt_json *spec,
					int64_t *cpu, int64_t *memory,
					struct rt_error *err)
{
	struct sources s;
	struct rt_json item;
	enum rt_status status = find_sources(spec, &s, err);

	if (status)
		return status;
	if (has(&s.params, "num-cpus", &item) ||
	    has(&s.params, "memory", &item))
		return rt_json_fail(&item, err,
				    "resizes need rayStartParams without "
				    "num-cpus and memory");
	if ((status = read_start(&s, "cpu", cpu, err)) ||
	    (status = read_start(&s, "memory", memory, err)))
		return status;
	return check_policies(&s.container, err);
}

/* ---- all of them -------------------------------------------------------- */

enum rt_status rt_raycluster_resources(const struct rt_json *spec,
				       struct rt_names *names,
				       struct rt_arena *arena,
				       struct rt_group *group,
				       struct rt_error *err)
{
	struct rt_res_builder b = { .arena = arena, .names = names };
	struct sources s;
	struct rt_json item;
	int64_t n;
	bool found;
	enum rt_status status;

	if ((status = find_sources(spec, &s, err)) ||
	    (status = read_amount(&s, "CPU", "num-cpus", "cpu", &n, &found,
				  err)))
		return status;
	if (!found && !group->is_head)
		return rt_json_fail(spec, err,
				    "no CPU given; set resources.limits.cpu of "
				    "its first container, or num-cpus in "
				    "rayStartParams");
	if (found)
		rt_res_add(&b, "CPU", n * RT_UNITS);
	if ((status = read_amount(&s, "memory", "memory", "memory", &n, &found,
				  err)))
		return status;
	if (found)
		rt_res_add(&b, "memory", n * RT_UNITS);
	if ((status = add_gpus(&s, &b, err)))
		return status;
	if (s.resources.node && rt_json_len(&s.resources) > 0)
		status = add_group_custom(&s.resources, &b, err);
	else if (has(&s.params, "resources", &item))
		status = add_param_custom(&item, arena, &b, err);
	if (!status)
		status = add_tpus(&s, &b, err);
	group->res = rt_res_build(&b);
	return status;
}
