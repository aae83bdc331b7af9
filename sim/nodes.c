/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nodes.c - the life of a node: starting, up, draining, stopped, gone.
 */
#include <inttypes.h>
#include <math.h>

#include "core/base/mem.h"
#include "sim/faults.h"
#include "sim/leases.h"

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

static void draw_life(struct sim_world *w, const struct sim_node *node)
{
	bool crash;
	double life_s = sim_faults_life(w, node, &crash);

	if (!isinf(life_s))
		sim_evq_push(&w->events,
			     (struct sim_event){ w->now_s + life_s,
						 crash ? SIM_NODE_CRASH
						       : SIM_NODE_SPOT,
						 node->order });
}

static void open(struct sim_world *w, struct sim_node *node)
{
	sim_tell_node(w, node, SIM_UP);
	if (!takes_tasks(w, node))
		return;
	w->up++;
	w->joined = w->gangs_turn = true;
	sim_rooms_open(&w->rooms, node);
	sim_placer_room(w, node);
	if (w->leasing)
		sim_leases_open(w, node);
	if (node->order > 0)
		draw_life(w, node);
}

static void close(struct sim_world *w, struct sim_node *node)
{
	if (!node->room)
		return;
	w->up--;
	if (w->leasing)
		sim_leases_close(w, node);
	sim_rooms_close(&w->rooms, node);
}

void sim_node_begin(struct sim_world *w, uint32_t group)
{
	open(w, add(w, group, 0));
}

static bool has_quota(const struct sim_world *w, uint32_t group)
{
	double quota = sim_faults_quota(w, group);

	return quota < 0 || w->group_nodes[group] - w->stuck[group] < quota;
}

/* It has a machine. */
static void begin_start(struct sim_world *w, struct sim_node *node)
{
	node->stuck = isinf(node->start_s);
	node->ready_s = w->now_s + node->start_s;
	node->idle_since_s = node->ready_s;
	if (node->stuck)
		return;
	if (node->start_s > w->longest_delay_s)
		w->longest_delay_s = node->start_s;
	sim_evq_push(&w->events,
		     (struct sim_event){ node->ready_s, SIM_NODE_READY,
					 node->order });
}

void sim_node_launch(struct sim_world *w, uint32_t group)
{
	bool room = has_quota(w, group);
	struct sim_node *node = add(w, group, INFINITY);

	node->start_s = sim_faults_start(w, node);
	node->waits = !room;
	node->stuck = !room;
	w->stuck[group] += !room;
	sim_tell_node(w, node, SIM_STARTING);
	if (room)
		begin_start(w, node);
	w->launches++;
}

void sim_nodes_unstick(struct sim_world *w, uint32_t group)
{
	struct sim_node *node = w->stuck[group] ? w->oldest : NULL;

	for (; node && has_quota(w, group); node = node->newer) {
		if (!node->waits || node->group != group)
			continue;
		node->waits = false;
		w->stuck[group]--;
		begin_start(w, node);
		w->seen++;
	}
}

void sim_node_ready(struct sim_world *w, struct sim_node *node)
{
	if (node->state != SIM_STARTING || node->leaving)
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

static void go(struct sim_world *w, struct sim_node *node)
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
	w->seen++;
	w->stuck[node->group] -= node->waits;
	node->waits = false;
	sim_nodes_unstick(w, node->group);
}

/* One that waits for a machine is gone at once. */
void sim_node_delete(struct sim_world *w, struct sim_node *node)
{
	const struct sim_settings *set = &w->conf->settings;
	double lag_s = node->waits ? 0 : set->api_lag_s + set->delete_s;

	w->terminations++;
	if (lag_s <= 0) {
		go(w, node);
		return;
	}
	close(w, node);
	if (node->state == SIM_UP || node->state == SIM_DRAINING)
		stop(w, node);
	node->leaving = true;
	w->leaving[node->group]++;
	w->seen++;
	sim_evq_push(&w->events,
		     (struct sim_event){ w->now_s + lag_s, SIM_NODE_GONE,
					 node->order });
}

void sim_node_gone(struct sim_world *w, struct sim_node *node)
{
	w->leaving[node->group]--;
	go(w, node);
}

/* The operator makes another pod for the replica. */
void sim_node_lost(struct sim_world *w, struct sim_node *node, bool crash)
{
	if (node->state != SIM_UP && node->state != SIM_DRAINING)
		return;
	close(w, node);
	sim_tell_node(w, node, SIM_STOPPED);
	sim_jobs_lose(w, node, crash ? w->conf->settings.crash_notice_s : 0);
	go(w, node);
	w->lost_nodes++;
	w->last_change_s = w->now_s;
	sim_node_launch(w, node->group);
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
	if (w->leasing)
		sim_leases_changed(w, node);
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
		if (w->leasing)
			sim_leases_changed(w, node);
	} else if (node->tasks == 0 && node->state == SIM_DRAINING) {
		let_stop(w, node);
	}
}
