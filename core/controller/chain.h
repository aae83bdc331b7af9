/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.h - the policy in force: which stages, in order, with which settings,
 * and the guards that have the last word.  core/host makes one of a name or a
 * file.
 */
#ifndef CORE_CONTROLLER_CHAIN_H
#define CORE_CONTROLLER_CHAIN_H

#include <raytide/policy.h>

#include "core/base/arena.h"
#include "core/controller/guards.h"

#define RT_STAGES_MAX 16

struct rt_stage {
	const struct rt_policy_ops *ops;
	void *conf;
	/* What the stage needs beside, and how that ends; NULL: nothing. */
	void *held;
	void (*close)(void *held);
};

struct rt_chain {
	uint32_t len;
	struct rt_stage stages[RT_STAGES_MAX];
	struct rt_guard_conf guards;
	struct rt_pairs prices; /* of the groups, for an hour of a node */
	struct rt_arena *arena; /* where all the above lies; NULL: elsewhere */
};

/* Where the blocks of a stage begin in what is remembered (memory.h), by its
 * index; those of the guards are behind the last. */
struct rt_layout {
	size_t cluster, group;
};
#define RT_LAYOUT_END UINT32_MAX
struct rt_layout rt_chain_layout(const struct rt_chain *, uint32_t stage);

struct rt_recall;
struct rt_decision;

/* Runs the stages in order on a plan that is new.  Its until_ms is that of all
 * stages; RT_NONE when one of them did not say, or when the plan wants
 * something done. */
enum rt_status rt_chain_decide(const struct rt_chain *,
			       const struct rt_recall *, struct rt_plan *,
			       struct rt_error *err);

/* A snapshot alone, without guards: what the stages make of it when they
 * remember that (NULL: nothing), which stays as it is. */
enum rt_status rt_chain_try(const struct rt_chain *, const struct rt_recall *,
			    const struct rt_snapshot *, bool explain,
			    struct rt_arena *, struct rt_decision **,
			    struct rt_error *err);

#endif
