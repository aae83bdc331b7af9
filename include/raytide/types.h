/* SPDX-License-Identifier: Apache-2.0 */
/*
 * types.h - the plain data that a scaling policy sees: resources, requests,
 * worker groups and nodes.  Nothing here owns memory: every pointer leads into
 * the arena of the round (or to constants) and is valid until its reset.
 *
 * Names (of resources, label keys and label values) are interned: a name id is
 * an index into the snapshot's `names`, so that equal names are equal numbers.
 */
#ifndef RAYTIDE_TYPES_H
#define RAYTIDE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a function that can fail returns; struct rt_error tells the rest. */
enum rt_status {
#define RT_STATUS(name, exit_code, text) RT_##name,
#include <raytide/status.def>
#undef RT_STATUS
};

#define RT_ERROR_TEXT 512

/* Filled by whoever fails, in the caller's storage: "what: why; hint". */
struct rt_error {
	enum rt_status status;
	char text[RT_ERROR_TEXT];
};

/* A count, an age or a limit that is not given ("no limit", "never"). */
#define RT_NONE (-1)

/*
 * Amounts are fixed point: int64 in units of 1/10000, the resolution of Ray's
 * own kResourceUnitScaling.  Amounts from outside are at most RT_AMOUNT_MAX
 * (1e14 whole things), so that the sum over a few never overflows; totals over
 * many nodes are kept in doubles.
 */
#define RT_UNITS 10000
#define RT_AMOUNT_MAX (100000000000000 * (int64_t)RT_UNITS)

struct rt_amount {
	uint32_t name;
	int64_t units;
};

/* Sparse; in byte order of the names, each name once; zero amounts may occur
 * (a request that asks for 0 GPU differs from one that does not mention it). */
struct rt_res {
	uint32_t len;
	const struct rt_amount *at;
};

struct rt_label {
	uint32_t key;
	uint32_t value;
};

/* In byte order of the keys, each key once. */
struct rt_labels {
	uint32_t len;
	const struct rt_label *at;
};

enum rt_label_op {
	RT_LABEL_IN,     /* the node has the label, with one of the values */
	RT_LABEL_NOT_IN, /* it does not; an absent label is in no set */
};

struct rt_label_rule {
	uint32_t key;
	enum rt_label_op op;
	uint32_t len;
	const uint32_t *values;
};

/* All rules must hold; one without rules holds on every node. */
struct rt_selector {
	uint32_t len;
	const struct rt_label_rule *rules;
};

enum rt_placement_kind {
	RT_AFFINITY,
	RT_ANTI_AFFINITY,
};

struct rt_placement {
	enum rt_placement_kind kind;
	uint32_t label;
	uint32_t value;
};

/* `count` equal requests.  Selectors are alternatives in order of preference;
 * no alternative at all and one empty alternative both hold everywhere, but
 * only the latter scores (see core/sched). */
struct rt_request {
	int64_t count;
	struct rt_res res;
	uint32_t selectors_len;
	const struct rt_selector *selectors;
	uint32_t placements_len;
	const struct rt_placement *placements;
};

/* A placement group: its bundles are placed all or not at all.  They are in its
 * own order, and each stands for `count` equal ones in a row. */
struct rt_gang {
	const char *details;
	uint32_t len;
	const struct rt_request *bundles;
};

/* How many bundles there are. */
static inline int64_t rt_gang_size(const struct rt_gang *gang)
{
	int64_t size = 0;

	for (uint32_t i = 0; i < gang->len; i++)
		size += gang->bundles[i].count;
	return size;
}

/* What request_resources() asks to be there: total, not additional, room. */
struct rt_constraint {
	uint32_t len;
	const struct rt_request *requests;
};

struct rt_demand {
	uint32_t tasks_len;
	const struct rt_request *tasks;
	uint32_t gangs_len;
	const struct rt_gang *gangs;
	uint32_t constraints_len;
	const struct rt_constraint *constraints;
	/* Room that policies want beside: placed after all else. */
	uint32_t spares_len;
	const struct rt_request *spares;
};

/* How large a pod may be made in place. */
struct rt_resize_caps {
	int64_t cpu; /* units */
	int64_t memory;
};

/* A worker group of the RayCluster (or the head's), and with it the form of a
 * node that is not there yet: Ray's "node type". */
struct rt_group {
	const char *name;
	bool is_head;
	struct rt_res res; /* of one node */
	struct rt_labels labels;
	int64_t min_nodes; /* nodes = replicas x num_of_hosts */
	int64_t max_nodes;
	int64_t idle_timeout_ms; /* RT_NONE: the cluster's */
	int64_t priority;        /* higher is preferred */
	/* The same, and it comes before how well a node suits; set by policies
	 * only. */
	int64_t prefer;
	double price;         /* of a node for an hour; 0: not known */
	int32_t num_of_hosts; /* >= 1: pods that come and go together */
	/* Scores of recent launch failures, 0 (bad) to 1; see core/sched. */
	double availability;
	double recoverable_availability;
	/* Launches fail: nothing more is asked of it before then, and max_nodes
	 * is what it has.  0: they do not. */
	int64_t backoff_until_ms;
	const struct rt_resize_caps *resize; /* NULL: not in place */
};

/* The states of Ray's instance manager. */
enum rt_node_status {
#define RT_NODE_STATUS(name) RT_NODE_##name,
#include <raytide/node_status.def>
#undef RT_NODE_STATUS
};

enum rt_ray_status {
	RT_RAY_UNKNOWN,
	RT_RAY_RUNNING,
	RT_RAY_IDLE,
	RT_RAY_DRAINING,
	RT_RAY_DEAD,
};

/* What Kubernetes says of a pod's resize. */
enum rt_resize_status {
	RT_RESIZE_NONE, /* none, or done */
	RT_RESIZE_NEW,  /* decided and not yet sent */
	RT_RESIZE_INPROGRESS,
	RT_RESIZE_DEFERRED,
	RT_RESIZE_INFEASIBLE,
	RT_RESIZE_ERROR,
};

/* A pod that may be resized in place; amounts in units.  Where there is one,
 * CPU and memory are among the snapshot's names. */
struct rt_resize {
	int64_t current_cpu, current_memory;
	int64_t desired_cpu, desired_memory;
	int64_t max_cpu, max_memory; /* of its machine; RT_NONE: not known */
	int64_t resizing_at_s;       /* asked for then; RT_NONE: it was not */
	int64_t failed_at_s;         /* RT_NONE: it did not */
	enum rt_resize_status status;
	const char *raylet_id; /* as recorded; NULL: not known */
};

#define RT_NO_GROUP UINT32_MAX

struct rt_node {
	const char *instance_id; /* unique, not empty */
	const char *pod;         /* NULL until Kubernetes gave one */
	const char *type;        /* the group's name, even if unknown now */
	uint32_t group;          /* index of the group; RT_NO_GROUP: unknown */
	bool is_head;
	enum rt_node_status status;
	const char *ray_node_id; /* hex; "" when there is none */
	enum rt_ray_status ray_status;
	/* From the GCS; meaningless when it does not know the node. */
	bool known;
	struct rt_res total;
	struct rt_res available; /* a used-up resource is absent */
	struct rt_labels labels; /* static ones, overlaid by dynamic ones */
	int64_t idle_ms;         /* 0: busy */
	const struct rt_resize *resize; /* NULL: not in place */
};

/* Points in time, ms since 1970, oldest first. */
struct rt_times {
	uint32_t len;
	const int64_t *at;
};

#endif
