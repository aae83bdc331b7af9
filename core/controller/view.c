/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.c - pending nodes have the form of their group, running ones what the
 * GCS says of them.
 */
#include "core/controller/view.h"

#include <string.h>

#include "core/base/mem.h"

static struct rt_node view_node(const struct rt_instance *instance)
{
	const struct rt_ray_node *ray = instance->ray;
	struct rt_node node = {
		.instance_id = instance->id,
		.pod = instance->pod,
		.type = instance->group,
		.group = instance->group_index,
		.is_head = instance->is_head,
		.status = instance->status,
		.ray_node_id =
			instance->ray_node_id ? instance->ray_node_id : "",
	};

	if (ray) {
		node.ray_status = ray->status;
		node.known = true;
		node.total = ray->total;
		node.available = ray->available;
		node.labels = ray->labels;
		node.idle_ms = ray->idle_ms;
	}
	return node;
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

struct rt_snapshot *
rt_snapshot_build(const struct rt_instances *table,
		  const struct rt_observation *obs,
		  const struct rt_carried *carried,
		  const struct rt_controller_settings *settings,
		  struct rt_names *names, struct rt_arena *arena)
{
	const struct rt_raycluster *cluster = &obs->cluster;
	struct rt_snapshot *snapshot = RT_ARENA_NEW(arena, struct rt_snapshot);
	struct rt_node *nodes =
		RT_ARENA_ARRAY(arena, struct rt_node, table->len);

	for (uint32_t i = 0; i < table->len; i++)
		nodes[i] = view_node(table->at[i]);
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
