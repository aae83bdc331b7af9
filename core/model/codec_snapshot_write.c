/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_snapshot_write.c - snapshots as JSON, all fields that are not absent.
 */
#include <math.h>

#include "core/model/codec.h"
#include "core/model/codec_snapshot.h"
#include "core/model/why.h"

static void add_whole(cJSON *json, const char *key, int64_t value)
{
	cJSON_AddNumberToObject(json, key, (double)value);
}

/* What reads back as the same: 1.001 would be a little less than 1001 ms. */
static void add_seconds(cJSON *json, const char *key, int64_t ms)
{
	double seconds = (double)ms / 1000;

	if (floor(seconds * 1000) < (double)ms)
		seconds = ((double)ms + 0.5) / 1000;
	if (ms != RT_NONE)
		cJSON_AddNumberToObject(json, key, seconds);
}

static cJSON *encode_type(const struct rt_name_table *names,
			  const struct rt_group *g)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "name", g->name);
	cJSON_AddBoolToObject(json, "is_head", g->is_head);
	cJSON_AddItemToObject(json, "resources", rt_encode_res(names, g->res));
	cJSON_AddItemToObject(json, "labels",
			      rt_encode_labels(names, g->labels));
	add_whole(json, "min_workers", g->min_nodes);
	add_whole(json, "max_workers", g->max_nodes);
	add_seconds(json, "idle_timeout_s", g->idle_timeout_ms);
	add_whole(json, "priority", g->priority);
	add_whole(json, "num_of_hosts", g->num_of_hosts);
	cJSON_AddNumberToObject(json, "availability", g->availability);
	cJSON_AddNumberToObject(json, "recoverable_availability",
				g->recoverable_availability);
	if (g->resize)
		cJSON_AddItemToObject(json, "ippr", rt_encode_caps(g->resize));
	return json;
}

static cJSON *encode_config(const struct rt_snapshot *s)
{
	cJSON *json = cJSON_CreateObject();

	if (s->max_workers != RT_NONE)
		add_whole(json, "max_workers", s->max_workers);
	add_seconds(json, "idle_timeout_s", s->idle_timeout_ms);
	add_seconds(json, "pending_idle_timeout_s", s->pending_idle_timeout_ms);
	cJSON_AddBoolToObject(json, "conserve_gpu", s->conserve_gpu);
	cJSON *types = cJSON_AddArrayToObject(json, "node_types");
	for (uint32_t g = 0; g < s->groups_len; g++)
		cJSON_AddItemToArray(types,
				     encode_type(&s->names, &s->groups[g]));
	return json;
}

static cJSON *encode_node(const struct rt_name_table *names,
			  const struct rt_node *node)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "instance_id", node->instance_id);
	if (node->pod)
		cJSON_AddStringToObject(json, "pod", node->pod);
	cJSON_AddStringToObject(json, "type", node->type);
	cJSON_AddStringToObject(json, "kind",
				node->is_head ? "head" : "worker");
	cJSON_AddStringToObject(json, "status",
				rt_node_status_name(node->status));
	if (node->ray_node_id[0])
		cJSON_AddStringToObject(json, "ray_node_id", node->ray_node_id);
	if (node->resize)
		cJSON_AddItemToObject(json, "ippr",
				      rt_encode_resize(node->resize));
	if (!node->known)
		return json;
	if (node->ray_status != RT_RAY_UNKNOWN)
		cJSON_AddStringToObject(json, "ray_status",
					rt_codec_ray_statuses[node->ray_status -
							      RT_RAY_RUNNING]);
	cJSON_AddItemToObject(json, "total", rt_encode_res(names, node->total));
	cJSON_AddItemToObject(json, "available",
			      rt_encode_res(names, node->available));
	cJSON_AddItemToObject(json, "labels",
			      rt_encode_labels(names, node->labels));
	add_whole(json, "idle_ms", node->idle_ms);
	return json;
}

cJSON *rt_snapshot_encode(const struct rt_snapshot *s)
{
	cJSON *json = cJSON_CreateObject();

	add_whole(json, "version", 1);
	if (s->id)
		cJSON_AddStringToObject(json, "id", s->id);
	add_whole(json, "now_ms", s->now_ms);
	cJSON_AddItemToObject(json, "config", encode_config(s));
	cJSON *nodes = cJSON_AddArrayToObject(json, "nodes");
	for (uint32_t i = 0; i < s->nodes_len; i++)
		cJSON_AddItemToArray(nodes,
				     encode_node(&s->names, &s->nodes[i]));
	cJSON_AddItemToObject(json, "demand",
			      rt_encode_demand(&s->names, &s->demand));
	if (s->unneeded)
		cJSON_AddItemToObject(json, "state",
				      rt_encode_unneeded(s, s->unneeded));
	return json;
}
