/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances_sync.c - mirrors the world: which pods are there, which Ray nodes
 * run on them, which pods the RayCluster's replicas still promise, and what
 * has taken too long.
 */
#include <string.h>

#include "core/base/map.h"
#include "core/base/mem.h"
#include "core/controller/instances.h"

/* What one sync works on. */
struct sync {
	struct rt_instances *table;
	const struct rt_observation *obs;
	struct rt_arena *arena;
	struct rt_map by_pod; /* the instances */
	uint32_t *from; /* for each group: no instance before it is REQUESTED */
};

/* Groups seldom move. */
static uint32_t find_group(const struct rt_raycluster *cluster,
			   const struct rt_instance *instance)
{
	uint32_t g = instance->group_index;

	if (g < cluster->groups_len &&
	    strcmp(cluster->groups[g].name, instance->group) == 0)
		return g;
	return rt_raycluster_find(cluster, instance->group);
}

static void begin(struct sync *s)
{
	const struct rt_raycluster *cluster = &s->obs->cluster;

	s->from = RT_ARENA_ARRAY(s->arena, uint32_t, cluster->groups_len);
	s->by_pod = rt_map_new(s->arena, s->table->len + s->obs->pods_len);
	for (uint32_t i = 0; i < s->table->len; i++) {
		struct rt_instance *instance = s->table->at[i];
		instance->group_index = find_group(cluster, instance);
		instance->seen = false;
		instance->ray = NULL;
		if (instance->pod)
			rt_map_put(&s->by_pod, instance->pod, instance);
	}
}

static struct rt_instance *oldest_requested(struct sync *s, uint32_t g)
{
	if (g == RT_NO_GROUP)
		return NULL;
	for (uint32_t *i = &s->from[g]; *i < s->table->len; ++*i)
		if (s->table->at[*i]->status == RT_NODE_REQUESTED &&
		    s->table->at[*i]->group_index == g)
			return s->table->at[*i];
	return NULL;
}

/* A new pod answers the oldest request of its group, or is somebody else's
 * doing and adopted. */
static struct rt_instance *take_in(struct sync *s, const struct rt_pod *pod)
{
	uint32_t g = rt_raycluster_find(&s->obs->cluster, pod->group);
	struct rt_instance *instance = oldest_requested(s, g);

	if (instance)
		rt_instance_move(instance, RT_NODE_ALLOCATED, s->obs->now_ms);
	else
		instance = rt_instances_add(s->table, pod->group, g,
					    RT_NODE_ALLOCATED, s->obs->now_ms);
	instance->pod = rt_strdup(pod->name);
	instance->is_head = pod->is_head;
	rt_map_put(&s->by_pod, instance->pod, instance);
	return instance;
}

static void match_pods(struct sync *s)
{
	for (uint32_t i = 0; i < s->obs->pods_len; i++) {
		const struct rt_pod *pod = &s->obs->pods[i];
		if (pod->deleting)
			continue;
		struct rt_instance *instance =
			rt_map_get(&s->by_pod, pod->name);
		if (!instance)
			instance = take_in(s, pod);
		instance->seen = true;
	}
}

static bool is_gone(const struct rt_instance *instance, void *unused)
{
	(void)unused;
	return instance->pod && !instance->seen;
}

/* A pod whose container restarted has a dead Ray node too: the living one
 * counts. */
static void match_ray_nodes(struct sync *s)
{
	for (uint32_t i = 0; i < s->obs->ray_nodes_len; i++) {
		const struct rt_ray_node *ray = &s->obs->ray_nodes[i];
		struct rt_instance *instance =
			rt_map_get(&s->by_pod, ray->instance_id);
		if (instance && (!instance->ray || ray->status != RT_RAY_DEAD))
			instance->ray = ray;
	}
}

static void set_ray_node_id(struct rt_instance *instance, const char *id)
{
	if (instance->ray_node_id && strcmp(instance->ray_node_id, id) == 0)
		return;
	rt_free(instance->ray_node_id);
	instance->ray_node_id = rt_strdup(id);
}

static void mirror_ray(struct rt_instance *instance, int64_t now_ms)
{
	const struct rt_ray_node *ray = instance->ray;

	if (!ray)
		return;
	bool alive = ray->status != RT_RAY_DEAD;
	switch (instance->status) {
	case RT_NODE_ALLOCATED: /* a dead one: of before we were started */
	case RT_NODE_ALLOCATION_TIMEOUT:
		rt_instance_move(instance,
				 alive ? RT_NODE_RAY_RUNNING
				       : RT_NODE_RAY_STOPPED,
				 now_ms);
		break;
	case RT_NODE_RAY_STOPPED:
		if (alive) /* its container restarted */
			rt_instance_move(instance, RT_NODE_RAY_RUNNING, now_ms);
		break;
	case RT_NODE_RAY_STOP_REQUESTED:
		if (ray->status == RT_RAY_DRAINING)
			rt_instance_move(instance, RT_NODE_RAY_STOPPING,
					 now_ms);
		/* fall through */
	case RT_NODE_RAY_RUNNING:
	case RT_NODE_RAY_STOPPING:
		if (!alive)
			rt_instance_move(instance, RT_NODE_RAY_STOPPED, now_ms);
		break;
	default:
		break;
	}
	if (alive)
		set_ray_node_id(instance, ray->ray_node_id);
	else
		instance->ray = NULL;
}

static void time_out(struct rt_instance *instance,
		     const struct rt_controller_settings *settings,
		     int64_t now_ms)
{
	if (now_ms <= rt_instance_due_ms(instance, settings))
		return;
	if (instance->status == RT_NODE_ALLOCATED)
		rt_instance_move(instance, RT_NODE_ALLOCATION_TIMEOUT, now_ms);
	else if (instance->status == RT_NODE_RAY_STOP_REQUESTED)
		rt_instance_move(instance, RT_NODE_RAY_RUNNING, now_ms);
}

/* For each group, how many pods the replicas promise beyond those that are
 * there; below 0 where there are more. */
static int64_t *missing_pods(const struct sync *s)
{
	const struct rt_raycluster *cluster = &s->obs->cluster;
	int64_t *missing =
		RT_ARENA_ARRAY(s->arena, int64_t, cluster->groups_len);

	for (uint32_t g = 0; g < cluster->groups_len; g++) {
		const struct rt_group *group = &cluster->groups[g];
		int64_t max = group->max_nodes < RT_NODES_MAX ? group->max_nodes
							      : RT_NODES_MAX;
		int64_t promised =
			cluster->specs[g].replicas * group->num_of_hosts;
		missing[g] = promised < max ? promised : max;
	}
	for (uint32_t i = 0; i < s->table->len; i++) {
		const struct rt_instance *instance = s->table->at[i];
		if (instance->group_index != RT_NO_GROUP && instance->pod &&
		    instance->status != RT_NODE_TERMINATING)
			missing[instance->group_index]--;
	}
	return missing;
}

/* Of what has no pod: the wishes of the last round, requests that the replicas
 * do not promise (any more), and all of a group that has left the manifest. */
static bool is_void(const struct rt_instance *instance, void *arg)
{
	int64_t *missing = arg;
	uint32_t g = instance->group_index;

	if (instance->pod)
		return false;
	return g == RT_NO_GROUP || instance->status != RT_NODE_REQUESTED ||
	       missing[g]-- <= 0;
}

/*
 * Replicas are a promise of pods: those promised and not yet there are
 * REQUESTED, also when a user or an earlier life of this process asked for
 * them.  What they do not promise is void, and the policy decides anew: the
 * demand may have gone meanwhile, or the launch been carried out although its
 * answer was lost.
 */
static void match_promises(struct sync *s)
{
	const struct rt_raycluster *cluster = &s->obs->cluster;
	int64_t *missing = missing_pods(s);

	rt_instances_drop(s->table, is_void, missing);
	for (uint32_t g = 0; g < cluster->groups_len; g++)
		for (; missing[g] > 0; missing[g]--)
			rt_instances_add(s->table, cluster->groups[g].name, g,
					 RT_NODE_REQUESTED, s->obs->now_ms);
}

void rt_instances_sync(struct rt_instances *table,
		       const struct rt_observation *obs,
		       const struct rt_controller_settings *settings,
		       struct rt_arena *arena)
{
	struct sync s = { .table = table, .obs = obs, .arena = arena };

	begin(&s);
	match_pods(&s);
	match_ray_nodes(&s);
	rt_instances_drop(table, is_gone, NULL);
	for (uint32_t i = 0; i < table->len; i++) {
		mirror_ray(table->at[i], obs->now_ms);
		time_out(table->at[i], settings, obs->now_ms);
	}
	match_promises(&s);
}
