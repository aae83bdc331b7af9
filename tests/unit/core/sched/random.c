/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.c - amounts and labels come from small pools, so that much is equal
 * and ties are common.
 */
#include "tests/unit/core/sched/random.h"

#include "core/model/res.h"

#define NOW 1700000000000
#define IMPLICIT "node:__internal_implicit_resource_app"

struct draw {
	uint64_t state;
	struct rt_names *names;
	struct rt_arena *arena;
	struct rt_snapshot *out;
	uint32_t serial;
	uint32_t size; /* how many times what is small there may be of all */
};

static const char *const zones[] = { "a", "b", "c" };
static const char *const markets[] = { "spot", "fixed" };

/* 0 to n - 1 (splitmix64). */
static uint32_t below(struct draw *d, uint32_t n)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) % n);
}

static bool chance(struct draw *d, uint32_t percent)
{
	return below(d, 100) < percent;
}

#define PICK(d, ...)                                                           \
	(((const int64_t[]){ __VA_ARGS__ })[below(                             \
		d,                                                             \
		sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))])

static uint32_t intern(struct draw *d, const char *text)
{
	return rt_name_intern(d->names, text);
}

static struct rt_res capacity(struct draw *d)
{
	struct rt_res_builder b = { .arena = d->arena, .names = d->names };
	int64_t unit = (1 + below(d, d->size)) * RT_UNITS;

	if (chance(d, 90))
		rt_res_add(&b, "CPU", PICK(d, 1, 2, 4, 4, 8) * unit);
	if (chance(d, 50))
		rt_res_add(&b, "memory", PICK(d, 4, 8, 8, 16) * unit);
	if (chance(d, 35))
		rt_res_add(&b, "GPU", PICK(d, 0, 1, 1, 2) * RT_UNITS);
	if (chance(d, 20))
		rt_res_add(&b, "disk", PICK(d, 1, 2) * RT_UNITS);
	return rt_res_build(&b);
}

static struct rt_labels labels(struct draw *d)
{
	struct rt_labels_builder b = { .arena = d->arena, .names = d->names };

	if (chance(d, 60))
		rt_labels_add(&b, "zone", zones[below(d, 3)]);
	if (chance(d, 30))
		rt_labels_add(&b, "market", markets[below(d, 2)]);
	return rt_labels_build(&b);
}

static void draw_group(struct draw *d, struct rt_group *group, uint32_t i)
{
	int64_t min = PICK(d, 0, 0, 0, 0, 1, 2);

	*group = (struct rt_group){
		.name = rt_arena_printf(d->arena, "group-%u", i),
		.res = capacity(d),
		.labels = labels(d),
		.min_nodes = min,
		.max_nodes = min + PICK(d, 0, 1, 2, 3, 6) * d->size,
		.idle_timeout_ms = PICK(d, RT_NONE, RT_NONE, 0, 500, 60000),
		.priority = PICK(d, 0, 0, 0, -1, 2),
		.num_of_hosts = 1,
		.availability = (double)PICK(d, 1, 1, 1, 0),
		.recoverable_availability = (double)PICK(d, 1, 1, 1, 0),
	};
	if (i == 0 && chance(d, 90)) {
		group->is_head = true;
		group->min_nodes = 0;
		group->max_nodes = PICK(d, 0, 0, 0, 2);
	} else if (chance(d, 30)) {
		struct rt_resize_caps *caps =
			RT_ARENA_NEW(d->arena, struct rt_resize_caps);
		*caps = (struct rt_resize_caps){
			PICK(d, 4, 8, 16) * RT_UNITS,
			PICK(d, 8, 32) * RT_UNITS,
		};
		group->resize = caps;
	}
}

static void draw_groups(struct draw *d)
{
	uint32_t len = 1 + below(d, 5);
	struct rt_group *groups =
		RT_ARENA_ARRAY(d->arena, struct rt_group, len);

	for (uint32_t i = 0; i < len; i++) {
		draw_group(d, &groups[i], i);
		if (i > 1 && chance(d, 30)) {
			groups[i].res = groups[i - 1].res;
			groups[i].labels = groups[i - 1].labels;
		}
	}
	d->out->groups = groups;
	d->out->groups_len = len;
}

/* What is left of the total; used-up resources are mostly not listed. */
static struct rt_res left_of(struct draw *d, struct rt_res total)
{
	struct rt_res_builder b = { .arena = d->arena, .names = d->names };
	bool busy = chance(d, 55);

	for (uint32_t i = 0; i < total.len; i++) {
		int64_t units = total.at[i].units;
		if (busy)
			units = units / 4 * PICK(d, 0, 0, 1, 2, 4);
		if (chance(d, 1))
			units += RT_UNITS; /* more than there is */
		if (units || chance(d, 40))
			rt_res_add(&b, rt_name_text(d->names, total.at[i].name),
				   units);
	}
	return rt_res_build(&b);
}

static struct rt_res with_own_name(struct draw *d, struct rt_res res)
{
	struct rt_res_builder b = { .arena = d->arena, .names = d->names };

	for (uint32_t i = 0; i < res.len; i++)
		rt_res_add(&b, rt_name_text(d->names, res.at[i].name),
			   res.at[i].units);
	if (chance(d, 30))
		rt_res_add(
			&b,
			rt_arena_printf(d->arena, "node:10.0.0.%u", d->serial),
			RT_UNITS);
	if (chance(d, 5))
		rt_res_add(&b, IMPLICIT, RT_UNITS);
	return rt_res_build(&b);
}

static void draw_running(struct draw *d, struct rt_node *node)
{
	struct rt_labels_builder b = { .arena = d->arena, .names = d->names };
	struct rt_res base = capacity(d);

	if (node->group != RT_NO_GROUP && chance(d, 90))
		base = d->out->groups[node->group].res;
	node->known = chance(d, 97);
	node->ray_node_id = rt_arena_printf(d->arena, "ray%u", d->serial);
	node->idle_ms = PICK(d, 0, 0, 0, 1, 500, 501, 60000, 60001);
	node->total = with_own_name(d, base);
	node->available = left_of(d, node->total);
	if (node->group != RT_NO_GROUP)
		for (uint32_t i = 0; i < d->out->groups[node->group].labels.len;
		     i++) {
			struct rt_label label =
				d->out->groups[node->group].labels.at[i];
			rt_labels_add(&b, rt_name_text(d->names, label.key),
				      rt_name_text(d->names, label.value));
		}
	if (chance(d, 15))
		rt_labels_add(&b, chance(d, 50) ? "_PG_0" : "_PG_1",
			      chance(d, 90) ? "" : "other");
	node->labels = rt_labels_build(&b);
}

static void draw_resize(struct draw *d, struct rt_node *node)
{
	struct rt_resize *r = RT_ARENA_NEW(d->arena, struct rt_resize);
	int64_t cpu = 0, memory = 0;

	if (node->known) {
		cpu = rt_res_get(node->total, intern(d, "CPU"));
		memory = rt_res_get(node->total, intern(d, "memory"));
	}
	*r = (struct rt_resize){
		.current_cpu = cpu,
		.current_memory = memory,
		.desired_cpu = cpu + PICK(d, 0, 0, 0, 1, 2) * RT_UNITS,
		.desired_memory = memory,
		.max_cpu = PICK(d, RT_NONE, RT_NONE, RT_NONE, 2 * RT_UNITS,
				6 * RT_UNITS),
		.max_memory = PICK(d, RT_NONE, RT_NONE, 8 * RT_UNITS),
		.resizing_at_s = chance(d, 15) ? NOW / 1000 - 5 : RT_NONE,
		.failed_at_s = chance(d, 10) ? NOW / 1000 - 9 : RT_NONE,
		.status = chance(d, 70) ? RT_RESIZE_NONE : RT_RESIZE_NEW,
		.raylet_id = chance(d, 30) ? "recorded" : NULL,
	};
	node->resize = r;
}

static void draw_node(struct draw *d, struct rt_node *node)
{
	static const int64_t waiting[] = {
		RT_NODE_QUEUED,         RT_NODE_REQUESTED,
		RT_NODE_ALLOCATED,      RT_NODE_RAY_INSTALLING,
		RT_NODE_QUEUED,         RT_NODE_ALLOCATED,
		RT_NODE_RAY_INSTALLING, RT_NODE_RAY_STOP_REQUESTED,
		RT_NODE_TERMINATING,
	};
	const struct rt_snapshot *s = d->out;
	bool gone = chance(d, 3);
	uint32_t group = below(d, s->groups_len);

	d->serial++;
	*node = (struct rt_node){
		.instance_id = rt_arena_printf(d->arena, "i%u", d->serial),
		.pod = rt_arena_printf(d->arena, "pod%u", d->serial),
		.type = gone ? "gone" : s->groups[group].name,
		.group = gone ? RT_NO_GROUP : group,
		.is_head = !gone && s->groups[group].is_head,
		.status = RT_NODE_RAY_RUNNING,
		.ray_node_id = "",
	};
	if (chance(d, 35))
		node->status = (enum rt_node_status)waiting[below(d, 9)];
	if (node->status == RT_NODE_RAY_RUNNING)
		draw_running(d, node);
	if (!gone && s->groups[group].resize && chance(d, 80))
		draw_resize(d, node);
}

static void draw_nodes(struct draw *d)
{
	uint32_t len = below(d, 16 * d->size);
	struct rt_node *nodes = RT_ARENA_ARRAY(d->arena, struct rt_node, len);

	for (uint32_t i = 0; i < len; i++) {
		draw_node(d, &nodes[i]);
		if (i == 0 || nodes[i - 1].is_head || chance(d, 70))
			continue;
		/* One like the last but for its names. */
		const char *instance_id = nodes[i].instance_id;
		const char *pod = nodes[i].pod;
		nodes[i] = nodes[i - 1];
		nodes[i].instance_id = instance_id;
		nodes[i].pod = pod;
	}
	d->out->nodes = nodes;
	d->out->nodes_len = len;
}

static struct rt_selector draw_selector(struct draw *d)
{
	uint32_t len = chance(d, 10) ? 0 : 1 + below(d, 2);
	struct rt_label_rule *rules =
		RT_ARENA_ARRAY(d->arena, struct rt_label_rule, len);

	for (uint32_t i = 0; i < len; i++) {
		bool zone = chance(d, 70);
		uint32_t *values = RT_ARENA_ARRAY(d->arena, uint32_t, 2);
		for (uint32_t v = 0; v < 2; v++)
			values[v] = intern(d, zone ? zones[below(d, 3)]
						   : markets[below(d, 2)]);
		rules[i] = (struct rt_label_rule){
			.key = intern(d, zone ? "zone" : "market"),
			.op = chance(d, 70) ? RT_LABEL_IN : RT_LABEL_NOT_IN,
			.len = 1 + below(d, 2),
			.values = values,
		};
	}
	return (struct rt_selector){ len, rules };
}

static struct rt_request draw_request(struct draw *d, uint32_t selectors)
{
	struct rt_res_builder b = { .arena = d->arena, .names = d->names };
	struct rt_request out = { .count = 1 };

	if (chance(d, 85))
		rt_res_add(&b, "CPU",
			   PICK(d, 0, 1, 2, 4, 8, 16) * RT_UNITS / 2 +
				   below(d, d->size) * RT_UNITS / 16);
	if (chance(d, 25))
		rt_res_add(&b, "memory", PICK(d, 1, 2, 4, 8, 40) * RT_UNITS);
	if (chance(d, 15))
		rt_res_add(&b, "GPU", PICK(d, 0, 1, 2, 4) * RT_UNITS / 2);
	if (chance(d, 8))
		rt_res_add(&b, "disk", RT_UNITS);
	if (chance(d, 4))
		rt_res_add(&b, IMPLICIT, RT_UNITS / 2);
	out.res = rt_res_build(&b);
	if (chance(d, 40)) {
		struct rt_selector *at =
			RT_ARENA_ARRAY(d->arena, struct rt_selector, selectors);
		out.selectors_len = 1 + below(d, selectors);
		for (uint32_t i = 0; i < out.selectors_len; i++)
			at[i] = draw_selector(d);
		out.selectors = at;
	}
	return out;
}

static const struct rt_request *draw_requests(struct draw *d, uint32_t len)
{
	struct rt_request *out =
		RT_ARENA_ARRAY(d->arena, struct rt_request, len);

	for (uint32_t i = 0; i < len; i++) {
		out[i] = draw_request(d, 3);
		if (i > 0 && chance(d, 20))
			out[i].res = out[i - 1].res;
		out[i].count = 1 + below(d, 5 * d->size);
	}
	return out;
}

static struct rt_gang draw_gang(struct draw *d, const char *label)
{
	uint32_t len = chance(d, 4) ? 0 : 1 + below(d, 5 * d->size);
	struct rt_request *bundles =
		RT_ARENA_ARRAY(d->arena, struct rt_request, len);
	uint32_t strategy = below(d, 4), same = chance(d, 60);

	for (uint32_t i = 0; i < len; i++) {
		struct rt_placement *at =
			RT_ARENA_ARRAY(d->arena, struct rt_placement, 2);
		bundles[i] = i && same ? bundles[0] : draw_request(d, 1);
		bundles[i].count = chance(d, 30) ? 2 + below(d, 3) : 1;
		if (chance(d, 5))
			strategy = below(d, 4);
		if (strategy > 1)
			continue; /* PACK and SPREAD say nothing */
		at[0].kind = strategy ? RT_AFFINITY : RT_ANTI_AFFINITY;
		at[0].label = intern(d, label);
		at[0].value = intern(d, "");
		at[1] = at[0];
		bundles[i].placements = at;
		bundles[i].placements_len = chance(d, 99) ? 1 : 2;
	}
	return (struct rt_gang){ .details = label,
				 .len = len,
				 .bundles = bundles };
}

static void draw_constraints(struct draw *d, struct rt_demand *demand)
{
	uint32_t len = chance(d, 30) ? (uint32_t)PICK(d, 1, 1, 1, 1, 2) : 0;
	struct rt_constraint *list =
		RT_ARENA_ARRAY(d->arena, struct rt_constraint, len);

	for (uint32_t i = 0; i < len; i++) {
		list[i].len = 1 + below(d, 3 * d->size);
		list[i].requests = draw_requests(d, list[i].len);
	}
	demand->constraints = list;
	demand->constraints_len = len;
}

static void draw_demand(struct draw *d, struct rt_demand *demand)
{
	struct rt_gang *gangs =
		RT_ARENA_ARRAY(d->arena, struct rt_gang, 4 * d->size);

	demand->tasks_len = below(d, 7 * d->size);
	demand->tasks = draw_requests(d, demand->tasks_len);
	if (chance(d, 50))
		demand->gangs_len = below(d, 4 * d->size);
	for (uint32_t i = 0; i < demand->gangs_len; i++)
		gangs[i] = draw_gang(d, rt_arena_printf(d->arena, "_PG_%u", i));
	demand->gangs = gangs;
	draw_constraints(d, demand);
}

static void draw_times(struct draw *d)
{
	uint32_t len = d->out->groups_len;
	struct rt_times *times = RT_ARENA_ARRAY(d->arena, struct rt_times, len);

	for (uint32_t g = 0; g < len; g++) {
		int64_t *at = RT_ARENA_ARRAY(d->arena, int64_t, 3);
		times[g] = (struct rt_times){ below(d, 4), at };
		at[0] = NOW - PICK(d, 5000, 5001, 90000);
		at[1] = NOW - PICK(d, 500, 5000);
		at[2] = NOW - PICK(d, 0, 500);
	}
	d->out->unneeded = times;
}

struct rt_snapshot *random_snapshot(uint64_t seed, uint32_t size,
				    struct rt_names *names,
				    struct rt_arena *arena)
{
	struct draw d = {
		.state = seed,
		.size = size,
		.names = names,
		.arena = arena,
		.out = RT_ARENA_NEW(arena, struct rt_snapshot),
	};
	struct rt_snapshot *s = d.out;

	s->now_ms = NOW;
	intern(&d, "CPU");
	intern(&d, "memory");
	draw_groups(&d);
	draw_nodes(&d);
	draw_demand(&d, &s->demand);
	s->max_workers = RT_NONE;
	if (chance(&d, 40))
		s->max_workers = PICK(&d, 0, 2, 5, 8, 12) * size;
	s->idle_timeout_ms = PICK(&d, RT_NONE, 500, 60000);
	s->pending_idle_timeout_ms = PICK(&d, RT_NONE, RT_NONE, 0, 5000);
	s->conserve_gpu = chance(&d, 85);
	if (s->pending_idle_timeout_ms != RT_NONE && chance(&d, 80))
		draw_times(&d);
	s->names = rt_names_table(names);
	return s;
}
