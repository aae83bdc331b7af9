/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raylet.h - what goes on at a node where tasks start by leases (leases.h): the
 * requests that wait there, by shape, in the order in which classes have their
 * turn; the processes that are idle; and what others know of the node.
 */
#ifndef SIM_RAYLET_H
#define SIM_RAYLET_H

#include "sim/world.h"

/* Of a shape on a node. */
struct sim_share {
	struct sim_shape *shape;
	uint32_t waiting, running;
};

/* What a raylet knows, and what others know of it. */
struct sim_raylet {
	struct rt_amount *told;   /* to all others */
	struct rt_amount *headed; /* to the head, less what it sent there */
	uint32_t waiting;
	uint32_t len, cap;
	struct sim_share *shares; /* in order of the shapes' turns */
	double phase_s;
	bool ticks; /* SIM_LEASE_TICK is to come */
	bool reaps; /* SIM_LEASE_REAP is to come */
	uint32_t idle_len, idle_cap;
	double *idle_s; /* processes without a task, since when; rising */
};

struct sim_raylet *sim_raylet_new(const struct sim_world *,
				  const struct sim_node *);
void sim_raylet_free(struct sim_raylet **);

/* All see what the node has left. */
void sim_raylet_tell(const struct sim_world *, const struct sim_node *);
/* It will be told at the next tick. */
void sim_raylet_want_tick(struct sim_world *, const struct sim_node *);

/* That of the shape, if need be a new one: others move. */
struct sim_share *sim_raylet_share(struct sim_raylet *, struct sim_shape *);
/* So many requests of those that wait here wait no more. */
void sim_raylet_take_out(struct sim_raylet *, struct sim_share *,
			 uint32_t count);
/* While more CPUs are asked for here than there are, a class has its share of
 * what runs, by number, even where there is room for more. */
bool sim_raylet_has_share(const struct sim_world *, const struct sim_node *,
			  const struct sim_share *);

/* A process has no task. */
void sim_raylet_put_idle(struct sim_world *, const struct sim_node *);
/* Those that are idle too long are ended, when they are more than there are
 * CPUs for: looks at it soon, or now. */
void sim_raylet_want_reap(struct sim_world *, const struct sim_node *);
void sim_raylet_reap(struct sim_world *, const struct sim_node *);

#endif
