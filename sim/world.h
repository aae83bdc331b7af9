/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - the simulated cluster: its nodes, the jobs on them and in front of
 * them, its clock.  world.c moves it on, nodes.c and jobs.c know their lives,
 * placer.c and gang.c start what fits, observe.c shows the instant to the
 * controller and act.c does what the controller wants.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "sim/deps.h"
#include "sim/evq.h"
#include "sim/meter.h"
#include "sim/queue.h"
#include "sim/rooms.h"
#include "sim/scheduler.h"
#include "sim/sim.h"
#include "sim/view.h"

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
	uint32_t tasks;         /* and bundles */
	uint32_t workers;       /* processes, busy or idle */
	struct rt_amount *free; /* of the group's resources, in their order */
	struct rt_res total;    /* as Ray reports it */
	uint32_t address;       /* of those that nodes have in turn */
	uint32_t position;      /* among the rooms */
	struct sim_room *room;  /* NULL: it takes no tasks */
	struct sim_raylet *raylet; /* where tasks start by leases */
	bool gained;               /* room, since the placer last ran */
	bool waits;                /* for the group's quota */
	bool stuck;                /* its pod cannot start as things are */
	bool leaving;              /* its pod is being deleted */
	double start_s; /* once it has a machine; INFINITY: in vain */
	struct sim_node *older, *newer; /* among those that are not gone */
};

/* A gang that waits. */
struct sim_gang {
	uint32_t job;
	uint32_t label; /* name id: what keeps its bundles together or apart */
	uint32_t ticket;
	int64_t priority;
	uint64_t tried; /* the world's gains when there was no room for it */
	/* Where those without room are put off: */
	uint32_t failures; /* tries in a row */
	double next_s;     /* not before; a loss comes first of all */
	bool infeasible;   /* some bundle fits on no node that is there */
	struct sim_gang *before, *after;
};

/* Where the bundles of a gang would go; filled anew for each try. */
struct sim_plan {
	uint32_t parts_len, parts_cap;
	struct sim_part *parts;
	uint32_t nodes_len, nodes_cap;
	struct sim_node **nodes; /* which are in no room meanwhile */
	uint32_t asks_cap;
	uint32_t *order; /* of its asks, the largest first */
	uint32_t *left;  /* bundles of each ask */
};

struct sim_world {
	const struct sim_conf *conf;
	struct rt_arena *arena; /* of the run */
	struct rt_names *names;
	struct rt_raycluster cluster;
	bool head_takes_tasks; /* it has CPUs */
	/* Ids of names; no_text is the empty one. */
	uint32_t cpu, gpu, memory, object_store, no_text;
	double now_s;
	struct sim_evq events;
	struct sim_group_settings *groups; /* for each of the cluster's */
	uint32_t steps_left;               /* of all quotas */
	double longest_delay_s; /* of all so far, and not below the mean */
	struct sim_meter *meter;

	uint32_t jobs_len;
	struct sim_job *jobs;
	uint32_t *classes; /* shapes of tasks; NULL: those of the trace */
	struct sim_deps deps;
	uint32_t arrived; /* jobs before it have been looked at */
	uint32_t tickets; /* jobs that came */
	uint32_t coming;  /* that wait for their hour: SIM_JOB_COMES */
	uint32_t running;
	uint32_t leases;      /* tasks among them that hold CPUs */
	uint32_t ended;       /* jobs that are done or were rejected */
	double last_change_s; /* a job came, started or ended */
	uint32_t wish;        /* the last request_resources(), or SIM_NONE */

	const struct sim_node_ops *placement;
	struct sim_leases *leasing; /* NULL: tasks start by passes */
	struct rt_rng rng;          /* the placement's */
	struct sim_queue queue;     /* tasks that wait */
	struct sim_gang *first_gang, *last_gang, *spare_gang;
	uint32_t gangs_len;
	uint64_t gains;  /* passes of the placer before which nodes gained */
	bool gangs_turn; /* they are looked at in this pass */
	bool gangs_tick; /* SIM_GANG_TICK is to come */
	bool joined;     /* a node has, since they were last looked at */
	double gang_phase_s; /* of a second: when the GCS looks at them */
	uint32_t due_len, due_cap;
	struct sim_gang **due; /* to be tried in this pass, in order */
	uint32_t broken_len, broken_cap;
	uint32_t *broken; /* jobs that hold bundles and wait for others */
	uint32_t labels;  /* made for gangs so far */
	struct sim_plan plan;
	uint32_t *candidates; /* the placer's: room for all shapes */
	struct sim_rooms rooms;
	uint32_t gained_len, gained_cap;
	struct sim_node **gained;
	const struct sim_node *last; /* of a round robin; NULL: none yet */

	uint32_t nodes_len, nodes_cap;
	struct sim_node **nodes; /* every one ever, by order */
	struct sim_node *oldest, *newest;
	uint32_t *group_nodes; /* for each group: those that are not gone */
	uint32_t *leaving; /* for each group: those that are being deleted */
	uint32_t *stuck;   /* for each group: those that wait for quota */
	uint32_t alive;    /* workers that are not gone */
	uint32_t up;       /* nodes that take tasks */

	uint64_t launches, terminations, peak_nodes, seen;
	uint64_t lost_nodes, retries;

	uint32_t addresses; /* that nodes have or had */
	uint32_t free_len, free_cap;
	uint32_t *free_addresses;
	struct rt_arena *pulled; /* of the next two */
	uint32_t demand_len;
	const struct rt_request *demand; /* tasks that the controller sees */
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

/* ---- nodes.c ------------------------------------------------------------ */

/* One that is there from the start, ready. */
void sim_node_begin(struct sim_world *, uint32_t group);
/* The node will take tasks after its delay. */
void sim_node_launch(struct sim_world *, uint32_t group);
void sim_node_ready(struct sim_world *, struct sim_node *);
/* The node takes no more tasks and stops when it is empty. */
void sim_node_drain(struct sim_world *, struct sim_node *);
void sim_node_drained(struct sim_world *, struct sim_node *);
/* The quota has room again: pods that wait for it start. */
void sim_nodes_unstick(struct sim_world *, uint32_t group);
/* It is taken away or crashes, with all that runs there. */
void sim_node_lost(struct sim_world *, struct sim_node *, bool crash);
/* The pod of an empty node is deleted, which takes its time. */
void sim_node_delete(struct sim_world *, struct sim_node *);
void sim_node_gone(struct sim_world *, struct sim_node *);
/* Room for so many is set aside, or given back; nobody is told. */
void sim_node_reserve(struct sim_node *, const struct sim_shape *,
		      int64_t count);
/* `count` of the shape start on the node, which has room: true, if a worker
 * process must start for one of them; or they end there. */
bool sim_node_take(struct sim_world *, struct sim_node *,
		   const struct sim_shape *, uint32_t count);
void sim_node_give(struct sim_world *, struct sim_node *,
		   const struct sim_shape *, uint32_t count);

/* ---- shapes.c ----------------------------------------------------------- */

/* What the trace asks for. */
void sim_shapes_init(struct sim_world *);
/* Of a task, or of one of the bundles. */
struct sim_shape *sim_job_shape(const struct sim_world *, uint32_t job,
				uint32_t ask);
/* 0 where priorities do not count. */
int64_t sim_job_priority(const struct sim_world *, uint32_t job);

/* ---- jobs.c ------------------------------------------------------------- */

/* Its hour in the trace has come; that of a job that waits for others comes
 * later, or was before. */
void sim_job_arrive(struct sim_world *, uint32_t job);
/* It is submitted: it waits, or is rejected. */
void sim_job_come(struct sim_world *, uint32_t job);
/* It is on its nodes, of which `node` is the first. */
void sim_job_start(struct sim_world *, uint32_t job,
		   const struct sim_node *node, bool starts_worker);
void sim_job_end(struct sim_world *, uint32_t job);
/* Does the gang hold a bundle there?  Nodes are numbered from 0. */
bool sim_job_is_on(const struct sim_job *, uint32_t node);
/* A task of the shape takes what it asks for: as sim_node_take(); or gives it
 * back. */
bool sim_task_take(struct sim_world *, struct sim_shape *, struct sim_node *);
void sim_task_leave(struct sim_world *, struct sim_shape *, struct sim_node *);
/* The node goes from under its jobs, which are tried again `after_s`. */
void sim_jobs_lose(struct sim_world *, const struct sim_node *, double after_s);

/* ---- tell.c: what happens to a job, or a node, and what a round did ------ */

void sim_tell_task(struct sim_world *, enum sim_news_kind, uint32_t task);
/* The node comes into a state. */
void sim_tell_node(struct sim_world *, struct sim_node *, enum sim_node_state);
void sim_tell_round(struct sim_world *, uint64_t round,
		    const struct rt_actions *);

/* ---- placer.c ----------------------------------------------------------- */

/* A node has more room than before. */
void sim_placer_room(struct sim_world *, struct sim_node *);
/* Starts what fits. */
void sim_placer_run(struct sim_world *);
/* The first node by position that has room; NULL: none. */
struct sim_node *sim_first_node(struct sim_world *, const struct sim_shape *);

/* ---- gang.c ------------------------------------------------------------- */

/* An empty node, of those that are there or of any, has room for all of its
 * bundles together. */
bool sim_gang_one_node(struct sim_world *, uint32_t job, bool there);
/* It starts and waits no more, or there is no room and nothing has changed. */
bool sim_gang_start(struct sim_world *, struct sim_gang *);

/* ---- gang_queue.c ------------------------------------------------------- */

void sim_gang_wait(struct sim_world *, uint32_t job);
void sim_gang_leave(struct sim_world *, struct sim_gang *);
/* Fills `due` with those whose turn it is in this pass of the placer. */
void sim_gangs_due(struct sim_world *);
void sim_gang_failed(struct sim_world *, struct sim_gang *);
void sim_gang_tick(struct sim_world *);
/* Bundles of the kind that hold no node. */
uint32_t sim_gang_missing(const struct sim_world *, uint32_t job, uint32_t ask);
/* It runs no more and keeps what bundles it has, if any. */
void sim_gang_break(struct sim_world *, uint32_t job);
/* Of gangs that wait, oldest first, for an observation. */
const struct rt_gang *sim_gang_requests(struct sim_world *, struct rt_arena *,
					uint32_t *len);

/* ---- observe.c ---------------------------------------------------------- */

/* What Ray says that a new node has. */
void sim_observe_new(struct sim_world *, struct sim_node *);
/* Tasks that wait now are those that the controller will see. */
void sim_observe_demand(struct sim_world *);
/* The instant as the controller sees it, with what the GCS tells.  What may
 * change is copied into the arena of the round. */
struct rt_observation *sim_observe(struct sim_world *, const struct sim_view *,
				   struct rt_arena *);
/* The time that such an observation has. */
int64_t sim_whole_ms(double s);

/* act.c: carries the actions out and writes their outcomes. */
void sim_act(struct sim_world *, struct rt_actions *);
#endif
