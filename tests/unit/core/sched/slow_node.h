/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slow_node.h - a node of the slow packer.  It holds all its lists by value, so
 * that an assignment is a copy which shares nothing that changes.
 */
#ifndef TESTS_UNIT_CORE_SCHED_SLOW_NODE_H
#define TESTS_UNIT_CORE_SCHED_SLOW_NODE_H

#include <raytide/snapshot.h>

#include "core/base/arena.h"

#define SLOW_ENTRIES 48 /* resources or labels of a node */
#define SLOW_NEW UINT32_MAX

enum slow_source {
	SLOW_DEMAND,
	SLOW_CONSTRAINT,
	SLOW_SOURCES,
};

enum slow_fate {
	SLOW_KEEP,
	SLOW_LAUNCH,
	SLOW_TERMINATE,
};

struct slow_map {
	uint32_t len;
	struct rt_amount at[SLOW_ENTRIES];
};

/* The requests placed on a node, the latest first. */
struct slow_held {
	const struct rt_request *request;
	const struct slow_held *before;
};

struct slow_node {
	uint32_t index; /* in the snapshot; SLOW_NEW: to be launched */
	uint32_t group;
	bool is_head;
	bool has_ray;
	bool for_minimum; /* launched for the minimum of its group */
	enum rt_node_status status;
	enum slow_fate fate;
	int cause; /* enum rt_cause, of SLOW_TERMINATE */
	int64_t idle_ms;
	struct slow_map total;
	struct slow_map available[SLOW_SOURCES];
	uint32_t labels_len;
	struct rt_label labels[SLOW_ENTRIES];
	const struct slow_held *held[SLOW_SOURCES];
	bool resizable;
	struct rt_resize resize;
};

struct slow_list {
	uint32_t len, cap;
	struct slow_node *at;
};

struct slow_score {
	uint32_t match, gpu_ok, kinds;
	double min, mean;
};

/* What every function may look at. */
struct slow {
	const struct rt_snapshot *snapshot;
	struct rt_plan *plan;
	struct rt_arena *arena;
	struct slow_list list;
};

/* UINT32_MAX: nobody mentions the name. */
uint32_t slow_name(const struct rt_snapshot *, const char *text);
void slow_add(struct slow *, struct slow_list *, const struct slow_node *);

void slow_take_in(struct slow *);
struct slow_node slow_new_node(const struct rt_snapshot *, uint32_t group);

/* Places the request if it can; false: the node is unchanged. */
bool slow_try(struct slow *, struct slow_node *, const struct rt_request *,
	      enum slow_source);
/* Is there enough of all resources, whatever the labels say? */
bool slow_has_room(const struct slow *, const struct slow_node *,
		   const struct rt_request *, enum slow_source);
struct slow_score slow_score(const struct slow *, const struct slow_node *,
			     enum slow_source);

/* Nothing that a packing from this source sees differs. */
bool slow_is_twin(const struct slow_node *, const struct slow_node *,
		  enum slow_source);
void slow_set_total(const struct slow *, struct slow_node *, int64_t cpu,
		    int64_t memory);
void slow_sort_for_termination(struct slow_node *, uint32_t len);

#endif
