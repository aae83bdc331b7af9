/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances_sync.c - mirrors the world: which pods are there, which Ray nodes
 * run on them, which pods the RayCluster's replicas still promise, and what
 * has taken too long.
 */
#include <string.h>

#include "core/base/map.h"
#include "core/base/mem.h"
#include "core/controller/idle.h"
#include "core/controller/life.h"
#include "core/controller/resize.h"

/* What one sync works on. */
struct sync {
	struct rt_instances *table;
	const struct rt_observation *obs;
	struct rt_arena *arena;
	struct rt_map pods; /* by name, those that scaling counts */
	uint32_t next_pod;  /* behind the one that was found last */
	struct pod_mark {
		bool known; /* an instance has it */
		bool named; /* in workersToDelete of its group */
		const struct rt_ray_node *ray; /* NULL: none came yet */
	} * marks;                             /* for each pod */
	uint32_t *from; /* for each group: no request stands before it */
};

static struct pod_mark *mark_of(const struct sync *s, const struct rt_pod *pod)
{
	return &s->marks[pod - s->obs->pods];
}

static void map_pods(struct sync *s)
{
	const struct rt_observation *obs = s->obs;

	s->pods = rt_map_new(s->arena, obs->pods_len);
	for (uint32_t i = 0; i < obs->pods_len; i++)
		if (!obs->pods[i].deleting)
			rt_map_put(&s->pods, obs->pods[i].name, &obs->pods[i]);
}

/* Pods, instances and Ray nodes tend to be in one order: the map is made when
 * they are not. */
static const struct rt_pod *find_pod(struct sync *s, const char *name)
{
	uint32_t i = s->next_pod;
	const struct rt_pod *pod;

	while (i < s->obs->pods_len && s->obs->pods[i].deleting)
		i++;
	if (i < s->obs->pods_len && strcmp(s->obs->pods[i].name, name) == 0) {
		pod = &s->obs->pods[i];
	} else {
		if (!s->pods.slots)
			map_pods(s);
		pod = rt_map_get(&s->pods, name);
	}
	if (pod)
		s->next_pod = (uint32_t)(pod - s->obs->pods) + 1;
	return pod;
}

static void mark_named(struct sync *s)
{
	const struct rt_observation *obs = s->obs;

	for (uint32_t g = 0; g < obs->cluster.groups_len; g++) {
		const struct rt_group_spec *spec = &obs->cluster.specs[g];
		for (uint32_t i = 0; i < spec->to_delete_len; i++) {
			const struct rt_pod *pod =
				find_pod(s, spec->to_delete[i]);
			if (pod && strcmp(pod->group,
					  obs->cluster.groups[g].name) == 0)
				mark_of(s, pod)->named = true;
		}
	}
}

/* A pod whose container restarted has a dead Ray node too: the living one
 * counts. */
static void mark_rays(struct sync *s)
{
	s->next_pod = 0;
	for (uint32_t i = 0; i < s->obs->ray_nodes_len; i++) {
		const struct rt_ray_node *ray = &s->obs->ray_nodes[i];
		const struct rt_pod *pod = find_pod(s, ray->instance_id);
		if (pod &&
		    (ray->status != RT_RAY_DEAD || !mark_of(s, pod)->ray))
			mark_of(s, pod)->ray = ray;
	}
}

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

static void look_up(struct sync *s)
{
	s->next_pod = 0;
	for (uint32_t i = 0; i < s->table->len; i++) {
		struct rt_instance *instance = s->table->at[i];
		instance->group_index = find_group(&s->obs->cluster, instance);
		instance->seen = NULL;
		if (instance->pod)
			instance->seen = find_pod(s, instance->pod);
		if (instance->seen)
			mark_of(s, instance->seen)->known = true;
	}
}

/* A pod that goes before Ray came, and not on our behalf, is made anew as long
 * as the replicas promise it: the launch goes on. */
static void lose_pods(struct sync *s)
{
	for (uint32_t i = 0; i < s->table->len; i++) {
		struct rt_instance *instance = s->table->at[i];
		if (instance->is_head || instance->seen ||
		    instance->status != RT_NODE_ALLOCATED)
			continue;
		rt_free(instance->pod);
		rt_free(instance->replica);
		instance->pod = instance->replica = NULL;
		instance->stuck = true;
		rt_instance_move(instance, RT_NODE_REQUESTED, s->obs->now_ms);
	}
}

/* `died` is told when a pod has gone with the Ray that ran on it. */
static bool pod_is_gone(const struct rt_instance *instance, void *died)
{
	bool gone = instance->pod && !instance->seen;

	*(bool *)died |= gone && instance->alive;
	return gone;
}

static struct rt_instance *oldest_requested(struct sync *s, uint32_t g)
{
	if (g == RT_NO_GROUP)
		return NULL;
	for (uint32_t *i = &s->from[g]; *i < s->table->len; ++*i) {
		struct rt_instance *instance = s->table->at[*i];
		if ((instance->status == RT_NODE_REQUESTED ||
		     instance->status == RT_NODE_ALLOCATION_FAILED) &&
		    instance->group_index == g)
			return instance;
	}
	return NULL;
}

/* A new pod answers the oldest request of its group, or is somebody else's
 * doing and adopted. */
static void take_in(struct sync *s, const struct rt_pod *pod)
{
	uint32_t g = rt_raycluster_find(&s->obs->cluster, pod->group);
	struct rt_instance *instance = oldest_requested(s, g);

	if (instance)
		rt_instance_move(instance, RT_NODE_ALLOCATED, s->obs->now_ms);
	else
		instance = rt_instances_add(s->table, pod->group, g,
					    RT_NODE_ALLOCATED, s->obs->now_ms);
	instance->pod = rt_strdup(pod->name);
	instance->replica = rt_strdup(pod->replica);
	instance->is_head = pod->is_head;
	instance->seen = pod;
}

static void match_pods(struct sync *s)
{
	s->from =
		RT_ARENA_ARRAY(s->arena, uint32_t, s->obs->cluster.groups_len);
	for (uint32_t i = 0; i < s->obs->pods_len; i++)
		if (!s->obs->pods[i].deleting && !s->marks[i].known)
			take_in(s, &s->obs->pods[i]);
}

/* A pod that is named in workersToDelete goes, whoever named it. */
static void mirror_pod(const struct sync *s, struct rt_instance *instance)
{
	if (instance->seen->stuck)
		instance->stuck = true;
	instance->named = mark_of(s, instance->seen)->named;
	if (instance->status != RT_NODE_TERMINATING && instance->named)
		rt_instance_move(instance, RT_NODE_TERMINATING, s->obs->now_ms);
}

static void set_ray_node_id(struct rt_instance *instance, const char *id)
{
	if (instance->ray_node_id && strcmp(instance->ray_node_id, id) == 0)
		return;
	rt_free(instance->ray_node_id);
	instance->ray_node_id = rt_strdup(id);
	instance->idle_since_ms = RT_NONE;
}

/* A node that was busy was so in the rounds that were not decided anew, too. */
static void mirror_work(struct rt_instance *instance,
			const struct rt_ray_node *ray, int64_t before_ms,
			int64_t now_ms)
{
	if (instance->busy)
		instance->busy_ms = before_ms;
	instance->busy = ray->idle_ms <= 0;
	if (instance->busy)
		instance->busy_ms = now_ms;
}

static void start_running(struct rt_instance *instance,
			  struct rt_backoff *backoff, int64_t now_ms)
{
	rt_instance_move(instance, RT_NODE_RAY_RUNNING, now_ms);
	instance->stuck = false;
	rt_backoff_clear(backoff, instance->group);
}

static void mirror_ray(struct rt_instance *instance,
		       const struct rt_ray_node *ray,
		       struct rt_backoff *backoff, int64_t now_ms)
{
	bool alive = ray && ray->status != RT_RAY_DEAD;

	instance->ray = alive ? ray : NULL;
	if (!ray)
		return;
	switch (instance->status) {
	case RT_NODE_ALLOCATED: /* a dead one: of before we were started */
	case RT_NODE_ALLOCATION_TIMEOUT:
		if (alive)
			start_running(instance, backoff, now_ms);
		else
			rt_instance_move(instance, RT_NODE_RAY_STOPPED, now_ms);
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
}

static void mirror_idle(struct sync *s)
{
	int64_t now_ms = s->obs->now_ms;
	int64_t restart_ms = rt_idle_restart(s->table, s->obs);

	for (uint32_t i = 0; i < s->table->len; i++) {
		struct rt_instance *instance = s->table->at[i];
		if (!instance->ray)
			continue;
		mirror_work(instance, instance->ray, s->table->seen_ms, now_ms);
		rt_idle_mirror(instance, restart_ms, now_ms);
	}
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
	if (g == RT_NO_GROUP || (instance->status != RT_NODE_REQUESTED &&
				 instance->status != RT_NODE_ALLOCATION_FAILED))
		return true;
	return missing[g]-- <= 0;
}

/*
 * Replicas are a promise of pods: those promised and not yet there are
 * REQUESTED, also when a user or an earlier life of this process asked for
 * them.  What they do not promise is void, and the policy decides anew: the
 * demand may have gone meanwhile, or the launch been carried out although its
 * answer was lost.
 */
static void match_promises(const struct sync *s)
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
		       struct rt_backoff *backoff, struct rt_arena *arena)
{
	struct sync s = { .table = table, .obs = obs, .arena = arena };
	bool died = false;

	s.marks = RT_ARENA_ARRAY(arena, struct pod_mark, obs->pods_len);
	mark_named(&s);
	mark_rays(&s);
	look_up(&s);
	lose_pods(&s);
	rt_instances_drop(table, pod_is_gone, &died);
	match_pods(&s);
	for (uint32_t i = 0; i < table->len; i++) {
		struct rt_instance *instance = table->at[i];
		instance->ray = NULL;
		if (instance->pod) {
			mirror_ray(instance, mark_of(&s, instance->seen)->ray,
				   backoff, obs->now_ms);
			mirror_pod(&s, instance);
		}
		died |= instance->alive && !instance->ray;
		instance->alive = instance->ray;
		rt_life_time_out(instance, settings, backoff, obs->now_ms);
		instance->resizable = rt_resizable_find(table, instance, obs,
							settings, arena);
	}
	if (died)
		rt_idle_died(table, obs->now_ms);
	mirror_idle(&s);
	match_promises(&s);
}
