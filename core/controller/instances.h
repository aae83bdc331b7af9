/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances.h - the instance table: every node from the wish for it to its end,
 * oldest first.  States are those of Ray 2.60's instance manager
 * (ray/autoscaler/v2/instance_manager).
 *
 *	QUEUED		wished for in this round, and not asked for (pacing)
 *	REQUESTED	in the RayCluster's replicas, no pod yet
 *	ALLOCATED	a pod without Ray
 *	RAY_RUNNING	Ray runs on the pod
 *	RAY_STOP_REQUESTED  the drain was accepted
 *	RAY_STOPPING	Ray drains the node
 *	RAY_STOPPED	Ray is gone, the pod is not
 *	ALLOCATION_FAILED   no pod came, the promise is to be taken back
 *	ALLOCATION_TIMEOUT  Ray never came, the pod is to go
 *	TERMINATING	the pod's deletion was asked for
 *
 * An instance leaves the table with its pod; one whose pod goes before Ray came
 * waits for the next pod.  How long each state may last: life.c.
 */
#ifndef CORE_CONTROLLER_INSTANCES_H
#define CORE_CONTROLLER_INSTANCES_H

#include "core/controller/backoff.h"
#include "core/controller/settings.h"
#include "core/model/actions.h"
#include "core/model/decision.h"
#include "core/model/observation.h"

struct rt_instance {
	char id[32]; /* "i-000001", unique in the table's life */
	char *group; /* by name: groups come, go and move */
	bool is_head;
	enum rt_node_status status;
	int64_t asked_ms; /* when the node was asked for, or first seen */
	int64_t since_ms; /* of the status */
	enum rt_node_status before; /* the status before, */
	int64_t before_ms;          /* and how long that lasted */
	char *pod;                  /* NULL before ALLOCATED */
	char *replica; /* of several hosts; "": not told; NULL: no pod yet */
	char *ray_node_id;     /* hex; NULL while Ray has none */
	bool alive;            /* Ray ran on it when it was seen last */
	bool stuck;            /* the pod cannot start as it is, or crashed */
	bool busy;             /* as it was seen last */
	int64_t busy_ms;       /* when it was seen busy last; RT_NONE: never */
	int64_t idle_since_ms; /* by its Ray node; RT_NONE: it is not */
	int64_t idle_more_ms;  /* what that count lacks (idle.h) */
	/* What this round's observation says of it; valid within the round. */
	uint32_t group_index;      /* RT_NO_GROUP: there is none of the name */
	const struct rt_pod *seen; /* NULL: its pod is not there */
	bool named; /* its pod is there, and in workersToDelete */
	const struct rt_ray_node *ray;
	const struct rt_resizable *resizable; /* NULL: not in place */
};

struct rt_instances {
	uint32_t len, cap;
	struct rt_instance **at; /* in order of creation */
	uint64_t last_serial;
	int64_t seen_ms; /* the last round, also one that was not decided anew
			  */
	struct {
		int64_t from_ms, to_ms; /* rounds */
	} died; /* between them a Ray node ended; zeroed: none yet */
	struct rt_backoff resizes; /* groups whose resizes in place fail */
};

void rt_instances_free(struct rt_instances *);
struct rt_instance *rt_instances_add(struct rt_instances *, const char *group,
				     uint32_t group_index, enum rt_node_status,
				     int64_t now_ms);
void rt_instance_move(struct rt_instance *, enum rt_node_status,
		      int64_t now_ms);
/* Drops those for which `gone` holds; the order of the others stays. */
void rt_instances_drop(struct rt_instances *,
		       bool (*gone)(const struct rt_instance *, void *),
		       void *arg);

/* Passive: mirrors pods and Ray nodes, applies time-outs, drops what is gone.
 */
void rt_instances_sync(struct rt_instances *, const struct rt_observation *,
		       const struct rt_controller_settings *,
		       struct rt_backoff *, struct rt_arena *);

/* Active: queues the decision's launches, paces them, starts removals.  The
 * table must not have changed since the decision's snapshot was built. */
struct rt_actions *rt_instances_step(struct rt_instances *,
				     const struct rt_observation *,
				     const struct rt_decision *,
				     const struct rt_controller_settings *,
				     struct rt_arena *);

/* Takes the outcomes of the step's actions in; the table must not have changed
 * since. */
void rt_instances_note(struct rt_instances *, const struct rt_actions *,
		       int64_t now_ms);

#endif
