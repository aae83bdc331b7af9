/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slow_node.c - one node: how it is taken in, what finds room on it, how well
 * it suits.
 */
#include "tests/unit/core/sched/slow_node.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"

uint32_t slow_name(const struct rt_snapshot *s, const char *text)
{
	for (uint32_t i = 0; i < s->names.len; i++)
		if (strcmp(s->names.text[i], text) == 0)
			return i;
	return UINT32_MAX;
}

void slow_add(struct slow *s, struct slow_list *list,
	      const struct slow_node *node)
{
	RT_ARENA_GROW(s->arena, list->at, list->len, list->cap);
	list->at[list->len++] = *node;
}

static struct rt_amount *find(const struct slow_map *map, uint32_t name)
{
	for (uint32_t i = 0; i < map->len; i++)
		if (map->at[i].name == name)
			return (struct rt_amount *)&map->at[i];
	return NULL;
}

static int64_t get(const struct slow_map *map, uint32_t name)
{
	const struct rt_amount *amount = find(map, name);

	return amount ? amount->units : 0;
}

static void set(struct slow_map *map, uint32_t name, int64_t units)
{
	struct rt_amount *amount = find(map, name);

	if (!amount) {
		if (map->len == SLOW_ENTRIES)
			RT_BUG("more resources than the slow packer holds");
		amount = &map->at[map->len++];
		amount->name = name;
	}
	amount->units = units;
}

static struct slow_map map_of(struct rt_res res)
{
	struct slow_map map = { 0 };

	for (uint32_t i = 0; i < res.len; i++)
		set(&map, res.at[i].name, res.at[i].units);
	return map;
}

static void set_label(struct slow_node *node, struct rt_label label)
{
	if (node->labels_len == SLOW_ENTRIES)
		RT_BUG("more labels than the slow packer holds");
	node->labels[node->labels_len++] = label;
}

struct slow_node slow_new_node(const struct rt_snapshot *s, uint32_t group)
{
	struct slow_node node = {
		.index = SLOW_NEW,
		.group = group,
		.fate = SLOW_LAUNCH,
		.total = map_of(s->groups[group].res),
	};

	node.available[SLOW_DEMAND] = node.total;
	node.available[SLOW_CONSTRAINT] = node.total;
	for (uint32_t i = 0; i < s->groups[group].labels.len; i++)
		set_label(&node, s->groups[group].labels.at[i]);
	return node;
}

static void set_running(struct slow_node *out, const struct rt_node *node)
{
	out->has_ray = node->ray_node_id[0] != '\0';
	out->idle_ms = node->idle_ms;
	out->total = map_of(node->total);
	out->available[SLOW_DEMAND] = map_of(node->available);
	out->available[SLOW_CONSTRAINT] = out->total;
	out->labels_len = 0;
	for (uint32_t i = 0; i < node->labels.len; i++)
		set_label(out, node->labels.at[i]);
	if (out->resizable && out->has_ray)
		out->resize.raylet_id = node->ray_node_id;
}

void slow_take_in(struct slow *s)
{
	for (uint32_t i = 0; i < s->snapshot->nodes_len; i++) {
		const struct rt_node *node = &s->snapshot->nodes[i];
		bool runs = node->status == RT_NODE_RAY_RUNNING;

		if (node->status < RT_NODE_QUEUED ||
		    node->status > RT_NODE_RAY_STOP_REQUESTED ||
		    node->group == RT_NO_GROUP || (runs && !node->known))
			continue;
		struct slow_node out = slow_new_node(s->snapshot, node->group);
		out.index = i;
		out.fate = SLOW_KEEP;
		out.is_head = node->is_head;
		out.status = node->status;
		out.resizable = node->resize;
		if (node->resize)
			out.resize = *node->resize;
		if (runs)
			set_running(&out, node);
		slow_add(s, &s->list, &out);
	}
}

static bool is_implicit(const struct slow *s, uint32_t name)
{
	const char *prefix = "node:__internal_implicit_resource_";

	return strncmp(s->snapshot->names.text[name], prefix, strlen(prefix)) ==
	       0;
}

/* Every node has 1 of the implicit resources that it does not list. */
static int64_t left_of(const struct slow *s, const struct slow_map *available,
		       uint32_t name)
{
	if (!find(available, name) && is_implicit(s, name))
		return RT_UNITS;
	return get(available, name);
}

bool slow_has_room(const struct slow *s, const struct slow_node *node,
		   const struct rt_request *request, enum slow_source source)
{
	for (uint32_t i = 0; i < request->res.len; i++) {
		struct rt_amount want = request->res.at[i];
		if (want.units > 0 &&
		    want.units >
			    left_of(s, &node->available[source], want.name))
			return false;
	}
	return true;
}

static const struct rt_label *label_of(const struct slow_node *node,
				       uint32_t key)
{
	for (uint32_t i = 0; i < node->labels_len; i++)
		if (node->labels[i].key == key)
			return &node->labels[i];
	return NULL;
}

static bool rule_holds(const struct slow_node *node, struct rt_label_rule rule)
{
	const struct rt_label *label = label_of(node, rule.key);
	bool in = false;

	for (uint32_t i = 0; label && i < rule.len; i++)
		in |= rule.values[i] == label->value;
	return rule.op == RT_LABEL_IN ? in : !in;
}

/* Of n alternatives the first that holds counts n, the last 1; none: 0. */
static uint32_t match_of(const struct slow_node *node,
			 const struct rt_request *request)
{
	for (uint32_t i = 0; i < request->selectors_len; i++) {
		const struct rt_selector *selector = &request->selectors[i];
		bool all = true;
		for (uint32_t r = 0; r < selector->len; r++)
			all &= rule_holds(node, selector->rules[r]);
		if (all)
			return request->selectors_len - i;
	}
	return 0;
}

bool slow_try(struct slow *s, struct slow_node *node,
	      const struct rt_request *request, enum slow_source source)
{
	if (request->selectors_len && !match_of(node, request))
		return false;
	for (uint32_t i = 0; i < request->placements_len; i++)
		if (request->placements[i].kind == RT_ANTI_AFFINITY &&
		    label_of(node, request->placements[i].label))
			return false;
	if (!slow_has_room(s, node, request, source))
		return false;

	struct slow_map *available = &node->available[source];
	for (uint32_t i = 0; i < request->res.len; i++) {
		struct rt_amount want = request->res.at[i];
		if (want.units > 0)
			set(available, want.name,
			    left_of(s, available, want.name) - want.units);
	}
	for (uint32_t i = 0; i < request->placements_len; i++) {
		const struct rt_placement *p = &request->placements[i];
		if (p->kind == RT_ANTI_AFFINITY)
			set_label(node,
				  (struct rt_label){ p->label, p->value });
	}
	struct slow_held *held = RT_ARENA_NEW(s->arena, struct slow_held);
	*held = (struct slow_held){ request, node->held[source] };
	node->held[source] = held;
	return true;
}

/* Does a request that the node holds ask for the name, with an amount of at
 * least `units`? */
static bool is_asked(const struct slow_node *node, enum slow_source source,
		     uint32_t name, int64_t units)
{
	for (const struct slow_held *h = node->held[source]; h; h = h->before)
		for (uint32_t i = 0; i < h->request->res.len; i++)
			if (h->request->res.at[i].name == name &&
			    h->request->res.at[i].units >= units)
				return true;
	return false;
}

struct slow_score slow_score(const struct slow *s, const struct slow_node *node,
			     enum slow_source source)
{
	struct slow_score score = { .gpu_ok = 1, .min = INFINITY };
	uint32_t gpu = slow_name(s->snapshot, "GPU");
	double sum = 0;
	uint32_t n = 0;

	/* Going back in time: the earliest that matches is left. */
	for (const struct slow_held *h = node->held[source]; h; h = h->before)
		if (match_of(node, h->request))
			score.match = match_of(node, h->request);
	if (s->snapshot->conserve_gpu && get(&node->total, gpu) > 0)
		score.gpu_ok = is_asked(node, source, gpu, 0);
	for (uint32_t i = 0; i < node->total.len; i++) {
		struct rt_amount all = node->total.at[i];
		const struct rt_amount *left =
			find(&node->available[source], all.name);
		score.kinds += is_asked(node, source, all.name, 1);
		if (all.units == 0 || !left)
			continue;
		/* Ray raises when more is left than there is. */
		double used = left->units > all.units
				      ? 0
				      : (double)(all.units - left->units) /
						(double)all.units;
		double x = (double)all.units / RT_UNITS * pow(used, 3.0);
		score.min = x < score.min ? x : score.min;
		sum += x;
		n++;
	}
	score.min = n ? score.min : 0;
	score.mean = n ? sum / n : 0;
	return score;
}

static bool same_map(const struct slow_map *a, const struct slow_map *b)
{
	for (uint32_t i = 0; i < a->len; i++) {
		const struct rt_amount *other = find(b, a->at[i].name);
		if (!other || other->units != a->at[i].units)
			return false;
	}
	return a->len == b->len;
}

bool slow_is_twin(const struct slow_node *a, const struct slow_node *b,
		  enum slow_source source)
{
	if (a->status == RT_NODE_RAY_RUNNING ||
	    b->status == RT_NODE_RAY_RUNNING || a->group != b->group ||
	    a->is_head != b->is_head || a->labels_len != b->labels_len)
		return false;
	for (uint32_t i = 0; i < a->labels_len; i++) {
		const struct rt_label *other = label_of(b, a->labels[i].key);
		if (!other || other->value != a->labels[i].value)
			return false;
	}
	return same_map(&a->total, &b->total) &&
	       same_map(&a->available[source], &b->available[source]);
}

static void set_one(struct slow_node *node, uint32_t name, int64_t units)
{
	int64_t change = units - get(&node->total, name);

	set(&node->total, name, units);
	for (int source = 0; source < SLOW_SOURCES; source++) {
		int64_t left = get(&node->available[source], name) + change;
		set(&node->available[source], name, left > 0 ? left : 0);
	}
}

void slow_set_total(const struct slow *s, struct slow_node *node, int64_t cpu,
		    int64_t memory)
{
	set_one(node, slow_name(s->snapshot, "CPU"), cpu);
	set_one(node, slow_name(s->snapshot, "memory"), memory);
}

static double used_of(const struct slow_node *node)
{
	double sum = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; i < node->total.len; i++) {
		struct rt_amount all = node->total.at[i];
		if (all.units == 0)
			continue;
		sum += (double)(all.units -
				get(&node->available[SLOW_DEMAND], all.name)) /
		       (double)all.units;
		n++;
	}
	return n ? sum / n : 0;
}

static bool goes_before(const struct slow_node *a, const struct slow_node *b)
{
	if (a->has_ray != b->has_ray)
		return b->has_ray;
	if (a->idle_ms != b->idle_ms)
		return a->idle_ms > b->idle_ms;
	return used_of(a) < used_of(b);
}

void slow_sort_for_termination(struct slow_node *at, uint32_t len)
{
	for (uint32_t i = 1; i < len; i++) {
		struct slow_node node = at[i];
		uint32_t to = i;
		for (; to > 0 && goes_before(&node, &at[to - 1]); to--)
			at[to] = at[to - 1];
		at[to] = node;
	}
}
