/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - a round to be asked about: what was seen, what the policy
 * remembered, what it decided; and what it would have decided had something
 * been otherwise.
 */
#ifndef CLI_EXPLAIN_SCENE_H
#define CLI_EXPLAIN_SCENE_H

#include "core/controller/chain.h"
#include "core/controller/memory.h"
#include "core/model/decision.h"
#include "core/sched/miss.h"

struct scene {
	const struct rt_chain *chain;
	const struct rt_snapshot *snapshot; /* as no stage has shaped it */
	const struct rt_recall *recall;     /* as before it; NULL: nothing */
	const struct rt_decision *decision;
	const struct rt_decision *free; /* the same without guards */
	const struct rt_misses *misses; /* of the decision */
	struct rt_arena *scratch;       /* of what would have been */
};

/* A copy of the snapshot whose groups and nodes may be written to; the one
 * before, and what was decided of it, is void. */
struct rt_snapshot *scene_copy(const struct scene *, struct rt_group **,
			       struct rt_node **);

/* The stages are asked again, about another snapshot; guards are not. */
enum rt_status scene_again(const struct scene *, const struct rt_snapshot *,
			   const struct rt_decision **, struct rt_error *err);

/* Nodes of a group as the packing counts them: there, or on their way. */
int64_t scene_count(const struct scene *, uint32_t group);

/* What `b` has otherwise than `a`, in words: "gpu: 5 nodes launched, not 3;
 * ...".  False: nothing, and `text` is empty. */
bool scene_compare(const struct rt_decision *a, const struct rt_decision *b,
		   char *text, size_t size);

#endif
