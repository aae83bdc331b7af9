/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_state.h - what the stages of a packing work on.  A *bin* is a node as
 * the packing sees it, an *ask* a run of equal requests.  The stages pass a
 * list of bins on; its order decides ties.
 *
 * A bin is not changed by packing: to place requests makes a new bin from the
 * old one, so that a packing is given up by dropping its list.  Only the stages
 * before and after the demand (floor, idle) set the fate of the bins in the
 * list.
 */
#ifndef CORE_SCHED_PACK_STATE_H
#define CORE_SCHED_PACK_STATE_H

#include <raytide/plan.h>

#include "core/base/arena.h"

/* Demand is placed on what is available, a constraint on the totals: the two do
 * not see each other. */
enum rt_source {
	RT_SOURCE_DEMAND,
	RT_SOURCE_CONSTRAINT,
	RT_SOURCES,
};

enum rt_fate {
	RT_FATE_KEEP,
	RT_FATE_LAUNCH,
	RT_FATE_TERMINATE,
};

/* A chain of the requests placed on a bin, the latest first, equal neighbours
 * once. */
struct rt_held {
	const struct rt_request *request;
	struct rt_entry entry; /* what it is a part of */
	const struct rt_held *before;
};

#define RT_NO_NODE UINT32_MAX

/* Every node has 1 of a resource whose name begins so. */
#define RT_IMPLICIT "node:__internal_implicit_resource_"

struct rt_bin {
	uint32_t node;  /* index into the snapshot's; RT_NO_NODE: not there */
	uint32_t group; /* always a configured one */
	bool is_head;
	bool has_ray; /* Ray gave it a node id */
	enum rt_node_status status;
	int64_t idle_ms;

	enum rt_fate fate;
	struct rt_why why;   /* the reason of LAUNCH and TERMINATE */
	enum rt_cause cause; /* of TERMINATE */
	double used;         /* scratch of the termination order */

	struct rt_res total;
	struct rt_labels labels;
	struct rt_res available[RT_SOURCES];
	const struct rt_held *held[RT_SOURCES];
	const struct rt_resize *resize; /* NULL: not in place */
	/* The numbers of pack_twin.c; 0: not asked for yet. */
	uint32_t twin[RT_SOURCES];
};

struct rt_bins {
	uint32_t len, cap;
	struct rt_bin **at;
};

static inline bool rt_entry_same(struct rt_entry a, struct rt_entry b)
{
	return a.kind == b.kind && a.index == b.index;
}

struct rt_ask {
	const struct rt_request *request;
	int64_t left; /* how many are still to be placed */
	struct rt_entry entry;
};

/* Amounts of the few names that asks are told apart by at a glance. */
#define RT_OFFERED 4
struct rt_offer {
	int64_t units[RT_OFFERED];
};

struct rt_asks {
	uint32_t len, cap;
	struct rt_ask *at;
	uint32_t open; /* asks with something left */

	/* The index of pack_asks.c. */
	uint32_t columns_len, columns[RT_OFFERED]; /* the names */
	uint32_t leaves;                           /* a power of 2 */
	struct rt_offer *tree; /* 1 is the root, 2i and 2i + 1 are below i */
};

/* The states that pack_twin.c has seen. */
struct rt_twins {
	bool *mentioned; /* for each name: a request tells bins apart by it */
	uint32_t len, cap;
	struct rt_twin *at;
	uint32_t row_len, row_cap;
	uint64_t *row; /* scratch */
};

/* A bin on which requests are tried: its own copy of what placing changes. */
struct rt_trial {
	const struct rt_bin *bin;
	enum rt_source source;
	uint32_t available_len, available_cap;
	struct rt_amount *available;
	uint32_t labels_len, labels_cap;
	struct rt_label *labels;
	uint32_t placed_len, placed_cap;
	const struct rt_ask **placed; /* beside what the bin holds */
	/* The last bin met that has a label that was to be set, with another
	 * value. */
	const struct rt_bin *clash;
	struct rt_why clash_why;
};

struct rt_pack {
	const struct rt_snapshot *snapshot;
	struct rt_plan *plan;
	struct rt_arena *arena; /* the plan's */
	/* What packings make, bins and asks.  A gang that is given up gives
	 * back its own; nothing else may be allocated here. */
	struct rt_arena *draft;

	struct rt_bins bins;   /* the list as it stands */
	struct rt_bins next;   /* as the packing that was tried would have it */
	struct rt_bin **fresh; /* for each group, a node just launched */

	/* Names; UINT32_MAX: nobody mentions it. */
	uint32_t cpu, gpu, memory;
	bool *implicit;  /* for each name: every node has 1 of it */
	uint32_t *stamp; /* for each name: scratch of the score */
	uint32_t stamps;
	struct rt_twins twins;
	struct rt_trial trial;
	struct rt_pool *pool;     /* of pack_pool.c */
	struct rt_bins exhausted; /* scratch of pack_fit.c */
};

#endif
