/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_snapshot.c - reads snapshots: configuration, nodes and state; the
 * demand is read by codec_demand.c.
 */
#include "core/model/codec_snapshot.h"

#include <math.h>

#include "core/base/error.h"
#include "core/model/codec.h"
#include "core/model/raycluster.h"

/* A document being read.  The two tables find names that come twice, and a type
 * by its name: the id of a type is its index. */
struct reading {
	struct rt_codec c;
	struct rt_names *types;
	struct rt_names *instances;
	struct rt_snapshot *out;
};

/* Seconds, perhaps with a fraction, as ms; null stays RT_NONE. */
static enum rt_status decode_seconds(struct rt_codec *c,
				     const struct rt_json *object,
				     const char *key, int64_t *ms)
{
	double seconds = -1;
	enum rt_status status = rt_json_get_f64(object, key, 0, RT_SECONDS_MAX,
						&seconds, c->err);

	/* Ages are whole ms: what is beyond the fraction is beyond its floor.
	 */
	*ms = seconds < 0 ? RT_NONE : (int64_t)floor(seconds * 1000);
	return status;
}

static enum rt_status decode_type(struct reading *r, const struct rt_json *json,
				  uint32_t index, struct rt_group *g)
{
	struct rt_error *err = r->c.err;
	int64_t hosts = 1;
	enum rt_status status;

	g->availability = g->recoverable_availability = 1;
	if ((status = rt_json_is_object(json, err)) ||
	    (status = rt_decode_name(&r->c, json, "name", &g->name)) ||
	    (status = rt_json_get_bool(json, "is_head", &g->is_head, err)) ||
	    (status = rt_decode_res(&r->c, json, "resources", &g->res)) ||
	    (status = rt_decode_labels(&r->c, json, "labels", &g->labels)) ||
	    (status = rt_json_get_i64(json, "min_workers", 0, RT_JSON_WHOLE_MAX,
				      &g->min_nodes, err)) ||
	    (status = rt_json_get_i64(json, "max_workers", 0, RT_JSON_WHOLE_MAX,
				      &g->max_nodes, err)) ||
	    (status = decode_seconds(&r->c, json, "idle_timeout_s",
				     &g->idle_timeout_ms)) ||
	    (status = rt_json_get_i64(json, "priority", -RT_JSON_WHOLE_MAX,
				      RT_JSON_WHOLE_MAX, &g->priority, err)) ||
	    (status = rt_json_get_i64(json, "num_of_hosts", 1, INT32_MAX,
				      &hosts, err)) ||
	    (status = rt_json_get_f64(json, "availability", 0, 1,
				      &g->availability, err)) ||
	    (status = rt_json_get_f64(json, "recoverable_availability", 0, 1,
				      &g->recoverable_availability, err)) ||
	    (status = rt_decode_caps(&r->c, json, &g->resize)))
		return status;
	g->num_of_hosts = (int32_t)hosts;
	if (g->min_nodes > g->max_nodes)
		return rt_json_fail(json, err,
				    "min_workers is above max_workers");
	if (rt_name_intern(r->types, g->name) != index)
		return rt_json_fail(json, err,
				    "the name \"%.100s\" is there twice",
				    g->name);
	return RT_OK;
}

static enum rt_status decode_types(struct reading *r,
				   const struct rt_json *config)
{
	struct rt_json list, item;
	enum rt_status status;

	if ((status = rt_decode_required(&r->c, config, "node_types", &list)) ||
	    (status =
		     rt_decode_array(&r->c, config, "node_types", RT_GROUPS_MAX,
				     &list, &r->out->groups_len)) ||
	    !r->out->groups_len)
		return status;
	struct rt_group *groups =
		RT_ARENA_ARRAY(r->c.arena, struct rt_group, r->out->groups_len);
	r->out->groups = groups;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item)) {
		uint32_t i = (uint32_t)item.index;
		if ((status = decode_type(r, &item, i, &groups[i])))
			return status;
	}
	return RT_OK;
}

static enum rt_status decode_config(struct reading *r,
				    const struct rt_json *doc)
{
	struct rt_snapshot *s = r->out;
	struct rt_json config;
	enum rt_status status;

	s->max_workers = RT_NONE;
	s->conserve_gpu = true;
	if ((status = rt_decode_required(&r->c, doc, "config", &config)) ||
	    (status = rt_json_is_object(&config, r->c.err)) ||
	    (status = rt_json_get_i64(&config, "max_workers", 0,
				      RT_JSON_WHOLE_MAX, &s->max_workers,
				      r->c.err)) ||
	    (status = decode_seconds(&r->c, &config, "idle_timeout_s",
				     &s->idle_timeout_ms)) ||
	    (status = decode_seconds(&r->c, &config, "pending_idle_timeout_s",
				     &s->pending_idle_timeout_ms)) ||
	    (status = rt_json_get_bool(&config, "conserve_gpu",
				       &s->conserve_gpu, r->c.err)))
		return status;
	return decode_types(r, &config);
}

static const char *const statuses[] = {
#define RT_NODE_STATUS(name) #name,
#include <raytide/node_status.def>
#undef RT_NODE_STATUS
	NULL,
};
static const char *const kinds[] = { "worker", "head", NULL };

static enum rt_status decode_states(struct reading *r,
				    const struct rt_json *json,
				    struct rt_node *node)
{
	struct rt_json member;
	int state = 0, ray = -1, is_head = 0;
	enum rt_status status;

	if ((status = rt_decode_required(&r->c, json, "status", &member)) ||
	    (status =
		     rt_decode_word(&r->c, json, "status", statuses, &state)) ||
	    (status = rt_decode_word(&r->c, json, "ray_status",
				     rt_codec_ray_statuses, &ray)) ||
	    (status = rt_decode_word(&r->c, json, "kind", kinds, &is_head)))
		return status;
	node->status = (enum rt_node_status)state;
	node->ray_status = (enum rt_ray_status)(ray + 1);
	node->is_head = is_head;
	return RT_OK;
}

static enum rt_status decode_ids(struct reading *r, const struct rt_json *json,
				 uint32_t index, struct rt_node *node)
{
	const char *pod = NULL, *ray_node_id = "";
	struct rt_error *err = r->c.err;
	enum rt_status status;

	if ((status = rt_decode_name(&r->c, json, "instance_id",
				     &node->instance_id)) ||
	    (status = rt_decode_name(&r->c, json, "type", &node->type)) ||
	    (status = rt_json_get_name(json, "pod", &pod, err)) ||
	    (status = rt_json_get_name(json, "ray_node_id", &ray_node_id, err)))
		return status;
	if (rt_name_intern(r->instances, node->instance_id) != index)
		return rt_json_fail(json, err,
				    "instance_id \"%.100s\" is there twice",
				    node->instance_id);
	node->group = rt_name_intern(r->types, node->type);
	if (node->group >= r->out->groups_len)
		node->group = RT_NO_GROUP;
	if (pod)
		node->pod = rt_arena_strdup(r->c.arena, pod);
	node->ray_node_id = rt_arena_strdup(r->c.arena, ray_node_id);
	return RT_OK;
}

static enum rt_status decode_node(struct reading *r, const struct rt_json *json,
				  uint32_t index, struct rt_node *node)
{
	struct rt_json total;
	enum rt_status status;

	if ((status = rt_json_is_object(json, r->c.err)) ||
	    (status = decode_ids(r, json, index, node)) ||
	    (status = decode_states(r, json, node)))
		return status;
	node->known = rt_json_member(json, "total", &total);
	if ((status = rt_decode_res(&r->c, json, "total", &node->total)) ||
	    (status = rt_decode_res(&r->c, json, "available",
				    &node->available)) ||
	    (status = rt_decode_labels(&r->c, json, "labels", &node->labels)) ||
	    (status = rt_decode_resize(&r->c, json, &node->resize)))
		return status;
	/* Without a pod, or limits, there is nothing to be resized. */
	if (!node->pod || node->group == RT_NO_GROUP ||
	    !r->out->groups[node->group].resize)
		node->resize = NULL;
	return rt_json_get_i64(json, "idle_ms", 0, RT_JSON_WHOLE_MAX,
			       &node->idle_ms, r->c.err);
}

static enum rt_status decode_nodes(struct reading *r, const struct rt_json *doc)
{
	struct rt_json list, item;
	enum rt_status status = rt_decode_array(
		&r->c, doc, "nodes", RT_NODES_MAX, &list, &r->out->nodes_len);

	if (status || !r->out->nodes_len)
		return status;
	struct rt_node *nodes =
		RT_ARENA_ARRAY(r->c.arena, struct rt_node, r->out->nodes_len);
	r->out->nodes = nodes;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item)) {
		uint32_t i = (uint32_t)item.index;
		if ((status = decode_node(r, &item, i, &nodes[i])))
			return status;
	}
	return RT_OK;
}

static enum rt_status decode_times(struct reading *r,
				   const struct rt_json *json,
				   struct rt_times *out)
{
	struct rt_json item;
	enum rt_status status;

	if ((status = rt_json_is_array(json, r->c.err)) ||
	    (status = rt_decode_len(&r->c, json, RT_NODES_MAX, &out->len)))
		return status;
	int64_t *at = RT_ARENA_ARRAY(r->c.arena, int64_t, out->len);
	out->at = at;
	for (bool more = rt_json_first(json, &item); more;
	     more = rt_json_next(&item))
		if ((status = rt_json_i64(&item, 0, RT_JSON_WHOLE_MAX, at++,
					  r->c.err)))
			return status;
	return RT_OK;
}

/* Types that are no longer configured are dropped, as their nodes will be. */
static enum rt_status decode_state(struct reading *r, const struct rt_json *doc)
{
	struct rt_json state, map, item;
	uint32_t groups = r->out->groups_len;
	enum rt_status status;

	if (!rt_json_member(doc, "state", &state))
		return RT_OK;
	if ((status = rt_json_is_object(&state, r->c.err)))
		return status;
	if (!rt_json_member(&state, "pending_unneeded_since_ms", &map))
		return RT_OK;
	if ((status = rt_json_is_map(&map, r->c.err)))
		return status;
	struct rt_times *unneeded =
		RT_ARENA_ARRAY(r->c.arena, struct rt_times, groups);
	r->out->unneeded = unneeded;
	for (bool more = rt_json_first(&map, &item); more;
	     more = rt_json_next(&item)) {
		struct rt_times times;
		if ((status = decode_times(r, &item, &times)))
			return status;
		uint32_t g = rt_name_intern(r->types, item.key);
		if (g < groups)
			unneeded[g] = times;
	}
	return RT_OK;
}

/* An id is given back as it came: what would not is refused. */
static enum rt_status check_id(const struct rt_json *json, struct rt_error *err)
{
	double v = json->node->valuedouble;
	struct rt_json item;
	enum rt_status status = RT_OK;

	if (cJSON_IsNumber(json->node) && fabs(v) > RT_JSON_WHOLE_MAX)
		return rt_json_fail(json, err,
				    "a number too large to be kept exactly; "
				    "write it as a text");
	for (bool more = rt_json_first(json, &item); more && !status;
	     more = rt_json_next(&item))
		status = check_id(&item, err);
	return status;
}

static enum rt_status decode_id(struct reading *r, const struct rt_json *doc)
{
	struct rt_json id;
	const char *text;
	enum rt_status status;

	if (!rt_json_member(doc, "id", &id))
		return RT_OK;
	if (!cJSON_IsString(id.node)) /* the caller's to keep */
		return check_id(&id, r->c.err);
	if ((status = rt_json_name(&id, &text, r->c.err)))
		return status;
	r->out->id = rt_arena_strdup(r->c.arena, text);
	return RT_OK;
}

static enum rt_status decode_head(struct reading *r, const struct rt_json *doc)
{
	struct rt_json member;
	int64_t version;
	enum rt_status status;

	if ((status = rt_json_is_object(doc, r->c.err)) ||
	    (status = rt_decode_required(&r->c, doc, "version", &member)) ||
	    (status = rt_json_i64(&member, 1, 1, &version, r->c.err)) ||
	    (status = rt_decode_required(&r->c, doc, "now_ms", &member)) ||
	    (status = rt_json_i64(&member, 0, RT_JSON_WHOLE_MAX,
				  &r->out->now_ms, r->c.err)))
		return status;
	return decode_id(r, doc);
}

enum rt_status rt_snapshot_decode(const cJSON *json, struct rt_names *names,
				  struct rt_arena *arena,
				  struct rt_snapshot **out,
				  struct rt_error *err)
{
	const struct rt_json doc = rt_json_root(json);
	struct reading r = {
		.c = { .names = names, .arena = arena, .err = err },
		.types = rt_names_new(),
		.instances = rt_names_new(),
		.out = RT_ARENA_NEW(arena, struct rt_snapshot),
	};
	enum rt_status status;

	if (!(status = decode_head(&r, &doc)) &&
	    !(status = decode_config(&r, &doc)) &&
	    !(status = decode_nodes(&r, &doc)) &&
	    !(status = rt_decode_demand(&r.c, &doc, &r.out->demand)) &&
	    !(status = decode_state(&r, &doc))) {
		r.out->names = rt_names_table(names);
		*out = r.out;
	}
	rt_names_free(&r.types);
	rt_names_free(&r.instances);
	return status;
}
