/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_observation.c - what is as it mostly is gets left out: most pods are
 * neither stuck nor on their way out.
 */
#include "core/model/codec_observation.h"

#include "core/base/error.h"
#include "core/model/codec.h"
#include "core/model/manifest.h"

const char *const rt_part_names[RT_PARTS] = {
	[RT_PART_OWN_HEAD] = "own_head", [RT_PART_CLUSTER] = "cluster",
	[RT_PART_PODS] = "pods",         [RT_PART_RAY_NODES] = "ray_nodes",
	[RT_PART_DEMAND] = "demand",
};

/* ---- pods ---------------------------------------------------------------- */

static const struct {
	const char *key;
	size_t offset;
} flags[] = {
	{ "is_head", offsetof(struct rt_pod, is_head) },
	{ "deleting", offsetof(struct rt_pod, deleting) },
	{ "stuck", offsetof(struct rt_pod, stuck) },
	{ "orphan", offsetof(struct rt_pod, orphan) },
};
#define FLAGS (sizeof flags / sizeof *flags)

static cJSON *encode_pod(const struct rt_pod *pod)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "name", pod->name);
	cJSON_AddStringToObject(json, "group", pod->group);
	if (pod->replica[0])
		cJSON_AddStringToObject(json, "replica", pod->replica);
	for (size_t i = 0; i < FLAGS; i++)
		if (*(const bool *)((const char *)pod + flags[i].offset))
			cJSON_AddTrueToObject(json, flags[i].key);
	if (pod->size)
		cJSON_AddItemToObject(json, "size",
				      rt_encode_pod_size(pod->size));
	return json;
}

static cJSON *encode_pods(const struct rt_observation *obs)
{
	cJSON *list = cJSON_CreateArray();

	for (uint32_t i = 0; i < obs->pods_len; i++)
		cJSON_AddItemToArray(list, encode_pod(&obs->pods[i]));
	return list;
}

/* Texts are as the world gave them, whatever their length. */
static enum rt_status decode_text(struct rt_codec *c,
				  const struct rt_json *object, const char *key,
				  const char **out)
{
	const char *text = "";
	enum rt_status status = rt_json_get_str(object, key, &text, c->err);

	*out = rt_arena_strdup(c->arena, text);
	return status;
}

static enum rt_status decode_pod(struct rt_codec *c, const struct rt_json *json,
				 struct rt_pod *pod)
{
	enum rt_status status;

	if ((status = rt_json_is_object(json, c->err)) ||
	    (status = rt_decode_name(c, json, "name", &pod->name)) ||
	    (status = decode_text(c, json, "group", &pod->group)) ||
	    (status = decode_text(c, json, "replica", &pod->replica)))
		return status;
	for (size_t i = 0; i < FLAGS && !status; i++)
		status = rt_json_get_bool(
			json, flags[i].key,
			(bool *)((char *)pod + flags[i].offset), c->err);
	return status ? status : rt_decode_pod_size(c, json, &pod->size);
}

static enum rt_status decode_pods(struct rt_codec *c,
				  const struct rt_json *root,
				  struct rt_observation *out)
{
	struct rt_json list, item;
	enum rt_status status = rt_decode_array(c, root, "pods", RT_NODES_MAX,
						&list, &out->pods_len);

	if (status || !out->pods_len)
		return status;
	struct rt_pod *pods =
		RT_ARENA_ARRAY(c->arena, struct rt_pod, out->pods_len);
	out->pods = pods;
	for (bool more = rt_json_first(&list, &item); more && !status;
	     more = rt_json_next(&item))
		status = decode_pod(c, &item, pods++);
	return status;
}

/* ---- nodes of Ray -------------------------------------------------------- */

static cJSON *encode_ray_node(const struct rt_name_table *names,
			      const struct rt_ray_node *node)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "ray_node_id", node->ray_node_id);
	cJSON_AddStringToObject(json, "instance_id", node->instance_id);
	cJSON_AddStringToObject(json, "type", node->group);
	if (node->status != RT_RAY_UNKNOWN)
		cJSON_AddStringToObject(
			json, "ray_status",
			rt_codec_ray_statuses[node->status - RT_RAY_RUNNING]);
	cJSON_AddItemToObject(json, "total", rt_encode_res(names, node->total));
	cJSON_AddItemToObject(json, "available",
			      rt_encode_res(names, node->available));
	cJSON_AddItemToObject(json, "labels",
			      rt_encode_labels(names, node->labels));
	if (node->idle_ms)
		cJSON_AddNumberToObject(json, "idle_ms", (double)node->idle_ms);
	return json;
}

static cJSON *encode_ray_nodes(const struct rt_observation *obs,
			       const struct rt_name_table *names)
{
	cJSON *list = cJSON_CreateArray();

	for (uint32_t i = 0; i < obs->ray_nodes_len; i++)
		cJSON_AddItemToArray(
			list, encode_ray_node(names, &obs->ray_nodes[i]));
	return list;
}

static enum rt_status decode_ray_node(struct rt_codec *c,
				      const struct rt_json *json,
				      struct rt_ray_node *node)
{
	int ray = -1;
	enum rt_status status;

	if ((status = rt_json_is_object(json, c->err)) ||
	    (status =
		     decode_text(c, json, "ray_node_id", &node->ray_node_id)) ||
	    (status =
		     decode_text(c, json, "instance_id", &node->instance_id)) ||
	    (status = decode_text(c, json, "type", &node->group)) ||
	    (status = rt_decode_word(c, json, "ray_status",
				     rt_codec_ray_statuses, &ray)) ||
	    (status = rt_decode_res(c, json, "total", &node->total)) ||
	    (status = rt_decode_res(c, json, "available", &node->available)) ||
	    (status = rt_decode_labels(c, json, "labels", &node->labels)))
		return status;
	node->status = (enum rt_ray_status)(ray + 1);
	return rt_json_get_i64(json, "idle_ms", -RT_JSON_WHOLE_MAX,
			       RT_JSON_WHOLE_MAX, &node->idle_ms, c->err);
}

static enum rt_status decode_ray_nodes(struct rt_codec *c,
				       const struct rt_json *root,
				       struct rt_observation *out)
{
	struct rt_json list, item;
	enum rt_status status = rt_decode_array(
		c, root, "ray_nodes", RT_NODES_MAX, &list, &out->ray_nodes_len);

	if (status || !out->ray_nodes_len)
		return status;
	struct rt_ray_node *nodes = RT_ARENA_ARRAY(c->arena, struct rt_ray_node,
						   out->ray_nodes_len);
	out->ray_nodes = nodes;
	for (bool more = rt_json_first(&list, &item); more && !status;
	     more = rt_json_next(&item))
		status = decode_ray_node(c, &item, nodes++);
	return status;
}

/* ---- all parts ----------------------------------------------------------- */

cJSON *rt_part_encode(enum rt_part part, const struct rt_observation *obs,
		      const cJSON *manifest, const struct rt_name_table *names)
{
	switch (part) {
	case RT_PART_OWN_HEAD:
		return obs->own_head ? cJSON_CreateString(obs->own_head)
				     : cJSON_CreateNull();
	case RT_PART_CLUSTER:
		return rt_manifest_prune(manifest);
	case RT_PART_PODS:
		return encode_pods(obs);
	case RT_PART_RAY_NODES:
		return encode_ray_nodes(obs, names);
	default:
		return rt_encode_demand(names, &obs->demand);
	}
}

enum rt_status rt_parts_decode(const cJSON *const parts[RT_PARTS],
			       struct rt_names *names, struct rt_arena *arena,
			       struct rt_observation *out, struct rt_error *err)
{
	struct rt_codec c = { .names = names, .arena = arena, .err = err };
	cJSON *root = cJSON_CreateObject();
	const struct rt_json view = rt_json_root(root);
	enum rt_status status;

	for (enum rt_part i = 0; i < RT_PARTS; i++)
		cJSON_AddItemReferenceToObject(root, rt_part_names[i],
					       (cJSON *)(uintptr_t)parts[i]);
	*out = (struct rt_observation){ 0 };
	if (!(status = rt_raycluster_decode(parts[RT_PART_CLUSTER], names,
					    arena, &out->cluster, err)) &&
	    !(status = decode_pods(&c, &view, out)) &&
	    !(status = decode_ray_nodes(&c, &view, out)) &&
	    !(status = rt_decode_demand(&c, &view, &out->demand)) &&
	    !(status = rt_json_get_str(&view, "own_head", &out->own_head,
				       err)) &&
	    out->own_head)
		out->own_head = rt_arena_strdup(arena, out->own_head);
	cJSON_Delete(root);
	return status;
}
