/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turmoil.c - dice, and what they mean.
 */
#include "tests/unit/core/controller/turmoil.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/model/res.h"

#define BEGAN_MS 1700000000000

static const char *const group_names[] = { "headgroup", "a", "b", "c" };
static const int64_t group_gpus[] = { 0, 0, 1, 0 };

/* splitmix64 */
uint32_t turmoil_draw(struct turmoil *t, uint32_t n)
{
	uint64_t z = t->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) % n);
}

static bool chance(struct turmoil *t, uint32_t percent)
{
	return turmoil_draw(t, 100) < percent;
}

/* ---- nodes -------------------------------------------------------------- */

static void name_ray_node(struct turmoil *t, struct turmoil_node *node)
{
	snprintf(node->ray_node_id, sizeof node->ray_node_id, "%056x",
		 ++t->serial);
}

static void add_node(struct turmoil *t, uint32_t group)
{
	struct turmoil_node *node = &t->nodes[t->nodes_len++];

	*node = (struct turmoil_node){
		.group = group,
		.joins_ms = chance(t, 10) ? INT64_MAX
					  : t->now_ms + turmoil_draw(t, 20000),
		.dies_ms = INT64_MAX,
		.gone_ms = INT64_MAX,
		.idle_since_ms = t->now_ms,
	};
	snprintf(node->pod, sizeof node->pod, "raycluster-%s-%05u",
		 group_names[group], ++t->serial);
	turmoil_size_begin(&node->size);
	snprintf(node->replica, sizeof node->replica, "%u", t->serial / 4);
	name_ray_node(t, node);
}

static bool has_joined(const struct turmoil *t, const struct turmoil_node *node)
{
	return node->joins_ms <= t->now_ms;
}

static bool is_dead(const struct turmoil *t, const struct turmoil_node *node)
{
	return node->dies_ms <= t->now_ms;
}

static struct turmoil_node *any_worker(struct turmoil *t)
{
	return t->nodes_len > 1
		       ? &t->nodes[1 + turmoil_draw(t, t->nodes_len - 1)]
		       : NULL;
}

static void drop_gone(struct turmoil *t)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->nodes_len; i++)
		if (t->nodes[i].gone_ms > t->now_ms)
			t->nodes[kept++] = t->nodes[i];
	t->nodes_len = kept;
}

/* The operator makes the pods that are promised, when it comes to it. */
static void make_pods(struct turmoil *t)
{
	for (uint32_t g = 1; g < TURMOIL_GROUPS && !t->lazy; g++) {
		int64_t missing =
			t->specs[g].replicas * t->groups[g].num_of_hosts;
		for (uint32_t i = 0; i < t->nodes_len; i++)
			missing -=
				t->nodes[i].group == g && !t->nodes[i].deleting;
		for (; missing > 0 && t->nodes_len < TURMOIL_NODES; missing--)
			if (chance(t, 30))
				add_node(t, g);
	}
}

/* Raylets tell how long they have been idle at their own pace. */
static void report_idle(struct turmoil *t)
{
	for (uint32_t i = 0; i < t->nodes_len; i++) {
		struct turmoil_node *node = &t->nodes[i];
		int64_t pace = chance(t, 2) ? 5000 : 500;
		int64_t ms = t->now_ms - node->idle_since_ms - pace / 2 +
			     turmoil_draw(t, (uint32_t)pace);
		node->idle_ms = node->busy ? 0 : ms > 0 ? ms : 1;
	}
}

/* ---- what happens ------------------------------------------------------- */

static void change_work(struct turmoil *t)
{
	struct turmoil_node *node = any_worker(t);

	if (!node)
		return;
	node->busy = !node->busy;
	node->idle_since_ms = t->now_ms;
	if (chance(t, 20)) /* a GCS that does not know better */
		node->idle_since_ms -= turmoil_draw(t, 100000);
}

/* A raylet has not told for long. */
static void leap(struct turmoil *t)
{
	struct turmoil_node *node = any_worker(t);

	if (node)
		node->idle_since_ms -= turmoil_draw(t, 60000);
}

static void change_demand(struct turmoil *t)
{
	if (chance(t, 20))
		t->gang = !t->gang;
	else if (chance(t, 20))
		t->constraint = !t->constraint;
	else
		t->tasks[turmoil_draw(t, TURMOIL_SHAPES)] =
			chance(t, 40) ? 0 : turmoil_draw(t, 5);
}

static void change_manifest(struct turmoil *t)
{
	uint32_t g = 1 + turmoil_draw(t, TURMOIL_GROUPS - 1);

	switch (turmoil_draw(t, 6)) {
	case 0:
		t->groups[g].max_nodes = turmoil_draw(t, 8);
		break;
	case 1:
		t->groups[g].min_nodes = turmoil_draw(t, 2);
		break;
	case 2:
		t->specs[g].suspend = !t->specs[g].suspend;
		break;
	case 3:
		t->specs[g].replicas = turmoil_draw(t, 4);
		break;
	case 4:
		t->max_workers = 4 + turmoil_draw(t, 10);
		break;
	default:
		t->idle_timeout_ms = 30000 + turmoil_draw(t, 60000);
	}
}

static void lose_something(struct turmoil *t)
{
	struct turmoil_node *node = any_worker(t);

	if (chance(t, 20))
		t->nodes[0].dies_ms = t->now_ms; /* the head */
	else if (chance(t, 40))
		t->nodes[0].dies_ms = INT64_MAX; /* and back */
	else if (node && chance(t, 30))
		node->gone_ms = t->now_ms;
	else if (node && chance(t, 50))
		node->dies_ms = t->now_ms;
	else if (node) {
		node->dies_ms = INT64_MAX; /* its container was restarted */
		name_ray_node(t, node);
	}
}

/* What the operator, the scheduler and people do. */
static void meddle(struct turmoil *t)
{
	struct turmoil_node *node = any_worker(t);

	if (chance(t, 30))
		t->lazy = !t->lazy;
	else if (chance(t, 10))
		t->replaced = !t->replaced;
	else if (node && chance(t, 50))
		node->stuck = !node->stuck;
	else if (t->named[0])
		t->named[0] = '\0';
	else if (node) {
		memcpy(t->named, node->pod, sizeof t->named);
		t->named_in = node->group;
	}
}

static void change_size(struct turmoil *t)
{
	struct turmoil_node *node = any_worker(t);

	if (node)
		turmoil_size_trouble(t, node);
}

static void happen(struct turmoil *t)
{
	static void (*const events[])(struct turmoil *) = {
		change_work,   change_work,     change_work,    change_demand,
		change_demand, change_manifest, lose_something, leap,
		meddle,        change_size,     change_size,
	};

	events[turmoil_draw(t, sizeof events / sizeof *events)](t);
}

static int64_t draw_pause_ms(struct turmoil *t)
{
	static const int64_t pauses_ms[] = { 0, 1, 100, 60000, 400000, -10000 };

	if (chance(t, 95))
		return 4900 + turmoil_draw(t, 200);
	return pauses_ms[turmoil_draw(t, sizeof pauses_ms / sizeof *pauses_ms)];
}

void turmoil_open(struct turmoil *t, uint64_t seed)
{
	*t = (struct turmoil){
		.state = seed,
		.pace = (uint32_t[]){ 5, 15, 40 }[seed % 3],
		.now_ms = BEGAN_MS,
		.max_workers = 10,
		.idle_timeout_ms = 60000,
	};
	for (uint32_t g = 0; g < TURMOIL_GROUPS; g++)
		t->groups[g] = (struct rt_group){
			.name = group_names[g],
			.is_head = g == 0,
			.max_nodes = g ? 4 : 0,
			.idle_timeout_ms = g == 2 ? 20000 : RT_NONE,
			.num_of_hosts = g == 3 ? 2 : 1,
		};
	turmoil_size_open(t);
	add_node(t, 0);
	t->nodes[0].joins_ms = t->now_ms;
}

void turmoil_step(struct turmoil *t)
{
	t->now_ms += draw_pause_ms(t);
	if (chance(t, t->pace))
		happen(t);
	drop_gone(t);
	make_pods(t);
	turmoil_size_step(t);
	report_idle(t);
}

/* ---- what is seen ------------------------------------------------------- */

static struct rt_res res_of(int64_t cpus, int64_t gpus, struct rt_names *names,
			    struct rt_arena *arena)
{
	struct rt_res_builder b = { .arena = arena, .names = names };

	rt_res_add(&b, "CPU", cpus * RT_UNITS);
	if (gpus)
		rt_res_add(&b, "GPU", gpus * RT_UNITS);
	return rt_res_build(&b);
}

/* Of a node, or of its group when it has no pod yet. */
static struct rt_res offer_of(const struct turmoil_node *node, int64_t cpu,
			      struct rt_names *names, struct rt_arena *arena)
{
	struct rt_res_builder b = { .arena = arena, .names = names };

	rt_res_add(&b, "CPU", cpu);
	rt_res_add(&b, "memory", node->size.memory);
	if (group_gpus[node->group])
		rt_res_add(&b, "GPU", group_gpus[node->group] * RT_UNITS);
	if (node->pod[0])
		rt_res_add(&b, node->pod, RT_UNITS);
	return rt_res_build(&b);
}

static struct rt_ray_node see_ray(const struct turmoil *t,
				  const struct turmoil_node *node,
				  struct rt_names *names,
				  struct rt_arena *arena)
{
	struct rt_labels_builder labels = { .arena = arena, .names = names };
	int64_t cpu = node->size.cpu;

	rt_labels_add(&labels, "ray.io/node-id", node->ray_node_id);
	return (struct rt_ray_node){
		.ray_node_id = rt_arena_strdup(arena, node->ray_node_id),
		.instance_id = rt_arena_strdup(arena, node->pod),
		.group = rt_arena_strdup(arena, group_names[node->group]),
		.status = is_dead(t, node) ? RT_RAY_DEAD
			  : node->draining ? RT_RAY_DRAINING
			  : node->busy     ? RT_RAY_RUNNING
					   : RT_RAY_IDLE,
		.total = offer_of(node, cpu, names, arena),
		.available = offer_of(node, node->busy ? RT_UNITS : cpu, names,
				      arena),
		.labels = rt_labels_build(&labels),
		.idle_ms = node->idle_ms,
	};
}

static void see_nodes(const struct turmoil *t, struct rt_names *names,
		      struct rt_arena *arena, struct rt_observation *out)
{
	struct rt_pod *pods =
		RT_ARENA_ARRAY(arena, struct rt_pod, t->nodes_len);
	struct rt_ray_node *rays =
		RT_ARENA_ARRAY(arena, struct rt_ray_node, t->nodes_len);

	for (uint32_t i = 0; i < t->nodes_len; i++) {
		const struct turmoil_node *node = &t->nodes[i];
		pods[out->pods_len++] = (struct rt_pod){
			.name = rt_arena_strdup(arena, node->pod),
			.group = rt_arena_strdup(arena,
						 group_names[node->group]),
			.replica = rt_arena_strdup(arena, node->replica),
			.is_head = node->group == 0,
			.deleting = node->deleting,
			.stuck = node->stuck,
			.size = turmoil_size_see(node, arena),
		};
		if (has_joined(t, node))
			rays[out->ray_nodes_len++] =
				see_ray(t, node, names, arena);
	}
	out->pods = pods;
	out->ray_nodes = rays;
}

static void see_cluster(const struct turmoil *t, struct rt_names *names,
			struct rt_arena *arena, struct rt_raycluster *out)
{
	struct rt_group *groups =
		rt_arena_dup(arena, t->groups, sizeof t->groups);

	struct rt_group_spec *specs =
		rt_arena_dup(arena, t->specs, sizeof t->specs);
	const char **named = RT_ARENA_NEW(arena, const char *);

	*named = rt_arena_strdup(arena, t->named);
	specs[t->named_in].to_delete = named;
	specs[t->named_in].to_delete_len = t->named[0] != '\0';
	for (uint32_t g = 0; g < TURMOIL_GROUPS; g++) {
		struct turmoil_node fresh = { .group = g };
		turmoil_size_begin(&fresh.size);
		groups[g].res = offer_of(&fresh, fresh.size.cpu, names, arena);
		specs[g].cpu_name = rt_name_intern(names, "CPU");
		specs[g].memory_name = rt_name_intern(names, "memory");
	}
	*out = (struct rt_raycluster){
		.name = "raycluster",
		.groups_len = TURMOIL_GROUPS,
		.groups = groups,
		.specs = specs,
		.max_workers = t->max_workers,
		.idle_timeout_ms = t->idle_timeout_ms,
		.upscaling_speed = 1,
	};
}

static void see_demand(const struct turmoil *t, struct rt_names *names,
		       struct rt_arena *arena, struct rt_demand *out)
{
	static const int64_t cpus[TURMOIL_SHAPES] = { 1, 4, 2, 64 };
	struct rt_request *tasks =
		RT_ARENA_ARRAY(arena, struct rt_request, TURMOIL_SHAPES);
	struct rt_gang *gang = RT_ARENA_NEW(arena, struct rt_gang);
	struct rt_constraint *constraint =
		RT_ARENA_NEW(arena, struct rt_constraint);

	for (uint32_t i = 0; i < TURMOIL_SHAPES; i++)
		if (t->tasks[i])
			tasks[out->tasks_len++] = (struct rt_request){
				.count = t->tasks[i],
				.res = res_of(cpus[i], i == 2, names, arena),
			};
	out->tasks = tasks;
	struct rt_request *wide = RT_ARENA_NEW(arena, struct rt_request);
	*wide = (struct rt_request){
		.count = 2,
		.res = res_of(3, 0, names, arena),
	};
	*gang = (struct rt_gang){ "gang", 1, wide };
	*constraint = (struct rt_constraint){ 1, wide };
	out->gangs_len = t->gang;
	out->gangs = gang;
	out->constraints_len = t->constraint;
	out->constraints = constraint;
}

void turmoil_observe(const struct turmoil *t, struct rt_names *names,
		     struct rt_arena *arena, struct rt_observation *out)
{
	*out = (struct rt_observation){
		.now_ms = t->now_ms,
		.own_head = t->replaced ? "another" : t->nodes[0].pod,
	};
	see_cluster(t, names, arena, &out->cluster);
	see_nodes(t, names, arena, out);
	see_demand(t, names, arena, &out->demand);
}

/* ---- what is done ------------------------------------------------------- */

static enum rt_outcome drain(struct turmoil *t, struct turmoil_node *node)
{
	if (chance(t, 10))
		return RT_OUTCOME_FAILED;
	if (node->busy || chance(t, 10))
		return RT_OUTCOME_REFUSED;
	if (chance(t, 60)) {
		node->dies_ms = t->now_ms;
		return RT_OUTCOME_DONE;
	}
	node->draining = true;
	if (chance(t, 70))
		node->dies_ms = t->now_ms + turmoil_draw(t, 100000);
	return RT_OUTCOME_ACCEPTED;
}

static enum rt_outcome delete (struct turmoil *t, struct turmoil_node *node) {
	if (chance(t, 10)) return RT_OUTCOME_FAILED;
	if (t->specs[node->group].replicas) t->specs[node->group].replicas--;
	if (chance(t, 80)){ node->deleting = true;
			    node->gone_ms = t->now_ms +
					    turmoil_draw(t, 10000); }
return RT_OUTCOME_DONE;
}

static void change_replicas(struct turmoil *t, struct rt_action *action)
{
	int64_t *replicas = &t->specs[action->group].replicas;
	int64_t hosts = t->groups[action->group].num_of_hosts;
	int64_t by = (action->count + hosts - 1) / hosts;

	if (chance(t, 10))
		return;
	*replicas += action->kind == RT_ACTION_LAUNCH ? by : -by;
	if (*replicas < 0)
		*replicas = 0;
	action->outcome = RT_OUTCOME_DONE;
}

void turmoil_act(struct turmoil *t, struct rt_actions *actions)
{
	for (uint32_t i = 0; i < actions->len; i++) {
		struct rt_action *action = &actions->at[i];
		if (!action->pod) {
			change_replicas(t, action);
			continue;
		}
		struct turmoil_node *node = t->nodes;
		while (strcmp(node->pod, action->pod) != 0)
			node++;
		if (action->size)
			action->outcome = turmoil_size_act(t, node, action);
		else if (action->kind == RT_ACTION_DRAIN)
			action->outcome = drain(t, node);
		else if (action->after == RT_NO_ACTION ||
			 actions->at[action->after].outcome == RT_OUTCOME_DONE)
			action->outcome = delete (t, node);
	}
}
