/* SPDX-License-Identifier: Apache-2.0 */
/*
 * placer.c - a pass over those who wait, in the order that the placement has.
 * The result is that of trying each task on each node.  The cost is not: equal
 * tasks fit alike, so one try speaks for a whole shape; what fitted nowhere is
 * tried again only where a node has gained room; and nodes that are alike are
 * looked at together (rooms.h).
 */
#include "core/base/mem.h"
#include "sim/world.h"

void sim_placer_room(struct sim_world *w, struct sim_node *node)
{
	if (node->gained)
		return;
	node->gained = true;
	RT_GROW(w->gained, w->gained_len, w->gained_cap);
	w->gained[w->gained_len++] = node;
}

struct sim_node *sim_first_node(struct sim_world *w,
				const struct sim_shape *shape)
{
	return sim_rooms_from(&w->rooms, sim_rooms_search(&w->rooms, shape), 0);
}

static bool is_hopeful(const struct sim_world *w, const struct sim_shape *shape)
{
	if (!shape->tried)
		return true;
	for (uint32_t i = 0; i < w->gained_len; i++)
		if (w->gained[i]->room &&
		    sim_shape_fits(shape, w->gained[i]->group,
				   w->gained[i]->free))
			return true;
	return false;
}

/* The oldest task of the shape, if there is room. */
static bool start(struct sim_world *w, struct sim_shape *shape)
{
	struct sim_node *node = w->placement->choose(w, shape);

	if (!node)
		return false;
	bool starts_worker = sim_task_take(w, shape, node);
	sim_job_start(w, sim_queue_leave(&w->queue, shape), node,
		      starts_worker);
	return true;
}

static uint32_t ticket(const struct sim_world *w, const struct sim_shape *shape)
{
	return w->jobs[shape->first].ticket;
}

/* The oldest task of the shape comes before the other one's. */
static bool comes_before(const struct sim_world *w, const struct sim_shape *a,
			 const struct sim_shape *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return ticket(w, a) < ticket(w, b);
}

static bool is_gang_first(const struct sim_world *w,
			  const struct sim_gang *gang,
			  const struct sim_shape *shape)
{
	if (!gang || !shape)
		return gang;
	if (gang->priority != shape->priority)
		return gang->priority > shape->priority;
	return gang->ticket < ticket(w, shape);
}

/* Whose task is the first of all. */
static struct sim_shape *front(const struct sim_world *w)
{
	struct sim_shape *first = NULL;

	if (!w->classes)
		return sim_queue_front(&w->queue);
	for (uint32_t i = 0; i < w->queue.waiting_len; i++) {
		struct sim_shape *shape = &w->queue.shapes[w->queue.waiting[i]];
		if (!first || comes_before(w, shape, first))
			first = shape;
	}
	return first;
}

/* Gangs and tasks in order of submission, until one does not fit. */
static void place_strictly(struct sim_world *w)
{
	for (;;) {
		struct sim_shape *shape = front(w);
		struct sim_gang *gang = w->first_gang;
		if (!gang && !shape)
			return;
		if (is_gang_first(w, gang, shape) ? !sim_gang_start(w, gang)
						  : !start(w, shape))
			return;
	}
}

static bool has_turn(const struct sim_world *w, uint32_t one, uint32_t other)
{
	const struct sim_shape *a = &w->queue.shapes[one];
	const struct sim_shape *b = &w->queue.shapes[other];

	return w->placement->by_class && a->priority == b->priority
		       ? a->turn < b->turn
		       : comes_before(w, a, b);
}

/* The candidates are a heap, the one whose turn it is on top. */
static void sift_down(struct sim_world *w, uint32_t i, uint32_t len)
{
	uint32_t moved = w->candidates[i], child;

	for (; (child = 2 * i + 1) < len; i = child) {
		if (child + 1 < len &&
		    has_turn(w, w->candidates[child + 1], w->candidates[child]))
			child++;
		if (!has_turn(w, w->candidates[child], moved))
			break;
		w->candidates[i] = w->candidates[child];
	}
	w->candidates[i] = moved;
}

static uint32_t find_candidates(struct sim_world *w)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < w->queue.waiting_len && !w->leasing; i++)
		if (is_hopeful(w, &w->queue.shapes[w->queue.waiting[i]]))
			w->candidates[len++] = w->queue.waiting[i];
	for (uint32_t i = len / 2; i-- > 0;)
		sift_down(w, i, len);
	return len;
}

/* True: the shape is out of the question for now. */
static bool try_shape(struct sim_world *w, struct sim_shape *shape)
{
	if (w->placement->may_start && !w->placement->may_start(w, shape)) {
		shape->tried = false;
		return true;
	}
	if (start(w, shape))
		return shape->first == SIM_NONE;
	shape->tried = true;
	return true;
}

static void place(struct sim_world *w)
{
	uint32_t len, next = 0;

	sim_gangs_due(w);
	len = find_candidates(w);
	while (len > 0 || next < w->due_len) {
		struct sim_gang *gang = next < w->due_len ? w->due[next] : NULL;
		struct sim_shape *shape =
			len ? &w->queue.shapes[w->candidates[0]] : NULL;
		if (is_gang_first(w, gang, shape)) {
			next++;
			if (!sim_gang_start(w, gang))
				sim_gang_failed(w, gang);
		} else {
			if (try_shape(w, shape))
				w->candidates[0] = w->candidates[--len];
			sift_down(w, 0, len);
		}
	}
}

void sim_placer_run(struct sim_world *w)
{
	if (w->placement->strict)
		place_strictly(w);
	else
		place(w);
	for (uint32_t i = 0; i < w->gained_len; i++)
		w->gained[i]->gained = false;
	w->gained_len = 0;
}
