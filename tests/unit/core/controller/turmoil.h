/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turmoil.h - a small cluster on which everything may happen: nodes come, work,
 * idle, fail and go, pods are stuck, resized or never made, the manifest and
 * the demand change, actions fail, the clock jumps.  In most rounds nothing
 * happens.  The same seed gives the same; some are busier than others.
 */
#ifndef TESTS_UNIT_CORE_CONTROLLER_TURMOIL_H
#define TESTS_UNIT_CORE_CONTROLLER_TURMOIL_H

#include "core/base/names.h"
#include "core/model/actions.h"
#include "core/model/observation.h"
#include "tests/unit/core/controller/turmoil_size.h"

#define TURMOIL_GROUPS 4
#define TURMOIL_NODES 64
#define TURMOIL_SHAPES 4

struct turmoil_node {
	char pod[48], replica[16], ray_node_id[64];
	uint32_t group;
	int64_t joins_ms; /* when Ray comes; INT64_MAX: never */
	int64_t dies_ms;  /* when Ray goes */
	int64_t gone_ms;  /* when the pod has gone */
	bool draining, deleting, stuck, busy;
	int64_t idle_since_ms, idle_ms; /* and what the raylet says of it */
	struct turmoil_size size;
};

struct turmoil {
	uint64_t state; /* of the dice */
	uint32_t pace;  /* events in 100 rounds */
	int64_t now_ms;
	uint32_t serial, nodes_len;
	struct turmoil_node nodes[TURMOIL_NODES];
	struct rt_group groups[TURMOIL_GROUPS];
	struct rt_group_spec specs[TURMOIL_GROUPS];
	int64_t tasks[TURMOIL_SHAPES]; /* how many of each wait */
	bool gang, constraint;
	bool lazy;         /* the operator makes no pods */
	bool replaced;     /* our head is not the cluster's */
	char named[48];    /* a pod in workersToDelete, whoever put it there */
	uint32_t named_in; /* its group */
	int64_t max_workers, idle_timeout_ms;
};

/* 0 to n - 1 */
uint32_t turmoil_draw(struct turmoil *, uint32_t n);

void turmoil_open(struct turmoil *, uint64_t seed);
/* To the next round. */
void turmoil_step(struct turmoil *);
/* Copied into the arena. */
void turmoil_observe(const struct turmoil *, struct rt_names *,
		     struct rt_arena *, struct rt_observation *);
/* Carries out what it likes. */
void turmoil_act(struct turmoil *, struct rt_actions *);

#endif
