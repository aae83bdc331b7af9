/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scheduler.h - who starts where and when.  Every sim/schedulers/NAME.c defines
 * `const struct sim_scheduler sim_scheduler_NAME` and is thereby one of those
 * to be chosen: of a pool of processors, of a cluster's nodes, or of both.
 */
#ifndef SIM_SCHEDULER_H
#define SIM_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rt_amount;
struct sim_node;
struct sim_pool;
struct sim_shape;
struct sim_world;

/* Of rigid jobs on a pool of processors. */
struct sim_pool_ops {
	size_t state_size; /* of what it remembers, zero at first */
	/* Something ended or came: starts what may start at this instant. */
	void (*pass)(void *state, struct sim_pool *);
	/* The job has ended; NULL: it is no matter which. */
	void (*ended)(void *state, const struct sim_pool *, uint32_t job);
	void (*close)(void *state); /* NULL: nothing is held */
};

/* Of tasks and gangs on nodes. */
struct sim_node_ops {
	bool strict;    /* what fits nowhere holds up all that came after it */
	bool leases;    /* tasks start by leases, not in passes of the placer */
	bool by_class;  /* equal tasks have their turn together, not the oldest
			 * task of all */
	bool backs_off; /* gangs that found no room are put off */
	bool shuffled;  /* nodes stand in a random order, not that of launch */
	/* Where a task goes; NULL: nowhere, now. */
	struct sim_node *(*choose)(struct sim_world *,
				   const struct sim_shape *);
	/* Whether the shape may start at all now; NULL: yes. */
	bool (*may_start)(const struct sim_world *, const struct sim_shape *);
	/* Of the nodes that hold a bundle one worth most gets it, by what it
	 * has left; NULL: the first. */
	double (*worth)(const struct rt_amount *left, const struct sim_shape *);
};

struct sim_scheduler {
	const char *name;
	const char *summary;
	const struct sim_pool_ops *pool;  /* NULL: not for pools */
	const struct sim_node_ops *nodes; /* NULL: not for clusters */
};

/* NULL-terminated; the Makefile writes both from sim/schedulers/. */
extern const struct sim_scheduler *const sim_schedulers[];
extern const char *const sim_scheduler_names[];

/* NULL: there is none of that name. */
const struct sim_scheduler *sim_scheduler_find(const char *name);

#endif
