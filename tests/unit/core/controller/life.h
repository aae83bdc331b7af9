/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life.h - a small cluster on which everything may happen: nodes come, work,
 * idle, fail and go, the manifest and the demand change, actions fail, the
 * clock jumps.  In most rounds nothing happens.  The same seed gives the same
 * life; some are busier than others.
 */
#ifndef TESTS_UNIT_CORE_CONTROLLER_LIFE_H
#define TESTS_UNIT_CORE_CONTROLLER_LIFE_H

#include "core/base/names.h"
#include "core/model/actions.h"
#include "core/model/observation.h"

#define LIFE_GROUPS 4
#define LIFE_NODES 64
#define LIFE_SHAPES 4

struct life_node {
	char pod[48], ray_node_id[64];
	uint32_t group;
	int64_t joins_ms; /* when Ray comes; INT64_MAX: never */
	int64_t dies_ms;  /* when Ray goes */
	int64_t gone_ms;  /* when the pod has gone */
	bool draining, deleting;
	bool busy;
	int64_t idle_since_ms, idle_ms; /* and what the raylet says of it */
};

struct life {
	uint64_t state; /* of the dice */
	uint32_t pace;  /* events in 100 rounds */
	int64_t now_ms;
	uint32_t serial, nodes_len;
	struct life_node nodes[LIFE_NODES];
	struct rt_group groups[LIFE_GROUPS];
	struct rt_group_spec specs[LIFE_GROUPS];
	int64_t tasks[LIFE_SHAPES]; /* how many of each wait */
	bool gang, constraint;
	int64_t max_workers, idle_timeout_ms;
};

/* 0 to n - 1 */
uint32_t life_draw(struct life *, uint32_t n);

void life_open(struct life *, uint64_t seed);
/* To the next round. */
void life_step(struct life *);
/* Copied into the arena. */
void life_observe(const struct life *, struct rt_names *, struct rt_arena *,
		  struct rt_observation *);
/* Carries out what it likes. */
void life_act(struct life *, struct rt_actions *);

#endif
