/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life.c - dice, and what they mean.
 */
#include "tests/unit/core/controller/life.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/model/res.h"

#define BEGAN_MS 1700000000000

static const char *const group_names[] = { "headgroup", "a", "b", "c" };
static const int64_t group_gpus[] = { 0, 0, 1, 0 };

/* splitmix64 */
uint32_t life_draw(struct life *l, uint32_t n)
{
	uint64_t z = l->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) % n);
}

static bool chance(struct life *l, uint32_t percent)
{
	return life_draw(l, 100) < percent;
}

/* ---- nodes -------------------------------------------------------------- */

static void name_ray_node(struct life *l, struct life_node *node)
{
	snprintf(node->ray_node_id, sizeof node->ray_node_id, "%056x",
		 ++l->serial);
}

static void add_node(struct life *l, uint32_t group)
{
	struct life_node *node = &l->nodes[l->nodes_len++];

	*node = (struct life_node){
		.group = group,
		.joins_ms = chance(l, 10) ? INT64_MAX
					  : l->now_ms + life_draw(l, 20000),
		.dies_ms = INT64_MAX,
		.gone_ms = INT64_MAX,
		.idle_since_ms = l->now_ms,
	};
	snprintf(node->pod, sizeof node->pod, "raycluster-%s-%05u",
		 group_names[group], ++l->serial);
	name_ray_node(l, node);
}

static bool has_joined(const struct life *l, const struct life_node *node)
{
	return node->joins_ms <= l->now_ms;
}

static bool is_dead(const struct life *l, const struct life_node *node)
{
	return node->dies_ms <= l->now_ms;
}

static struct life_node *any_worker(struct life *l)
{
	return l->nodes_len > 1 ? &l->nodes[1 + life_draw(l, l->nodes_len - 1)]
				: NULL;
}

static void drop_gone(struct life *l)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < l->nodes_len; i++)
		if (l->nodes[i].gone_ms > l->now_ms)
			l->nodes[kept++] = l->nodes[i];
	l->nodes_len = kept;
}

/* The operator makes the pods that are promised, when it comes to it. */
static void make_pods(struct life *l)
{
	for (uint32_t g = 1; g < LIFE_GROUPS; g++) {
		int64_t missing =
			l->specs[g].replicas * l->groups[g].num_of_hosts;
		for (uint32_t i = 0; i < l->nodes_len; i++)
			missing -=
				l->nodes[i].group == g && !l->nodes[i].deleting;
		for (; missing > 0 && l->nodes_len < LIFE_NODES; missing--)
			if (chance(l, 30))
				add_node(l, g);
	}
}

/* Raylets tell how long they have been idle at their own pace. */
static void report_idle(struct life *l)
{
	for (uint32_t i = 0; i < l->nodes_len; i++) {
		struct life_node *node = &l->nodes[i];
		int64_t pace = chance(l, 2) ? 5000 : 500;
		int64_t ms = l->now_ms - node->idle_since_ms - pace / 2 +
			     life_draw(l, (uint32_t)pace);
		node->idle_ms = node->busy ? 0 : ms > 0 ? ms : 1;
	}
}

/* ---- what happens ------------------------------------------------------- */

static void change_work(struct life *l)
{
	struct life_node *node = any_worker(l);

	if (!node)
		return;
	node->busy = !node->busy;
	node->idle_since_ms = l->now_ms;
}

/* A raylet has not told for long. */
static void leap(struct life *l)
{
	struct life_node *node = any_worker(l);

	if (node)
		node->idle_since_ms -= life_draw(l, 60000);
}

static void change_demand(struct life *l)
{
	if (chance(l, 20))
		l->gang = !l->gang;
	else if (chance(l, 20))
		l->constraint = !l->constraint;
	else
		l->tasks[life_draw(l, LIFE_SHAPES)] =
			chance(l, 40) ? 0 : life_draw(l, 5);
}

static void change_manifest(struct life *l)
{
	uint32_t g = 1 + life_draw(l, LIFE_GROUPS - 1);

	switch (life_draw(l, 6)) {
	case 0:
		l->groups[g].max_nodes = life_draw(l, 8);
		break;
	case 1:
		l->groups[g].min_nodes = life_draw(l, 2);
		break;
	case 2:
		l->specs[g].suspend = !l->specs[g].suspend;
		break;
	case 3:
		l->specs[g].replicas = life_draw(l, 4);
		break;
	case 4:
		l->max_workers = 4 + life_draw(l, 10);
		break;
	default:
		l->idle_timeout_ms = 30000 + life_draw(l, 60000);
	}
}

static void lose_something(struct life *l)
{
	struct life_node *node = any_worker(l);

	if (chance(l, 20))
		l->nodes[0].dies_ms = l->now_ms; /* the head */
	else if (chance(l, 40))
		l->nodes[0].dies_ms = INT64_MAX; /* and back */
	else if (node && chance(l, 30))
		node->gone_ms = l->now_ms;
	else if (node && chance(l, 50))
		node->dies_ms = l->now_ms;
	else if (node) {
		node->dies_ms = INT64_MAX; /* its container was restarted */
		name_ray_node(l, node);
	}
}

static void happen(struct life *l)
{
	static void (*const events[])(struct life *) = {
		change_work,   change_work,     change_work,    change_demand,
		change_demand, change_manifest, lose_something, leap,
	};

	events[life_draw(l, sizeof events / sizeof *events)](l);
}

static int64_t draw_pause_ms(struct life *l)
{
	static const int64_t pauses_ms[] = { 0, 1, 100, 60000, 400000, -10000 };

	if (chance(l, 95))
		return 4900 + life_draw(l, 200);
	return pauses_ms[life_draw(l, sizeof pauses_ms / sizeof *pauses_ms)];
}

void life_open(struct life *l, uint64_t seed)
{
	*l = (struct life){
		.state = seed,
		.pace = (uint32_t[]){ 5, 15, 40 }[seed % 3],
		.now_ms = BEGAN_MS,
		.max_workers = 10,
		.idle_timeout_ms = 60000,
	};
	for (uint32_t g = 0; g < LIFE_GROUPS; g++)
		l->groups[g] = (struct rt_group){
			.name = group_names[g],
			.is_head = g == 0,
			.max_nodes = g ? 4 : 0,
			.idle_timeout_ms = g == 2 ? 20000 : RT_NONE,
			.num_of_hosts = g == 3 ? 2 : 1,
		};
	add_node(l, 0);
	l->nodes[0].joins_ms = l->now_ms;
}

void life_step(struct life *l)
{
	l->now_ms += draw_pause_ms(l);
	if (chance(l, l->pace))
		happen(l);
	drop_gone(l);
	make_pods(l);
	report_idle(l);
}

/* ---- what is seen ------------------------------------------------------- */

static struct rt_res res_of(int64_t cpus, int64_t gpus, const char *own,
			    struct rt_names *names, struct rt_arena *arena)
{
	struct rt_res_builder b = { .arena = arena, .names = names };

	if (cpus)
		rt_res_add(&b, "CPU", cpus * RT_UNITS);
	if (gpus)
		rt_res_add(&b, "GPU", gpus * RT_UNITS);
	if (own)
		rt_res_add(&b, own, RT_UNITS);
	return rt_res_build(&b);
}

static struct rt_ray_node see_ray(const struct life *l,
				  const struct life_node *node,
				  struct rt_names *names,
				  struct rt_arena *arena)
{
	struct rt_labels_builder labels = { .arena = arena, .names = names };
	int64_t gpus = group_gpus[node->group];

	rt_labels_add(&labels, "ray.io/node-id", node->ray_node_id);
	return (struct rt_ray_node){
		.ray_node_id = rt_arena_strdup(arena, node->ray_node_id),
		.instance_id = rt_arena_strdup(arena, node->pod),
		.group = rt_arena_strdup(arena, group_names[node->group]),
		.status = is_dead(l, node) ? RT_RAY_DEAD
			  : node->draining ? RT_RAY_DRAINING
			  : node->busy     ? RT_RAY_RUNNING
					   : RT_RAY_IDLE,
		.total = res_of(4, gpus, node->pod, names, arena),
		.available = res_of(node->busy ? 1 : 4, gpus, node->pod, names,
				    arena),
		.labels = rt_labels_build(&labels),
		.idle_ms = node->idle_ms,
	};
}

static void see_nodes(const struct life *l, struct rt_names *names,
		      struct rt_arena *arena, struct rt_observation *out)
{
	struct rt_pod *pods =
		RT_ARENA_ARRAY(arena, struct rt_pod, l->nodes_len);
	struct rt_ray_node *rays =
		RT_ARENA_ARRAY(arena, struct rt_ray_node, l->nodes_len);

	for (uint32_t i = 0; i < l->nodes_len; i++) {
		const struct life_node *node = &l->nodes[i];
		pods[out->pods_len++] = (struct rt_pod){
			.name = rt_arena_strdup(arena, node->pod),
			.group = rt_arena_strdup(arena,
						 group_names[node->group]),
			.replica = "",
			.is_head = node->group == 0,
			.deleting = node->deleting,
		};
		if (has_joined(l, node))
			rays[out->ray_nodes_len++] =
				see_ray(l, node, names, arena);
	}
	out->pods = pods;
	out->ray_nodes = rays;
}

static void see_cluster(const struct life *l, struct rt_names *names,
			struct rt_arena *arena, struct rt_raycluster *out)
{
	struct rt_group *groups =
		rt_arena_dup(arena, l->groups, sizeof l->groups);

	for (uint32_t g = 0; g < LIFE_GROUPS; g++)
		groups[g].res = res_of(4, group_gpus[g], NULL, names, arena);
	*out = (struct rt_raycluster){
		.name = "raycluster",
		.groups_len = LIFE_GROUPS,
		.groups = groups,
		.specs = rt_arena_dup(arena, l->specs, sizeof l->specs),
		.max_workers = l->max_workers,
		.idle_timeout_ms = l->idle_timeout_ms,
		.upscaling_speed = 1,
	};
}

static void see_demand(const struct life *l, struct rt_names *names,
		       struct rt_arena *arena, struct rt_demand *out)
{
	static const int64_t cpus[LIFE_SHAPES] = { 1, 4, 2, 64 };
	struct rt_request *tasks =
		RT_ARENA_ARRAY(arena, struct rt_request, LIFE_SHAPES);
	struct rt_gang *gang = RT_ARENA_NEW(arena, struct rt_gang);
	struct rt_constraint *constraint =
		RT_ARENA_NEW(arena, struct rt_constraint);

	for (uint32_t i = 0; i < LIFE_SHAPES; i++)
		if (l->tasks[i])
			tasks[out->tasks_len++] = (struct rt_request){
				.count = l->tasks[i],
				.res = res_of(cpus[i], i == 2, NULL, names,
					      arena),
			};
	out->tasks = tasks;
	struct rt_request *wide = RT_ARENA_NEW(arena, struct rt_request);
	*wide = (struct rt_request){
		.count = 2,
		.res = res_of(3, 0, NULL, names, arena),
	};
	*gang = (struct rt_gang){ "gang", 1, wide };
	*constraint = (struct rt_constraint){ 1, wide };
	out->gangs_len = l->gang;
	out->gangs = gang;
	out->constraints_len = l->constraint;
	out->constraints = constraint;
}

void life_observe(const struct life *l, struct rt_names *names,
		  struct rt_arena *arena, struct rt_observation *out)
{
	*out = (struct rt_observation){ .now_ms = l->now_ms };
	see_cluster(l, names, arena, &out->cluster);
	see_nodes(l, names, arena, out);
	see_demand(l, names, arena, &out->demand);
}

/* ---- what is done ------------------------------------------------------- */

static enum rt_outcome drain(struct life *l, struct life_node *node)
{
	if (chance(l, 10))
		return RT_OUTCOME_FAILED;
	if (node->busy || chance(l, 10))
		return RT_OUTCOME_REFUSED;
	if (chance(l, 60)) {
		node->dies_ms = l->now_ms;
		return RT_OUTCOME_DONE;
	}
	node->draining = true;
	if (chance(l, 70))
		node->dies_ms = l->now_ms + life_draw(l, 100000);
	return RT_OUTCOME_ACCEPTED;
}

static enum rt_outcome delete (struct life *l, struct life_node *node) {
	if (chance(l, 10)) return RT_OUTCOME_FAILED;
	if (l->specs[node->group].replicas) l->specs[node->group].replicas--;
	if (chance(l, 80)){ node->deleting = true;
			    node->gone_ms = l->now_ms + life_draw(l, 10000); }
return RT_OUTCOME_DONE;
}

void life_act(struct life *l, struct rt_actions *actions)
{
	for (uint32_t i = 0; i < actions->len; i++) {
		struct rt_action *action = &actions->at[i];
		if (action->kind == RT_ACTION_LAUNCH) {
			if (chance(l, 10))
				continue;
			l->specs[action->group].replicas += action->count;
			action->outcome = RT_OUTCOME_DONE;
			continue;
		}
		struct life_node *node = l->nodes;
		while (strcmp(node->pod, action->pod) != 0)
			node++;
		if (action->kind == RT_ACTION_DRAIN)
			action->outcome = drain(l, node);
		else if (action->after == RT_NO_ACTION ||
			 actions->at[action->after].outcome == RT_OUTCOME_DONE)
			action->outcome = delete (l, node);
	}
}
