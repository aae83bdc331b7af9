/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - what a round wishes to be done.  Policies read it freely and edit
 * it through the verbs below only: each demands a reason, and the same reasons
 * explain, log and record the round.
 */
#ifndef RAYTIDE_PLAN_H
#define RAYTIDE_PLAN_H

#include <raytide/snapshot.h>

enum rt_reason {
#define RT_REASON(code, sentence) RT_WHY_##code,
#include <raytide/reasons.def>
#undef RT_REASON
};

/* An entry of the snapshot's demand. */
enum rt_entry_kind {
	RT_ENTRY_NONE,
	RT_ENTRY_TASK,
	RT_ENTRY_GANG,
	RT_ENTRY_CONSTRAINT,
	RT_ENTRY_SPARE,
};

struct rt_entry {
	enum rt_entry_kind kind;
	uint32_t index;
};

/* RT_WHY(IDLE, .n = 61000, .limit = 60000).  What the sentence of the reason
 * does not speak of need not be given. */
struct rt_why {
	enum rt_reason code;
	int64_t n; /* a count, ms, or units: as the sentence has it */
	int64_t limit;
	struct rt_entry entry;
	uint32_t name;  /* id: of a resource or a label's key */
	uint32_t group; /* index */
};
#define RT_WHY(...) ((struct rt_why){ .code = RT_WHY_##__VA_ARGS__ })

enum rt_cause {
	RT_CAUSE_IDLE,
	RT_CAUSE_MAX_NUM_NODE_PER_TYPE,
	RT_CAUSE_MAX_NUM_NODES,
	RT_CAUSE_CONSOLIDATE, /* its work is to run elsewhere */
};

struct rt_removal {
	uint32_t node; /* index into the snapshot's nodes */
	enum rt_cause cause;
	int64_t idle_ms;   /* as it was judged (pending nodes: unneeded for) */
	struct rt_why why; /* set by the verb */
};

/* A pod to be resized in place. */
struct rt_resizing {
	uint32_t node;
	const char *raylet_id;
	int64_t cpu; /* units */
	int64_t memory;
	struct rt_why why; /* set by the verb */
};

/* One line of the explanation.  It is about a node; if there is none, about a
 * group; if there is none either, about the demand that the reason names. */
struct rt_note {
	const char *stage; /* whose edit it was: a policy's name, or "guards" */
	struct rt_why why;
	uint32_t group; /* RT_NO_GROUP: none */
	uint32_t node;  /* index; UINT32_MAX: none */
	int64_t count;  /* RT_NONE: it is not about a number of nodes */
};

/* Read only outside core/model/plan.c. */
struct rt_plan {
	/* As the stages have shaped it so far. */
	const struct rt_snapshot *snapshot;
	struct rt_snapshot *shaped; /* the same, when one has; else NULL */
	struct rt_group *groups;    /* its groups, to be shaped; else NULL */
	struct rt_request *tasks;   /* its tasks, to be shaped; else NULL */
	uint32_t spares_cap;
	struct rt_arena *arena;
	const char *stage;  /* who edits it now */
	uint32_t flags;     /* of that policy */
	const char *misuse; /* what it did that it may not; NULL: nothing */
	bool held;          /* nothing may be written to the world */
	bool explain;       /* reasons for what stays as it is are wanted too */

	int64_t *launch;           /* nodes to launch, for each group */
	struct rt_why *launch_why; /* the first reason given for them */
	int64_t *cancelled; /* launches for a minimum that were taken back */
	uint32_t removals_len, removals_cap;
	struct rt_removal *removals;
	bool *removed; /* for each node: is it among the removals? */

	uint32_t resizes_len, resizes_cap;
	struct rt_resizing *resizes;

	int64_t *infeasible_tasks; /* how many of each of demand.tasks */
	bool *infeasible_gangs;
	bool *infeasible_constraints;

	struct rt_times *unneeded; /* for each group, for the next round */

	/* Launches of a group in one round: at most speed x its running nodes
	 * (at least 1).  0: as the manifest's upscalingMode says. */
	double upscaling_speed;

	bool mended; /* Ray's faults are: see rt_mend() */

	int64_t until_ms; /* see rt_until(); RT_NONE: nobody has said */

	uint32_t notes_len, notes_cap;
	struct rt_note *notes;
};

/*
 * The verbs.  Policies call them through the inline wrappers of policy.h, the
 * core directly (core/model/plan.h).  Counts are >= 0.
 *
 * Before the stage that packs:
 *   floor       at least so many nodes of `group`, up to its maximum
 *   spare       room for these requests beside the demand
 *   defer       so many of task i are not to be placed in this round
 *   prefer      groups with a higher number are filled and launched first
 * The one that packs:
 *   launch      `count` more nodes of `group`
 *   remove      end this node; a second removal of a node changes nothing
 *   cancel      launches for a minimum that a maximum took back (not launched)
 *   resize      make this node's pod larger (or smaller) in place
 *   infeasible  `count` of task i, gang i or constraint i fit nowhere
 * After it:
 *   keep        takes the removal of this node back
 *   launch, remove, too, of a stage that packs anew
 * Any:
 *   stay        why this idle node is not removed; noted if plan->explain
 *   unneeded    the times to be given back in the next snapshot
 *   pace        upscaling speed, > 0
 *   until       with nothing new the plan would be the same before this moment
 */

#endif
