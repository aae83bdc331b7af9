/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gang.c - placement groups, as Ray's GCS places them: all bundles or none, the
 * largest first, by one of four strategies.  Which node is the best for a
 * bundle is up to the placement.  A node that is chosen leaves the rooms until
 * the try is over, so that a search finds those that are not used yet.  Of a
 * gang that lost a node only the bundles that were there are placed anew.
 */
#include <string.h>

#include "core/base/mem.h"
#include "core/model/res.h"
#include "sim/world.h"

/* ---- the best node ------------------------------------------------------ */

/* Moves the rooms worth most to the front of those found; how many. */
static uint32_t best_rooms(struct sim_world *w, const struct sim_shape *shape,
			   uint32_t len)
{
	struct sim_room **found = w->rooms.found;
	uint32_t best = 0;

	for (uint32_t i = 0; i < len; i++) {
		struct sim_room *room = found[i];
		room->value = w->placement->worth(room->free, shape);
		if (best && room->value > found[0]->value)
			best = 0;
		if (best == 0 || room->value == found[0]->value) {
			found[i] = found[best];
			found[best++] = room;
		}
	}
	return best;
}

static struct sim_node *search(struct sim_world *w,
			       const struct sim_shape *shape)
{
	uint32_t len = sim_rooms_search(&w->rooms, shape), nodes = 0;

	if (len == 0)
		return NULL;
	if (!w->placement->worth)
		return sim_rooms_from(&w->rooms, len, 0);
	len = best_rooms(w, shape, len);
	for (uint32_t i = 0; i < len; i++)
		nodes += w->rooms.found[i]->count;
	return sim_rooms_nth(&w->rooms, 0, len, rt_rng_u32(&w->rng) % nodes);
}

/* Of the nodes that this gang uses already. */
static struct sim_node *best_used(const struct sim_world *w,
				  const struct sim_shape *shape)
{
	struct sim_node *best = NULL;
	double most = 0;

	for (uint32_t i = 0; i < w->plan.nodes_len; i++) {
		struct sim_node *node = w->plan.nodes[i];
		double worth = 0;
		if (!sim_shape_fits(shape, node->group, node->free))
			continue;
		if (w->placement->worth)
			worth = w->placement->worth(node->free, shape);
		if (!best || worth > most) {
			best = node;
			most = worth;
		}
	}
	return best;
}

/* ---- a plan ------------------------------------------------------------- */

static void use(struct sim_world *w, struct sim_node *node)
{
	struct sim_plan *plan = &w->plan;

	sim_rooms_close(&w->rooms, node);
	RT_GROW(plan->nodes, plan->nodes_len, plan->nodes_cap);
	plan->nodes[plan->nodes_len++] = node;
}

/* `count` bundles that have room there. */
static void put(struct sim_world *w, uint32_t job, uint32_t ask,
		struct sim_node *node, uint32_t count)
{
	struct sim_plan *plan = &w->plan;

	sim_node_reserve(node, sim_job_shape(w, job, ask), count);
	plan->left[ask] -= count;
	RT_GROW(plan->parts, plan->parts_len, plan->parts_cap);
	plan->parts[plan->parts_len++] =
		(struct sim_part){ ask, node->order - 1, count };
}

/* As many of the kind as there is room for. */
static void fill(struct sim_world *w, uint32_t job, uint32_t ask,
		 struct sim_node *node)
{
	const struct sim_shape *shape = sim_job_shape(w, job, ask);
	uint32_t count = w->plan.left[ask];
	const struct rt_amount *free = node->free;

	if (!shape->holds[node->group])
		return;
	for (uint32_t i = 0; i < shape->res.len; i++) {
		while (free->name != shape->res.at[i].name)
			free++;
		int64_t room = free->units / shape->res.at[i].units;
		if (room < count)
			count = (uint32_t)room;
	}
	if (count)
		put(w, job, ask, node, count);
}

/* The best node for the first bundle that is left, and with it all others that
 * still fit there. */
static bool pack(struct sim_world *w, uint32_t job, uint32_t asks_len)
{
	const struct sim_plan *plan = &w->plan;

	for (uint32_t i = 0; i < asks_len;) {
		uint32_t ask = plan->order[i];
		if (plan->left[ask] == 0) {
			i++;
			continue;
		}
		struct sim_node *node = search(w, sim_job_shape(w, job, ask));
		if (!node)
			return false;
		use(w, node);
		for (uint32_t k = i; k < asks_len; k++)
			fill(w, job, plan->order[k], node);
	}
	return true;
}

/* Nodes of bundles that it kept. */
static void use_kept(struct sim_world *w, const struct sim_job *it)
{
	for (uint32_t i = 0; i < it->parts_len; i++) {
		struct sim_node *node = w->nodes[it->parts[i].node + 1];
		if (node->room)
			use(w, node);
	}
}

/* A node for each bundle; without `strict`, one that is used where no other is
 * left. */
static bool spread(struct sim_world *w, uint32_t job, uint32_t asks_len,
		   bool strict)
{
	const struct sim_plan *plan = &w->plan;

	use_kept(w, &w->jobs[job]);
	for (uint32_t i = 0; i < asks_len;) {
		uint32_t ask = plan->order[i];
		const struct sim_shape *shape = sim_job_shape(w, job, ask);
		if (plan->left[ask] == 0) {
			i++;
			continue;
		}
		struct sim_node *node = search(w, shape);
		if (node)
			use(w, node);
		else if (!strict)
			node = best_used(w, shape);
		if (!node)
			return false;
		put(w, job, ask, node, 1);
	}
	return true;
}

/* All of them as one; no labels are as strict as those of each. */
static struct sim_shape sum_up(struct sim_world *w, uint32_t job,
			       struct rt_arena *arena)
{
	const struct trace_job *it = w->conf->trace->jobs[job];
	struct rt_res_builder b = { .arena = arena, .names = w->names };
	struct sim_shape sum = { .holds = RT_ARENA_ARRAY(
					 arena, bool, w->cluster.groups_len) };

	for (uint32_t g = 0; g < w->cluster.groups_len; g++)
		sum.holds[g] = true;
	for (uint32_t i = 0; i < it->asks_len; i++) {
		const struct sim_shape *shape = sim_job_shape(w, job, i);
		for (uint32_t k = 0; k < shape->res.len; k++) {
			uint32_t name = shape->res.at[k].name;
			int64_t units =
				it->asks[i].count * shape->res.at[k].units;
			for (uint32_t n = 0; n < b.len; n++)
				if (b.at[n].name == name)
					units += b.at[n].units;
			rt_res_add(&b, rt_name_text(w->names, name), units);
		}
		for (uint32_t g = 0; g < w->cluster.groups_len; g++)
			sum.holds[g] = sum.holds[g] && shape->holds[g];
	}
	sum.res = rt_res_build(&b);
	return sum;
}

bool sim_gang_one_node(struct sim_world *w, uint32_t job, bool there)
{
	struct rt_arena *arena = rt_arena_new();
	struct sim_shape sum = sum_up(w, job, arena);
	bool found = false;

	for (uint32_t g = 0; g < w->cluster.groups_len; g++)
		found |= sum.holds[g] &&
			 (!there || sim_rooms_has(&w->rooms, g)) &&
			 sim_res_holds(w->cluster.groups[g].res, sum.res);
	rt_arena_free(&arena);
	return found;
}

static bool pack_strictly(struct sim_world *w, uint32_t job, uint32_t asks_len)
{
	struct rt_arena *arena = rt_arena_new();
	struct sim_shape sum = sum_up(w, job, arena);

	for (uint32_t g = 0; g < w->cluster.groups_len; g++)
		sum.holds[g] = sum.holds[g] &&
			       sim_res_holds(w->cluster.groups[g].res, sum.res);
	struct sim_node *node = search(w, &sum);
	if (node)
		use(w, node);
	for (uint32_t i = 0; node && i < asks_len; i++)
		fill(w, job, i, node);
	rt_arena_free(&arena);
	return node;
}

/* ---- a try -------------------------------------------------------------- */

/* GPUs weigh most, then what only some have, object store, memory, CPUs. */
static bool is_larger(const struct sim_world *w, const struct sim_shape *a,
		      const struct sim_shape *b)
{
	const uint32_t common[] = { w->object_store, w->memory, w->cpu };
	int64_t x = rt_res_get(a->res, w->gpu), y = rt_res_get(b->res, w->gpu);

	if (x != y)
		return x > y;
	for (uint32_t i = 0; i < a->res.len; i++) {
		uint32_t name = a->res.at[i].name;
		if (name == w->cpu || name == w->memory ||
		    name == w->object_store)
			continue;
		x = a->res.at[i].units;
		y = rt_res_get(b->res, name);
		if (x != y)
			return x > y;
	}
	for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
		x = rt_res_get(a->res, common[i]);
		y = rt_res_get(b->res, common[i]);
		if (x != y)
			return x > y;
	}
	return false;
}

static void begin(struct sim_world *w, uint32_t job)
{
	const struct trace_job *it = w->conf->trace->jobs[job];
	struct sim_plan *plan = &w->plan;

	plan->parts_len = plan->nodes_len = 0;
	if (plan->asks_cap < it->asks_len) {
		plan->asks_cap = it->asks_len;
		plan->order = rt_realloc(plan->order,
					 it->asks_len * sizeof *plan->order);
		plan->left = rt_realloc(plan->left,
					it->asks_len * sizeof *plan->left);
	}
	for (uint32_t i = 0; i < it->asks_len; i++) {
		uint32_t k = i;
		for (; k > 0 &&
		       is_larger(w, sim_job_shape(w, job, i),
				 sim_job_shape(w, job, plan->order[k - 1]));
		     k--)
			plan->order[k] = plan->order[k - 1];
		plan->order[k] = i;
		plan->left[i] = sim_gang_missing(w, job, i);
	}
}

/* Everything is as it was before the try. */
static void give_back(struct sim_world *w, uint32_t job)
{
	const struct sim_plan *plan = &w->plan;

	for (uint32_t i = 0; i < plan->parts_len; i++) {
		const struct sim_part *part = &plan->parts[i];
		sim_node_reserve(w->nodes[part->node + 1],
				 sim_job_shape(w, job, part->ask),
				 -(int64_t)part->count);
	}
	for (uint32_t i = 0; i < plan->nodes_len; i++)
		sim_rooms_open(&w->rooms, plan->nodes[i]);
}

static bool make_plan(struct sim_world *w, uint32_t job)
{
	const struct trace_job *it = w->conf->trace->jobs[job];

	begin(w, job);
	switch (it->strategy) {
	case TRACE_PACK:
		return pack(w, job, it->asks_len);
	case TRACE_STRICT_PACK:
		return pack_strictly(w, job, it->asks_len);
	case TRACE_SPREAD:
		return spread(w, job, it->asks_len, false);
	case TRACE_STRICT_SPREAD:
		return spread(w, job, it->asks_len, true);
	}
	return false;
}

bool sim_gang_start(struct sim_world *w, struct sim_gang *gang)
{
	uint32_t job = gang->job;
	struct sim_job *it = &w->jobs[job];
	struct sim_plan *plan = &w->plan;
	bool planned = make_plan(w, job), starts_worker = false;

	give_back(w, job);
	if (!planned)
		return false;
	it->parts = rt_realloc(it->parts, (it->parts_len + plan->parts_len) *
						  sizeof *it->parts);
	memcpy(it->parts + it->parts_len, plan->parts,
	       plan->parts_len * sizeof *it->parts);
	it->parts_len += plan->parts_len;
	for (uint32_t i = 0; i < plan->parts_len; i++)
		starts_worker |=
			sim_node_take(w, w->nodes[plan->parts[i].node + 1],
				      sim_job_shape(w, job, plan->parts[i].ask),
				      plan->parts[i].count);
	sim_gang_leave(w, gang);
	sim_job_start(w, job, w->nodes[it->parts[0].node + 1], starts_worker);
	return true;
}
