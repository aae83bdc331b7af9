/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.c - pending nodes have the form of their group, running ones what the
 * GCS says of them.
 */
#include "core/controller/view.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/controller/idle.h"
#include "core/controller/replicas.h"
#include "core/controller/resize.h"

/* Ray ran on it for a head that was replaced, and the new head's GCS does not
 * know it: that Ray ends itself when it has waited long enough for the old one.
 * Until then it is no node, and not about to become one. */
static bool is_abandoned(const struct rt_instance *instance)
{
	return instance->status == RT_NODE_ALLOCATED && instance->seen &&
	       instance->seen->orphan;
}

static struct rt_node view_node(const struct rt_instance *instance)
{
	const struct rt_ray_node *ray = instance->ray;
	struct rt_node node = {
		.instance_id = instance->id,
		.pod = instance->pod,
		.type = instance->group,
		.group = instance->group_index,
		.is_head = instance->is_head,
		.status = is_abandoned(instance) ? RT_NODE_RAY_STOPPING
						 : instance->status,
		.ray_node_id =
			instance->ray_node_id ? instance->ray_node_id : "",
	};

	if (ray) {
		node.ray_status = ray->status;
		node.known = true;
		node.total = ray->total;
		node.available = ray->available;
		node.labels = ray->labels;
		node.idle_ms = rt_idle_ms(instance);
	}
	if (instance->resizable)
		node.resize = &instance->resizable->resize;
	return node;
}

static int64_t least_idle(const struct rt_node *nodes,
			  const struct rt_replica *replica)
{
	int64_t least_ms = INT64_MAX;

	for (uint32_t k = 0; k < replica->len; k++) {
		const struct rt_node *node = &nodes[replica->at[k]];
		if (node->known && node->idle_ms < least_ms)
			least_ms = node->idle_ms;
	}
	return least_ms;
}

/* A replica of several hosts is as idle as the busiest of them, so that its
 * hosts go one after the other. */
static void even_out(const struct rt_instances *table,
		     const struct rt_raycluster *cluster, struct rt_node *nodes,
		     struct rt_arena *arena)
{
	struct rt_replicas replicas = rt_replicas_find(table, cluster, arena);

	for (uint32_t i = 0; i < replicas.len; i++) {
		const struct rt_replica *replica = &replicas.at[i];
		int64_t idle_ms = least_idle(nodes, replica);
		for (uint32_t k = 0; k < replica->len; k++)
			if (nodes[replica->at[k]].known)
				nodes[replica->at[k]].idle_ms = idle_ms;
	}
}

static int64_t count_group(const struct rt_snapshot *s, uint32_t group)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < s->nodes_len; i++)
		n += s->nodes[i].group == group &&
		     s->nodes[i].status <= RT_NODE_RAY_STOP_REQUESTED;
	return n;
}

/* Groups whose launches fail have worse scores, and stay as they are while they
 * back off. */
static void hold_back(struct rt_snapshot *s, struct rt_group *groups,
		      const struct rt_backoff *backoff,
		      const struct rt_controller_settings *settings)
{
	for (uint32_t g = 0; backoff->len && g < s->groups_len; g++) {
		const struct rt_failing *failing =
			rt_backoff_find(backoff, groups[g].name);
		if (!failing)
			continue;
		groups[g].availability = 0;
		groups[g].recoverable_availability =
			rt_failing_recovered(failing, settings, s->now_ms);
		int64_t until_ms = rt_failing_until(failing, settings);
		int64_t have = count_group(s, g);
		if (until_ms <= s->now_ms || have >= groups[g].max_nodes)
			continue;
		groups[g].backoff_until_ms = until_ms;
		groups[g].max_nodes =
			have > groups[g].min_nodes ? have : groups[g].min_nodes;
	}
}

/* Nor are pods made larger where that fails: there are other ways. */
static void hold_sizes(struct rt_snapshot *s, struct rt_group *groups,
		       const struct rt_backoff *resizes,
		       const struct rt_controller_settings *settings)
{
	for (uint32_t g = 0; resizes->len && g < s->groups_len; g++)
		if (rt_resizes_held(resizes, groups[g].name, settings,
				    s->now_ms))
			groups[g].resize = NULL;
}

static const struct rt_times *view_carried(const struct rt_carried *carried,
					   const struct rt_raycluster *cluster,
					   struct rt_arena *arena)
{
	struct rt_times *times =
		RT_ARENA_ARRAY(arena, struct rt_times, cluster->groups_len);

	for (uint32_t i = 0; i < carried->len; i++) {
		uint32_t g = rt_raycluster_find(cluster, carried->at[i].group);
		if (g != RT_NO_GROUP)
			times[g] = carried->at[i].times;
	}
	return times;
}

struct rt_snapshot *rt_snapshot_build(
	const struct rt_instances *table, const struct rt_observation *obs,
	const struct rt_carried *carried, const struct rt_backoff *backoff,
	const struct rt_controller_settings *settings, struct rt_names *names,
	struct rt_arena *arena)
{
	const struct rt_raycluster *cluster = &obs->cluster;
	struct rt_snapshot *snapshot = RT_ARENA_NEW(arena, struct rt_snapshot);
	struct rt_node *nodes =
		RT_ARENA_ARRAY(arena, struct rt_node, table->len);

	for (uint32_t i = 0; i < table->len; i++)
		nodes[i] = view_node(table->at[i]);
	even_out(table, cluster, nodes, arena);
	*snapshot = (struct rt_snapshot){
		.now_ms = obs->now_ms,
		.names = rt_names_table(names),
		.max_workers = cluster->max_workers,
		.idle_timeout_ms = cluster->idle_timeout_ms,
		.pending_idle_timeout_ms =
			settings->pending_idle_timeout_s < 0
				? RT_NONE
				: (int64_t)(settings->pending_idle_timeout_s *
					    1000),
		.conserve_gpu = settings->conserve_gpu,
		.groups_len = cluster->groups_len,
		.groups = cluster->groups,
		.nodes_len = table->len,
		.nodes = nodes,
		.demand = obs->demand,
		.unneeded = view_carried(carried, cluster, arena),
	};
	if (snapshot->groups_len && (backoff->len || table->resizes.len)) {
		struct rt_group *groups =
			rt_arena_dup(arena, cluster->groups,
				     cluster->groups_len * sizeof *groups);
		snapshot->groups = groups;
		hold_back(snapshot, groups, backoff, settings);
		hold_sizes(snapshot, groups, &table->resizes, settings);
	}
	return snapshot;
}

void rt_carried_free(struct rt_carried *carried)
{
	for (uint32_t i = 0; i < carried->len; i++) {
		rt_free(carried->at[i].group);
		rt_free((void *)(uintptr_t)carried->at[i].times.at);
	}
	rt_free(carried->at);
	*carried = (struct rt_carried){ 0 };
}

void rt_carried_keep(struct rt_carried *carried,
		     const struct rt_decision *decision)
{
	const struct rt_snapshot *s = decision->snapshot;

	rt_carried_free(carried);
	if (s->groups_len)
		carried->at = rt_calloc(s->groups_len, sizeof *carried->at);
	for (uint32_t g = 0; g < s->groups_len; g++) {
		struct rt_times times = decision->unneeded[g];
		if (times.len == 0)
			continue;
		size_t size = times.len * sizeof *times.at;
		int64_t *copy = rt_calloc(1, size);
		memcpy(copy, times.at, size);
		carried->at[carried->len].group = rt_strdup(s->groups[g].name);
		carried->at[carried->len].times =
			(struct rt_times){ times.len, copy };
		carried->len++;
	}
}
