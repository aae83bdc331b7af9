/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances.h - the instance table: every node from the wish for it to its end,
 * oldest first.  instances_sync.c mirrors the world into it (passive),
 * instances_step.c turns a decision into actions (active).  States and edges
 * are those of Ray 2.60's instance manager
 * (ray/autoscaler/v2/instance_manager/reconciler.py).
 */
#ifndef CORE_CONTROLLER_INSTANCES_H
#define CORE_CONTROLLER_INSTANCES_H

#include "core/controller/settings.h"
#include "core/model/actions.h"
#include "core/model/decision.h"
#include "core/model/observation.h"

struct rt_instance {
	uint64_t serial; /* unique in the table's life, from 1 */
	char id[32];     /* "i-000001" */
	char *group;     /* by name: groups may come, go and move */
	bool is_head;
	enum rt_node_status status;
	int64_t since_ms;    /* of the status */
	int retries;         /* REQUESTED that timed out */
	char *pod;           /* NULL before ALLOCATED */
	char *ray_node_id;   /* hex; NULL while Ray has none */
	enum rt_cause cause; /* of a removal under way */
};

struct rt_instances {
	uint32_t len, cap;
	struct rt_instance **at; /* in order of creation */
	uint64_t last_serial;
};

void rt_instances_free(struct rt_instances *);
struct rt_instance *rt_instances_add(struct rt_instances *, const char *group,
				     enum rt_node_status, int64_t now_ms);
void rt_instance_move(struct rt_instance *, enum rt_node_status,
		      int64_t now_ms);

/* Mirrors pods and Ray nodes, applies time-outs, drops what is gone. */
void rt_instances_sync(struct rt_instances *, const struct rt_observation *,
		       const struct rt_controller_settings *);

/* Queues the decision's launches, paces them, starts removals. */
void rt_instances_step(struct rt_instances *, const struct rt_observation *,
		       const struct rt_decision *,
		       const struct rt_controller_settings *, struct rt_arena *,
		       struct rt_actions *);

/* Takes the outcomes in. */
void rt_instances_note(struct rt_instances *, const struct rt_actions *,
		       int64_t now_ms);

#endif
