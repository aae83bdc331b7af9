/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evq.h - what is going to happen, soonest first.  At one instant completions
 * come before nodes that become ready, those before nodes that stop or are
 * lost, and jobs that come last; equal ones go by number.  So the order never
 * hangs on how the queue was filled.
 */
#ifndef SIM_EVQ_H
#define SIM_EVQ_H

#include <stdbool.h>
#include <stdint.h>

enum sim_event_kind {
	SIM_TASK_DONE,
	SIM_NODE_READY,
	SIM_NODE_DRAINED,
	SIM_NODE_SPOT,
	SIM_NODE_CRASH,
	SIM_LOSS,       /* of the list that is given */
	SIM_NODE_GONE,  /* its deletion has come to its end */
	SIM_QUOTA_STEP, /* of a group */
	SIM_GANG_TICK,
	SIM_LEASE_ROUTE, /* leases.h */
	SIM_LEASE_ARRIVE,
	SIM_LEASE_READY,
	SIM_LEASE_RETURN,
	SIM_LEASE_REAP,
	SIM_LEASE_TICK,
	SIM_JOB_COMES,
};

struct sim_event {
	double at_s;
	enum sim_event_kind kind;
	uint32_t number; /* of the job, the node, the group or the loss */
};

/* Zeroed: empty. */
struct sim_evq {
	uint32_t len, cap;
	struct sim_event *heap;
};

void sim_evq_push(struct sim_evq *, struct sim_event);
/* The soonest; the queue must not be empty. */
struct sim_event sim_evq_pop(struct sim_evq *);
/* When the soonest is; INFINITY: there is none. */
double sim_evq_next(const struct sim_evq *);
/* Takes out what `is_void` tells of; it is called once for each. */
void sim_evq_drop(struct sim_evq *,
		  bool (*is_void)(void *to, const struct sim_event *),
		  void *to);
void sim_evq_free(struct sim_evq *);

#endif
