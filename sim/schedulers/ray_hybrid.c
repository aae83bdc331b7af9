/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ray_hybrid.c - the nodes that Ray's default strategy chooses: nodes are
 * filled to half of what they have one by one, then all to the same level.
 * Tasks of one class, which are alike, start in order; the classes have their
 * turns in an order that is random and stays.  While more CPUs are asked for
 * than there are, a class may have only its share of what runs, even where
 * there is room for more of it.  docs/placement.md has the rules.
 */
#include "core/model/res.h"
#include "sim/hybrid.h"

#define LEASES_MIN 10 /* asked for at a time for one class, or one per node */

static bool has(const struct sim_world *w, const struct sim_room *room,
		uint32_t name)
{
	return rt_res_get(w->cluster.groups[room->group].res, name) > 0;
}

/* What asks for no GPU goes to nodes without, where there are any. */
static uint32_t avoid_gpus(struct sim_world *w, const struct sim_shape *shape,
			   uint32_t len)
{
	struct sim_room **found = w->rooms.found;
	uint32_t kept = 0;

	if (rt_res_get(shape->res, w->gpu) > 0)
		return len;
	for (uint32_t i = 0; i < len; i++)
		if (!has(w, found[i], w->gpu)) {
			struct sim_room *room = found[i];
			found[i] = found[kept];
			found[kept++] = room;
		}
	return kept ? kept : len;
}

/* Moves the rooms of the lowest score among found[from..len) to its front. */
static uint32_t lowest(struct sim_world *w, uint32_t from, uint32_t len)
{
	struct sim_room **found = w->rooms.found;
	uint32_t end = from;

	for (uint32_t i = from; i < len; i++) {
		struct sim_room *room = found[i];
		if (end > from && room->value < found[from]->value)
			end = from;
		if (end == from || room->value == found[from]->value) {
			found[i] = found[end];
			found[end++] = room;
		}
	}
	return end;
}

static uint32_t count(const struct sim_world *w, uint32_t from, uint32_t len)
{
	uint32_t nodes = 0;

	for (uint32_t i = from; i < len; i++)
		nodes += w->rooms.found[i]->count;
	return nodes;
}

/* The driver lives on the head, whose raylet prefers its own node to equals. */
static bool is_head_best(const struct sim_world *w,
			 const struct sim_shape *shape, uint32_t len)
{
	const struct sim_node *head = w->nodes[0];

	if (!head->room || !sim_shape_fits(shape, head->group, head->free))
		return false;
	double score = sim_hybrid_score(w, head->group, head->free);
	for (uint32_t i = 0; i < len; i++)
		if (w->rooms.found[i]->value < score)
			return false;
	return true;
}

/* Of the nodes by score and position one of the first fifth. */
static struct sim_node *choose(struct sim_world *w,
			       const struct sim_shape *shape)
{
	uint32_t len = sim_rooms_search(&w->rooms, shape), from = 0;
	uint32_t top = sim_hybrid_top(w), n = 0;

	len = avoid_gpus(w, shape, len);
	if (len == 0)
		return NULL;
	for (uint32_t i = 0; i < len; i++) {
		struct sim_room *room = w->rooms.found[i];
		room->value = sim_hybrid_score(w, room->group, room->free);
	}
	if (is_head_best(w, shape, len))
		return w->nodes[0];
	uint32_t nodes = count(w, 0, len);
	if (top > nodes)
		top = nodes;
	if (top > 1)
		n = (uint32_t)((uint64_t)rt_rng_u32(&w->rng) * top >> 32);
	for (;;) {
		uint32_t end = lowest(w, from, len);
		uint32_t equal = count(w, from, end);
		if (n < equal)
			return sim_rooms_nth(&w->rooms, from, end, n);
		n -= equal;
		from = end;
	}
}

/* In whole leases: so many of a class ask at a time. */
static double asked(const struct sim_world *w, const struct sim_shape *shape)
{
	uint32_t most = w->up > LEASES_MIN ? w->up : LEASES_MIN;
	uint32_t leases = shape->waiting < most ? shape->waiting : most;

	return (double)leases * (double)rt_res_get(shape->res, w->cpu);
}

static double cpus(const struct sim_world *w)
{
	double sum = 0;

	for (uint32_t i = 0; i < w->rooms.used; i++) {
		const struct sim_room *room = w->rooms.rooms[i];
		struct rt_res res = w->cluster.groups[room->group].res;
		sum += (double)room->count * (double)rt_res_get(res, w->cpu);
	}
	return sum;
}

static bool has_share(const struct sim_world *w, const struct sim_shape *shape)
{
	uint32_t classes = 0;
	double sum = 0;

	if (w->queue.waiting_len < 2 || shape->running == 0 ||
	    !rt_res_get(shape->res, w->cpu))
		return true;
	for (uint32_t i = 0; i < w->queue.waiting_len; i++) {
		const struct sim_shape *other =
			&w->queue.shapes[w->queue.waiting[i]];
		sum += asked(w, other);
		classes += rt_res_get(other->res, w->cpu) > 0;
	}
	return sum <= cpus(w) || shape->running <= w->leases / classes;
}

static const struct sim_node_ops node_ops = {
	.by_class = true,
	.backs_off = true,
	.shuffled = true,
	.choose = choose,
	.may_start = has_share,
	.worth = sim_hybrid_worth,
};

const struct sim_scheduler sim_scheduler_ray_hybrid = {
	.name = "ray-hybrid",
	.summary = "as Ray does: half full one by one, then level",
	.nodes = &node_ops,
};
