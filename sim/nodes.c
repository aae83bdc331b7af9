/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nodes.c - the life of a node: starting, up, draining, stopped, gone.
 */
#include <inttypes.h>
#include <math.h>

#include "core/base/mem.h"
#include "sim/world.h"

static const char *pod_name(const struct sim_world *w, uint32_t group,
			    uint32_t order)
{
	const char *cluster =
		w->cluster.name[0] ? w->cluster.name : "raycluster";

	if (order == 0)
		return rt_arena_printf(w->arena, "%s-head", cluster);
	return rt_arena_printf(w->arena, "%s-%s-worker-%" PRIu32, cluster,
			       w->cluster.groups[group].name, order - 1);
}

static bool takes_tasks(const struct sim_world *w, const struct sim_node *node)
{
	return node->order > 0 || w->head_takes_tasks;
}

static struct sim_node *add(struct sim_world *w, uint32_t group, double ready_s)
{
	struct sim_node *node = RT_ARENA_NEW(w->arena, struct sim_node);
	struct rt_res res = w->cluster.groups[group].res;

	RT_GROW(w->nodes, w->nodes_len, w->nodes_cap);
	*node = (struct sim_node){
		.order = w->nodes_len,
		.group = group,
		.state = SIM_GONE, /* so far */
		.pod = pod_name(w, group, w->nodes_len),
		.ray_node_id = rt_arena_printf(w->arena, "%056" PRIx32,
					       w->nodes_len + 1),
		.launch_s = w->now_s,
		.ready_s = ready_s,
		.stop_s = INFINITY,
		.gone_s = INFINITY,
		.idle_since_s = ready_s,
		.free = rt_arena_dup(w->arena, res.at,
				     res.len * sizeof *res.at),
		.older = w->newest,
	};
	w->nodes[w->nodes_len++] = node;
	if (w->newest)
		w->newest->newer = node;
	else
		w->oldest = node;
	w->newest = node;
	w->group_nodes[group]++;
	if (!w->cluster.groups[group].is_head)
		w->alive++;
	sim_rooms_enter(&w->rooms, node);
	sim_observe_new(w, node);
	return node;
}

static void open(struct sim_world *w, struct sim_node *node)
{
	sim_tell_node(w, node, SIM_UP);
	if (!takes_tasks(w, node))
		return;
	w->up++;
	sim_rooms_open(&w->rooms, node);
	sim_placer_room(w, node);
}

static void close(struct sim_world *w, struct sim_node *node)
{
	if (!node->room)
		return;
	w->up--;
	sim_rooms_close(&w->rooms, node);
}

void sim_node_begin(struct sim_world *w, uint32_t group)
{
	open(w, add(w, group, 0));
}

void sim_node_launch(struct sim_world *w, uint32_t group)
{
	double delay = sim_delays_next(w->delays);
	struct sim_node *node = add(w, group, w->now_s + delay);

	sim_tell_node(w, node, SIM_STARTING);
	if (delay > w->longest_delay_s)
		w->longest_delay_s = delay;
	sim_evq_push(&w->events,
		     (struct sim_event){ node->ready_s, SIM_NODE_READY,
					 node->order });
	w->launches++;
}

void sim_node_ready(struct sim_world *w, struct sim_node *node)
{
	if (node->state != SIM_STARTING)
		return; /* it was deleted before */
	open(w, node);
	w->seen++;
}

static void stop(struct sim_world *w, struct sim_node *node)
{
	sim_tell_node(w, node, SIM_STOPPED);
	node->stop_s = w->now_s;
}

/* Drained at once, or after the delay that the settings ask for. */
static void let_stop(struct sim_world *w, struct sim_node *node)
{
	double delay = w->conf->settings.drain_s;

	if (delay > 0)
		sim_evq_push(&w->events, (struct sim_event){ w->now_s + delay,
							     SIM_NODE_DRAINED,
							     node->order });
	else
		stop(w, node);
}

void sim_node_drain(struct sim_world *w, struct sim_node *node)
{
	close(w, node);
	sim_tell_node(w, node, SIM_DRAINING);
	if (node->tasks == 0)
		let_stop(w, node);
}

void sim_node_drained(struct sim_world *w, struct sim_node *node)
{
	if (node->state == SIM_DRAINING)
		stop(w, node);
	w->seen++;
}

void sim_node_delete(struct sim_world *w, struct sim_node *node)
{
	close(w, node);
	sim_rooms_leave(&w->rooms, node);
	if (node->older)
		node->older->newer = node->newer;
	else
		w->oldest = node->newer;
	if (node->newer)
		node->newer->older = node->older;
	else
		w->newest = node->older;
	if (isinf(node->stop_s))
		node->stop_s = w->now_s;
	sim_tell_node(w, node, SIM_GONE);
	node->gone_s = w->now_s;
	RT_GROW(w->free_addresses, w->free_len, w->free_cap);
	w->free_addresses[w->free_len++] = node->address;
	w->group_nodes[node->group]--;
	w->alive--;
	w->terminations++;
	w->seen++;
}

static void change(struct sim_node *node, struct rt_res res, int64_t count)
{
	struct rt_amount *free = node->free;

	for (uint32_t i = 0; i < res.len; i++) {
		while (free->name != res.at[i].name)
			free++;
		free->units += count * res.at[i].units;
	}
}

void sim_node_reserve(struct sim_node *node, const struct sim_shape *shape,
		      int64_t count)
{
	change(node, shape->res, -count);
}

bool sim_node_take(struct sim_world *w, struct sim_node *node,
		   const struct sim_shape *shape, uint32_t count)
{
	change(node, shape->res, -(int64_t)count);
	node->tasks += count;
	sim_rooms_open(&w->rooms, node);
	if (node->tasks <= node->workers)
		return false;
	node->workers = node->tasks;
	return true;
}

void sim_node_give(struct sim_world *w, struct sim_node *node,
		   const struct sim_shape *shape, uint32_t count)
{
	change(node, shape->res, count);
	node->tasks -= count;
	if (node->tasks == 0)
		node->idle_since_s = w->now_s;
	if (node->room) {
		sim_rooms_open(&w->rooms, node);
		sim_placer_room(w, node);
	} else if (node->tasks == 0) {
		let_stop(w, node);
	}
}
