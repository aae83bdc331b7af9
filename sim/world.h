/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - the simulated cluster: its nodes, the tasks on them and in front
 * of them, its clock.  world.c moves it on, placer.c starts tasks, observe.c
 * shows it to the controller and act.c does what the controller wants.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "sim/delays.h"
#include "sim/evq.h"
#include "sim/meter.h"
#include "sim/queue.h"
#include "sim/sim.h"

struct sim_node {
	uint32_t order; /* of launch: 0 the head, n + 1 node n */
	uint32_t group;
	enum sim_node_state state;
	const char *pod;
	const char *ray_node_id;
	double launch_s, ready_s;
	double stop_s; /* when it ran tasks no more; INFINITY: it does */
	double gone_s; /* when its pod was deleted; INFINITY: it is there */
	double idle_since_s;
	uint32_t tasks;
	uint32_t workers;       /* processes, busy or idle */
	struct rt_amount *free; /* of the group's resources, in their order */
	struct sim_node *older, *newer; /* among those that are not gone */
};

struct sim_world {
	const struct sim_conf *conf;
	struct rt_arena *arena; /* of the run */
	struct rt_raycluster cluster;
	bool head_takes_tasks; /* it has CPUs */
	double now_s;
	struct sim_evq events;
	struct sim_delays *delays;
	double longest_delay_s; /* of all so far, and not below the mean */
	struct sim_meter *meter;

	struct sim_queue queue;
	uint32_t *candidates; /* the placer's: room for all shapes */
	uint32_t jobs_len;
	struct sim_job *jobs;
	uint32_t arrived; /* tasks before it have been submitted */
	uint32_t running;
	uint32_t ended;       /* tasks that are done or were rejected */
	double last_change_s; /* a task came, started or ended */

	uint32_t nodes_len, nodes_cap;
	struct sim_node **nodes; /* every one ever, by order */
	struct sim_node *oldest, *newest;
	uint32_t *group_nodes; /* for each group: those that are not gone */
	uint32_t alive;        /* workers that are not gone */

	uint64_t launches, terminations, peak_nodes, seen;
};

/* Names of resources go into `names`. */
enum rt_status sim_world_new(struct sim_world **, const struct sim_conf *,
			     struct rt_names *names, struct rt_error *err);
void sim_world_free(struct sim_world **);

/* When something happens next; INFINITY: nothing will. */
double sim_world_next(const struct sim_world *);
/* All that happens at this instant: completions, nodes, arrivals, placement;
 * again, as long as what started ends at the same instant. */
void sim_world_step(struct sim_world *, double now_s);

/* The node will take tasks after its delay. */
void sim_world_launch(struct sim_world *, uint32_t group);
/* The node takes no more tasks and stops when it is empty. */
void sim_world_drain(struct sim_world *, struct sim_node *);
/* An empty node is no more. */
void sim_world_delete(struct sim_world *, struct sim_node *);

/* tell.c: what happens to a task, and to the job of the same number. */
void sim_tell_task(struct sim_world *, enum sim_news_kind, uint32_t task);
/* The node comes into a state. */
void sim_tell_node(struct sim_world *, struct sim_node *, enum sim_node_state);
void sim_tell_round(struct sim_world *, uint64_t round,
		    const struct rt_actions *);

/* placer.c: a node has more room than before. */
void sim_placer_room(struct sim_world *, struct sim_node *);
/* A node goes: nobody may look at it any more. */
void sim_placer_forget(struct sim_world *, const struct sim_node *);
/* Starts what fits, first come first served. */
void sim_placer_run(struct sim_world *);

/* observe.c: the instant as the controller sees it.  What may change is copied
 * into the arena of the round. */
struct rt_observation *sim_observe(struct sim_world *, struct rt_arena *);
/* The time that such an observation has. */
int64_t sim_whole_ms(double s);

/* act.c: carries the actions out and writes their outcomes. */
void sim_act(struct sim_world *, struct rt_actions *);
#endif
