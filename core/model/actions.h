/* SPDX-License-Identifier: Apache-2.0 */
/*
 * actions.h - this round's calls to the world.  Whoever carries them out writes
 * each outcome into its action and hands the list back to the controller
 * (rt_controller_note), in the sidecar and in the simulator alike.
 */
#ifndef CORE_MODEL_ACTIONS_H
#define CORE_MODEL_ACTIONS_H

#include <raytide/plan.h>

#include "core/model/observation.h"

enum rt_action_kind {
	RT_ACTION_LAUNCH, /* `count` more pods of `group` */
	RT_ACTION_CANCEL, /* `count` fewer, of those that are not there yet */
	RT_ACTION_DRAIN,  /* ask Ray to stop the node */
	RT_ACTION_DELETE, /* delete the pod */
	RT_ACTION_RESIZE, /* ask Kubernetes for another size of the pod */
	RT_ACTION_TELL,   /* tell Ray the size that the pod has now */
};

enum rt_outcome {
	RT_OUTCOME_SKIPPED,  /* not tried: to be decided again */
	RT_OUTCOME_DONE,     /* launched, deleted; drained and gone */
	RT_OUTCOME_ACCEPTED, /* DRAIN: the node will go when its work ends */
	RT_OUTCOME_REFUSED,  /* DRAIN: the node has work again and stays */
	RT_OUTCOME_FAILED,   /* no or a bad answer: to be tried again */
};

#define RT_NO_ACTION UINT32_MAX

struct rt_new_size {
	int64_t cpu, memory; /* units */
	const struct rt_pod_size *now;
	struct rt_resize_note note; /* to be left on the pod afterwards */
};

struct rt_action {
	enum rt_action_kind kind;
	uint32_t group; /* index into the observation's groups */
	/* Index into the snapshot's nodes, and of the instance; of a LAUNCH or
	 * CANCEL, the first instance that it is for. */
	uint32_t node;
	const char *group_name;
	int64_t count;           /* LAUNCH, CANCEL */
	const char *pod;         /* NULL: LAUNCH, CANCEL */
	const char *ray_node_id; /* DRAIN, RESIZE, TELL: hex */
	enum rt_cause cause;     /* DRAIN */
	struct rt_why why;
	int64_t idle_ms;                /* DRAIN for being idle */
	const struct rt_new_size *size; /* RESIZE, TELL */
	/* DELETE: the DRAIN that must be DONE before, in this same round;
	 * otherwise the DELETE is SKIPPED.  RT_NO_ACTION: nothing to wait for.
	 */
	uint32_t after;
	enum rt_outcome outcome; /* written by who carries it out */
};

/* In order: every DRAIN comes before the DELETE that waits for it. */
struct rt_actions {
	uint32_t len, cap;
	struct rt_action *at;
};

#endif
