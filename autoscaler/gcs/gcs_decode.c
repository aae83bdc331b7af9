/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_decode.c - one function per message.  What comes out of hash maps is
 * sorted by a text that spells it out.  The work is bounded by the size of the
 * message; whether there was too much of something is looked at in the end.
 */
#include "autoscaler/gcs/gcs_decode.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/model/codec_snapshot.h"
#include "core/model/res.h"
#include "core/model/same.h"

#define AMOUNTS_MAX 4096 /* resources or labels of one node or request */
#define SPELLED_MAX                                                            \
	(1u << 20) /* bytes; what is cut only misses in the order              \
		    */

struct decoder {
	struct rt_arena *arena;
	struct rt_names *names;
	size_t requests;    /* so far */
	bool over;          /* something has more than AMOUNTS_MAX */
	struct rt_buf text; /* being spelled */
};

/* ---- order --------------------------------------------------------- */

struct spelled {
	const char *text;
	uint32_t index;
};

static int by_text(const void *a, const void *b)
{
	const struct spelled *x = a, *y = b;
	int order = strcmp(x->text, y->text);
	return order ? order : x->index < y->index ? -1 : 1;
}

/* The elements of `array` in the order of their texts. */
static void *sorted(struct decoder *d, const void *array, size_t size,
		    struct spelled *spelled, uint32_t len)
{
	char *out = rt_arena_alloc(d->arena, size * len);
	qsort(spelled, len, sizeof *spelled, by_text);
	for (uint32_t i = 0; i < len; i++)
		memcpy(out + i * size,
		       (const char *)array + spelled[i].index * size, size);
	return out;
}

/* What was spelled since the last time. */
static const char *take_text(struct decoder *d)
{
	const char *text =
		d->text.len ? rt_arena_strdup(d->arena, d->text.data) : "";
	rt_buf_clear(&d->text);
	return text;
}

static void spell(struct decoder *d, const char *before, uint32_t name)
{
	rt_buf_addf(&d->text, "%s%s", before, rt_name_text(d->names, name));
}

static void spell_rule(struct decoder *d, const struct rt_label_rule *r)
{
	spell(d, r->op == RT_LABEL_IN ? "; in " : "; not in ", r->key);
	for (uint32_t i = 0; i < r->len; i++)
		spell(d, " ", r->values[i]);
}

static void spell_request(struct decoder *d, const struct rt_request *r)
{
	for (uint32_t i = 0; i < r->res.len; i++) {
		spell(d, " ", r->res.at[i].name);
		rt_buf_addf(&d->text, "=%lld", (long long)r->res.at[i].units);
	}
	for (uint32_t i = 0; i < r->selectors_len; i++) {
		rt_buf_addf(&d->text, "; or");
		for (uint32_t j = 0; j < r->selectors[i].len; j++)
			spell_rule(d, &r->selectors[i].rules[j]);
	}
	for (uint32_t i = 0; i < r->placements_len; i++)
		spell(d, "; by", r->placements[i].label);
}

static int by_string(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- resources and labels ------------------------------------------ */

static size_t at_most(struct decoder *d, size_t len)
{
	d->over = d->over || len > AMOUNTS_MAX;
	return len < AMOUNTS_MAX ? len : AMOUNTS_MAX;
}

static struct rt_res decode_res(struct decoder *d, size_t n,
				Gcs__Amount *const *in)
{
	struct rt_res_builder b = { .arena = d->arena, .names = d->names };
	size_t len = at_most(d, n);
	for (size_t i = 0; i < len; i++)
		rt_res_add(&b, in[i]->name, rt_units(in[i]->amount));
	return rt_res_build(&b);
}

static void add_labels(struct decoder *d, struct rt_labels_builder *b, size_t n,
		       Gcs__Label *const *in)
{
	size_t len = at_most(d, n);
	for (size_t i = 0; i < len; i++)
		rt_labels_add(b, in[i]->key, in[i]->value);
}

/* An operator that we do not know holds nowhere: IN without values. */
static struct rt_label_rule decode_rule(struct decoder *d,
					const Gcs__LabelSelectorConstraint *in)
{
	bool not_in =
		in->operator_ == GCS__LABEL_OPERATOR__LABEL_OPERATOR_NOT_IN;
	bool is_in = in->operator_ == GCS__LABEL_OPERATOR__LABEL_OPERATOR_IN;
	size_t len = is_in || not_in ? in->n_label_values : 0;
	uint32_t *values = RT_ARENA_ARRAY(d->arena, uint32_t, len);
	if (len)
		qsort(in->label_values, len, sizeof *in->label_values,
		      by_string);
	for (size_t i = 0; i < len; i++)
		values[i] = rt_name_intern(d->names, in->label_values[i]);
	return (struct rt_label_rule){
		.key = rt_name_intern(d->names, in->label_key),
		.op = not_in ? RT_LABEL_NOT_IN : RT_LABEL_IN,
		.len = (uint32_t)len,
		.values = values,
	};
}

static struct rt_selector decode_selector(struct decoder *d,
					  const Gcs__LabelSelector *in)
{
	uint32_t len = (uint32_t)in->n_label_constraints;
	struct rt_label_rule *rules =
		RT_ARENA_ARRAY(d->arena, struct rt_label_rule, len);
	struct spelled *spelled = RT_ARENA_ARRAY(d->arena, struct spelled, len);
	for (uint32_t i = 0; i < len; i++) {
		rules[i] = decode_rule(d, in->label_constraints[i]);
		spell_rule(d, &rules[i]);
		spelled[i] = (struct spelled){ take_text(d), i };
	}
	return (struct rt_selector){
		.len = len,
		.rules = sorted(d, rules, sizeof *rules, spelled, len),
	};
}

/* ---- requests ------------------------------------------------------ */

static const struct rt_selector *
decode_selectors(struct decoder *d, const Gcs__ResourceRequest *in)
{
	struct rt_selector *list = RT_ARENA_ARRAY(d->arena, struct rt_selector,
						  in->n_label_selectors);
	for (size_t i = 0; i < in->n_label_selectors; i++)
		list[i] = decode_selector(d, in->label_selectors[i]);
	return list;
}

/* Ray sets at most one, of one kind. */
static const struct rt_placement *
decode_placement(struct decoder *d, const Gcs__ResourceRequest *in)
{
	if (in->n_placement_constraints == 0)
		return NULL;
	const Gcs__PlacementConstraint *first = in->placement_constraints[0];
	const Gcs__AffinityConstraint *label =
		first->anti_affinity ? first->anti_affinity : first->affinity;
	if (!label)
		return NULL;
	struct rt_placement *one = RT_ARENA_NEW(d->arena, struct rt_placement);
	one->kind = first->anti_affinity ? RT_ANTI_AFFINITY : RT_AFFINITY;
	one->label = rt_name_intern(d->names, label->label_name);
	one->value = rt_name_intern(d->names, label->label_value);
	return one;
}

static struct rt_request
decode_request(struct decoder *d, const Gcs__ResourceRequest *in, int64_t count)
{
	const struct rt_placement *placement = decode_placement(d, in);
	d->requests++;
	return (struct rt_request){
		.count = count < RT_COUNT_MAX ? count : RT_COUNT_MAX,
		.res = decode_res(d, in->n_resources_bundle,
				  in->resources_bundle),
		.selectors_len = (uint32_t)in->n_label_selectors,
		.selectors = decode_selectors(d, in),
		.placements_len = placement ? 1 : 0,
		.placements = placement,
	};
}

static const struct rt_request *
decode_counted(struct decoder *d, size_t n,
	       Gcs__ResourceRequestByCount *const *in, uint32_t *len)
{
	struct rt_request *list =
		RT_ARENA_ARRAY(d->arena, struct rt_request, n);
	struct spelled *spelled = RT_ARENA_ARRAY(d->arena, struct spelled, n);
	*len = 0;
	for (size_t i = 0; i < n; i++) {
		if (!in[i]->request || in[i]->count <= 0)
			continue;
		list[*len] = decode_request(d, in[i]->request, in[i]->count);
		spell_request(d, &list[*len]);
		spelled[*len] = (struct spelled){ take_text(d), *len };
		(*len)++;
	}
	return sorted(d, list, sizeof *list, spelled, *len);
}

/* The bundles keep their order: it is the placement group's own.  Equal
 * neighbours, as most are, become one with a count. */
static struct rt_gang decode_gang(struct decoder *d,
				  const Gcs__GangResourceRequest *in)
{
	const Gcs__BundleSelector *first =
		in->n_bundle_selectors ? in->bundle_selectors[0] : NULL;
	size_t len = first ? first->n_resource_requests : in->n_requests;
	Gcs__ResourceRequest *const *requests =
		first ? first->resource_requests : in->requests;
	struct rt_request *bundles =
		RT_ARENA_ARRAY(d->arena, struct rt_request, len);
	struct rt_gang gang = {
		.details = rt_arena_strdup(d->arena, in->details),
		.bundles = bundles,
	};
	for (size_t i = 0; i < len; i++) {
		struct rt_request one = decode_request(d, requests[i], 1);
		struct rt_request *last =
			gang.len ? &bundles[gang.len - 1] : NULL;
		if (last && rt_same_res(last->res, one.res) &&
		    rt_same_terms(last, &one))
			last->count++;
		else
			bundles[gang.len++] = one;
	}
	return gang;
}

/* Sorted by `details`, which begins with the placement group's id. */
static const struct rt_gang *decode_gangs(struct decoder *d, uint32_t len,
					  Gcs__GangResourceRequest *const *in)
{
	struct rt_gang *gangs = RT_ARENA_ARRAY(d->arena, struct rt_gang, len);
	struct spelled *spelled = RT_ARENA_ARRAY(d->arena, struct spelled, len);
	for (uint32_t i = 0; i < len; i++) {
		gangs[i] = decode_gang(d, in[i]);
		spelled[i] = (struct spelled){ gangs[i].details, i };
	}
	return sorted(d, gangs, sizeof *gangs, spelled, len);
}

/* Ray sends at most one; an empty one asks for nothing. */
static const struct rt_constraint *
decode_constraints(struct decoder *d, size_t n,
		   Gcs__ClusterResourceConstraint *const *in, uint32_t *len)
{
	struct rt_constraint *list =
		RT_ARENA_ARRAY(d->arena, struct rt_constraint, n);
	*len = 0;
	for (size_t i = 0; i < n; i++) {
		struct rt_constraint *one = &list[*len];
		one->requests =
			decode_counted(d, in[i]->n_resource_requests,
				       in[i]->resource_requests, &one->len);
		*len += one->len > 0;
	}
	return list;
}

static struct rt_demand decode_demand(struct decoder *d,
				      const Gcs__ClusterResourceState *in)
{
	struct rt_demand out = {
		.gangs_len = (uint32_t)in->n_pending_gang_resource_requests,
	};
	out.tasks =
		decode_counted(d, in->n_pending_resource_requests,
			       in->pending_resource_requests, &out.tasks_len);
	out.gangs = decode_gangs(d, out.gangs_len,
				 in->pending_gang_resource_requests);
	out.constraints = decode_constraints(
		d, in->n_cluster_resource_constraints,
		in->cluster_resource_constraints, &out.constraints_len);
	return out;
}

/* ---- nodes --------------------------------------------------------- */

static const char *hex(struct decoder *d, ProtobufCBinaryData id)
{
	static const char digits[] = "0123456789abcdef";
	char *text = rt_arena_alloc(d->arena, id.len * 2 + 1);
	for (size_t i = 0; i < id.len; i++) {
		text[2 * i] = digits[id.data[i] >> 4];
		text[2 * i + 1] = digits[id.data[i] & 15];
	}
	return text;
}

static enum rt_ray_status decode_status(Gcs__NodeStatus status)
{
	switch ((int)status) {
	case GCS__NODE_STATUS__NODE_RUNNING:
		return RT_RAY_RUNNING;
	case GCS__NODE_STATUS__NODE_DEAD:
		return RT_RAY_DEAD;
	case GCS__NODE_STATUS__NODE_IDLE:
		return RT_RAY_IDLE;
	case GCS__NODE_STATUS__NODE_DRAINING:
		return RT_RAY_DRAINING;
	default: /* of a Ray to come */
		return RT_RAY_UNKNOWN;
	}
}

static struct rt_ray_node decode_node(struct decoder *d,
				      const Gcs__NodeState *in)
{
	struct rt_labels_builder labels = { .arena = d->arena,
					    .names = d->names };
	add_labels(d, &labels, in->n_labels, in->labels);
	add_labels(d, &labels, in->n_dynamic_labels, in->dynamic_labels);
	return (struct rt_ray_node){
		.ray_node_id = hex(d, in->node_id),
		.instance_id = rt_arena_strdup(d->arena, in->instance_id),
		.group = rt_arena_strdup(d->arena, in->ray_node_type_name),
		.status = decode_status(in->status),
		.total = decode_res(d, in->n_total_resources,
				    in->total_resources),
		.available = decode_res(d, in->n_available_resources,
					in->available_resources),
		.labels = rt_labels_build(&labels),
		.idle_ms = in->idle_duration_ms > 0 ? in->idle_duration_ms : 0,
	};
}

/* In their order from the start: who goes through them goes through memory. */
static const struct rt_ray_node *decode_nodes(struct decoder *d, uint32_t len,
					      Gcs__NodeState *const *in)
{
	struct rt_ray_node *nodes =
		RT_ARENA_ARRAY(d->arena, struct rt_ray_node, len);
	struct spelled *spelled = RT_ARENA_ARRAY(d->arena, struct spelled, len);
	for (uint32_t i = 0; i < len; i++) {
		enum rt_ray_status status = decode_status(in[i]->status);
		rt_buf_addf(&d->text, "%s %s %s", in[i]->instance_id,
			    status == RT_RAY_DEAD ? "dead" : "living",
			    hex(d, in[i]->node_id));
		spelled[i] = (struct spelled){ take_text(d), i };
	}
	Gcs__NodeState *const *order = sorted(d, in, sizeof *in, spelled, len);
	for (uint32_t i = 0; i < len; i++)
		nodes[i] = decode_node(d, order[i]);
	return nodes;
}

static bool is_head(const Gcs__NodeState *node)
{
	for (size_t i = 0; i < node->n_total_resources; i++)
		if (strcmp(node->total_resources[i]->name,
			   "node:__internal_head__") == 0)
			return true;
	return false;
}

/* A dead node has no resources, so it is no head. */
static const char *find_head_address(const Gcs__ClusterResourceState *in)
{
	for (size_t i = 0; i < in->n_node_states; i++)
		if (is_head(in->node_states[i]))
			return in->node_states[i]->node_ip_address;
	return "";
}

enum rt_status gcs_decode(const Gcs__ClusterResourceState *in,
			  struct rt_names *names, struct rt_arena *arena,
			  struct gcs_state *out, struct rt_error *err)
{
	struct decoder d = { .arena = arena,
			     .names = names,
			     .text = RT_BUF(SPELLED_MAX) };
	out->version = in->cluster_resource_state_version;
	out->session = rt_arena_strdup(arena, in->cluster_session_name);
	out->head_address = rt_arena_strdup(arena, find_head_address(in));
	out->nodes_len = (uint32_t)in->n_node_states;
	out->nodes = decode_nodes(&d, out->nodes_len, in->node_states);
	out->demand = decode_demand(&d, in);
	rt_buf_free(&d.text);
	if (out->nodes_len > RT_NODES_MAX || d.requests > RT_REQUESTS_MAX)
		return rt_fail(err, RT_ELIMIT,
			       "the GCS reports %u nodes and %zu requests; at "
			       "most %d and %d are taken",
			       out->nodes_len, d.requests, RT_NODES_MAX,
			       RT_REQUESTS_MAX);
	if (d.over)
		return rt_fail(err, RT_ELIMIT,
			       "the GCS reports a node or request with more "
			       "than %d resources or labels",
			       AMOUNTS_MAX);
	return RT_OK;
}
