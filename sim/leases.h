/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leases.h - tasks start as in Ray: the driver, on the head, asks for workers,
 * a raylet that has no room sends the request on, and the views that decide
 * where to are a little old.  A lease is of a class of equal tasks and taken by
 * the oldest that waits.  docs/placement.md has the rules.
 */
#ifndef SIM_LEASES_H
#define SIM_LEASES_H

#include "sim/world.h"

struct sim_leases *sim_leases_new(const struct sim_world *);
void sim_leases_free(struct sim_world *);

/* A task of the shape waits. */
void sim_leases_came(struct sim_world *, const struct sim_shape *);
/* It has ended: its worker takes the next one, or goes back. */
void sim_leases_ended(struct sim_world *, uint32_t job);
/* It was lost with its node. */
void sim_leases_lost(struct sim_world *, uint32_t job);

/* The node takes tasks from now on, or no more. */
void sim_leases_open(struct sim_world *, struct sim_node *);
void sim_leases_close(struct sim_world *, struct sim_node *);
/* It has more or less left than it had. */
void sim_leases_changed(struct sim_world *, struct sim_node *);

/* SIM_LEASE_ROUTE of a shape, _ARRIVE, _READY and _RETURN of a request, _REAP
 * and _TICK of a node. */
void sim_leases_happen(struct sim_world *, struct sim_event);

#endif
