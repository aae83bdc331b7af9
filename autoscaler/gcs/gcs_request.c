/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_request.c - a list of bundles: [{"CPU": 1}, ...], from Ray 2.52 on
 * [{"resources": {"CPU": 1}, "label_selector": {...}}, ...].  Labels are passed
 * over, as Ray's v1 does.  num_cpus=8 comes as eight equal bundles in a row:
 * they become one request with a count.
 */
#include "autoscaler/gcs/gcs_request.h"

#include <string.h>

#include "core/base/error.h"
#include "core/base/json.h"

#define AMOUNT_MAX 1e15

static enum rt_status decode_bundle(const struct rt_json *bundle,
				    struct rt_arena *arena,
				    Gcs__ResourceRequest *out,
				    struct rt_error *err)
{
	struct rt_json map = *bundle, item;
	enum rt_status status = rt_json_is_object(bundle, err);

	if (!status && rt_json_member(bundle, "resources", &map))
		status = rt_json_is_object(&map, err);
	if (status)
		return status;
	out->resources_bundle =
		RT_ARENA_ARRAY(arena, Gcs__Amount *, rt_json_len(&map));
	for (bool more = rt_json_first(&map, &item); more;
	     more = rt_json_next(&item)) {
		Gcs__Amount *amount = RT_ARENA_NEW(arena, Gcs__Amount);
		gcs__amount__init(amount);
		amount->name = rt_arena_strdup(arena, item.key);
		status =
			rt_json_f64(&item, 0, AMOUNT_MAX, &amount->amount, err);
		if (status)
			return status;
		out->resources_bundle[out->n_resources_bundle++] = amount;
	}
	return RT_OK;
}

static enum rt_status decode_list(const struct rt_json *list,
				  struct rt_arena *arena,
				  Gcs__ClusterResourceConstraint *out,
				  struct rt_error *err)
{
	const cJSON *last = NULL;
	struct rt_json item;
	enum rt_status status = rt_json_is_array(list, err);

	if (status)
		return status;
	out->resource_requests = RT_ARENA_ARRAY(
		arena, Gcs__ResourceRequestByCount *, rt_json_len(list));
	for (bool more = rt_json_first(list, &item); more;
	     more = rt_json_next(&item)) {
		size_t len = out->n_resource_requests;
		if (last && cJSON_Compare(item.node, last, true)) {
			out->resource_requests[len - 1]->count++;
			continue;
		}
		Gcs__ResourceRequestByCount *one =
			RT_ARENA_NEW(arena, Gcs__ResourceRequestByCount);
		gcs__resource_request_by_count__init(one);
		one->count = 1;
		one->request = RT_ARENA_NEW(arena, Gcs__ResourceRequest);
		gcs__resource_request__init(one->request);
		status = decode_bundle(&item, arena, one->request, err);
		if (status)
			return status;
		out->resource_requests[out->n_resource_requests++] = one;
		last = item.node;
	}
	return RT_OK;
}

enum rt_status gcs_request_decode(const char *json, struct rt_arena *arena,
				  Gcs__ClusterResourceConstraint **out,
				  struct rt_error *err)
{
	cJSON *doc;
	enum rt_status status = rt_json_parse(json, strlen(json), &doc, err);

	if (status)
		return status;
	struct rt_json root = rt_json_root(doc);
	*out = RT_ARENA_NEW(arena, Gcs__ClusterResourceConstraint);
	gcs__cluster_resource_constraint__init(*out);
	status = decode_list(&root, arena, *out, err);
	cJSON_Delete(doc);
	return status;
}
