/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_bin.c - what is there and what is to come, as bins.  Pending nodes have
 * the form of their group, running ones what Ray reports.  Bins that do not run
 * yet are hashed by all that a packing can see of them, so that equal ones are
 * known by number.
 */
#include "core/sched/pack_bin.h"

#include "core/model/plan.h"
#include "core/model/res.h"

struct rt_twin {
	uint64_t hash;
	const struct rt_bin *bin; /* NULL: a free slot */
	enum rt_source source;
	uint32_t number;
};

void rt_bins_add(struct rt_pack *p, struct rt_bins *bins, struct rt_bin *bin)
{
	RT_ARENA_GROW(p->arena, bins->at, bins->len, bins->cap);
	bins->at[bins->len++] = bin;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static uint64_t mix_res(uint64_t hash, struct rt_res res)
{
	for (uint32_t i = 0; i < res.len; i++)
		hash = mix(mix(hash, res.at[i].name),
			   (uint64_t)res.at[i].units);
	return mix(hash, res.len);
}

static uint64_t hash_of(const struct rt_bin *bin, enum rt_source source)
{
	uint64_t hash = mix(bin->group, bin->is_head);

	hash = mix_res(hash, bin->total);
	hash = mix_res(hash, bin->available[source]);
	for (uint32_t i = 0; i < bin->labels.len; i++)
		hash = mix(mix(hash, bin->labels.at[i].key),
			   bin->labels.at[i].value);
	return hash;
}

static bool same_res(struct rt_res a, struct rt_res b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
		if (a.at[i].name != b.at[i].name ||
		    a.at[i].units != b.at[i].units)
			return false;
	return true;
}

static bool same_labels(struct rt_labels a, struct rt_labels b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
		if (a.at[i].key != b.at[i].key ||
		    a.at[i].value != b.at[i].value)
			return false;
	return true;
}

static bool same(const struct rt_twin *twin, const struct rt_bin *bin,
		 enum rt_source source)
{
	const struct rt_bin *old = twin->bin;

	return old->group == bin->group && old->is_head == bin->is_head &&
	       same_res(old->total, bin->total) &&
	       same_res(old->available[twin->source], bin->available[source]) &&
	       same_labels(old->labels, bin->labels);
}

static struct rt_twin *slot_of(const struct rt_twins *twins, uint64_t hash,
			       const struct rt_bin *bin, enum rt_source source)
{
	uint32_t i = (uint32_t)hash & (twins->cap - 1);

	while (twins->at[i].bin &&
	       (twins->at[i].hash != hash || !same(&twins->at[i], bin, source)))
		i = (i + 1) & (twins->cap - 1);
	return &twins->at[i];
}

static void grow(struct rt_pack *p, struct rt_twins *twins)
{
	struct rt_twins old = *twins;

	twins->cap = old.cap ? old.cap * 2 : 64;
	twins->at = RT_ARENA_ARRAY(p->arena, struct rt_twin, twins->cap);
	for (uint32_t i = 0; i < old.cap; i++) {
		const struct rt_twin *twin = &old.at[i];
		if (twin->bin)
			*slot_of(twins, twin->hash, twin->bin, twin->source) =
				*twin;
	}
}

static uint32_t number_of(struct rt_pack *p, const struct rt_bin *bin,
			  enum rt_source source)
{
	struct rt_twins *twins = &p->twins;
	uint64_t hash = hash_of(bin, source);

	if (twins->len * 2 >= twins->cap)
		grow(p, twins);
	struct rt_twin *slot = slot_of(twins, hash, bin, source);
	if (!slot->bin)
		*slot = (struct rt_twin){ hash, bin, source, twins->len++ };
	return slot->number;
}

void rt_bin_set_twins(struct rt_pack *p, struct rt_bin *bin)
{
	for (enum rt_source s = 0; s < RT_SOURCES; s++)
		bin->twin[s] = bin->status == RT_NODE_RAY_RUNNING
				       ? RT_NO_TWIN
				       : number_of(p, bin, s);
}

/* A node in the form of its group, with nothing on it. */
static struct rt_bin *bin_of_group(struct rt_pack *p, uint32_t group)
{
	const struct rt_group *g = &p->snapshot->groups[group];
	struct rt_bin *bin = RT_ARENA_NEW(p->arena, struct rt_bin);

	*bin = (struct rt_bin){
		.node = RT_NO_NODE,
		.group = group,
		.total = g->res,
		.labels = g->labels,
		.available = { g->res, g->res },
	};
	return bin;
}

struct rt_bin *rt_bin_fresh(struct rt_pack *p, uint32_t group,
			    struct rt_why why)
{
	struct rt_bin *bin = bin_of_group(p, group);

	bin->fate = RT_FATE_LAUNCH;
	bin->why = why;
	rt_bin_set_twins(p, bin);
	return bin;
}

/* The raylet that Ray reports is newer than the one that was recorded. */
static const struct rt_resize *resize_of(struct rt_pack *p,
					 const struct rt_node *node)
{
	if (!node->resize || !node->ray_node_id[0])
		return node->resize;
	struct rt_resize *resize =
		rt_arena_dup(p->arena, node->resize, sizeof *resize);
	resize->raylet_id = node->ray_node_id;
	return resize;
}

static void take_in_running(struct rt_pack *p, uint32_t index)
{
	const struct rt_node *node = &p->snapshot->nodes[index];
	struct rt_bin *bin = RT_ARENA_NEW(p->arena, struct rt_bin);

	*bin = (struct rt_bin){
		.node = index,
		.group = node->group,
		.is_head = node->is_head,
		.has_ray = node->ray_node_id[0] != '\0',
		.status = node->status,
		.idle_ms = node->idle_ms,
		.total = node->total,
		.labels = node->labels,
		.available = { node->available, node->total },
		.resize = resize_of(p, node),
	};
	rt_bin_set_twins(p, bin);
	rt_bins_add(p, &p->bins, bin);
}

static void take_in_pending(struct rt_pack *p, uint32_t index)
{
	const struct rt_node *node = &p->snapshot->nodes[index];
	struct rt_bin *bin = bin_of_group(p, node->group);

	bin->node = index;
	bin->is_head = node->is_head;
	bin->status = node->status;
	bin->resize = node->resize;
	rt_bin_set_twins(p, bin);
	rt_bins_add(p, &p->bins, bin);
}

/* More available than there is: Ray gives the whole round up when it looks at
 * such a node.  Here it is used as reported and scores as unused. */
static bool is_overfull(const struct rt_node *node)
{
	for (uint32_t i = 0; i < node->total.len; i++)
		if (rt_res_get(node->available, node->total.at[i].name) >
		    node->total.at[i].units)
			return true;
	return false;
}

void rt_bins_take_in(struct rt_pack *p)
{
	for (uint32_t i = 0; i < p->snapshot->nodes_len; i++) {
		const struct rt_node *node = &p->snapshot->nodes[i];
		bool runs = node->status == RT_NODE_RAY_RUNNING;

		if (node->status < RT_NODE_QUEUED ||
		    node->status > RT_NODE_RAY_STOP_REQUESTED)
			continue;
		if (runs && !node->known)
			continue;
		if (node->group == RT_NO_GROUP) {
			/* Ray gives up on a running one. */
			if (runs)
				rt_plan_note(p->plan, RT_NO_GROUP, i, 1,
					     RT_WHY(NO_GROUP));
			continue;
		}
		if (!runs) {
			take_in_pending(p, i);
			continue;
		}
		if (is_overfull(node))
			rt_plan_note(p->plan, node->group, i, 1,
				     RT_WHY(OVERFULL));
		take_in_running(p, i);
	}
}
