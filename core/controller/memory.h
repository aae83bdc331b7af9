/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - what the stages of a chain and the guards remember from round to
 * round: flat bytes, zeroed at first, a block for the cluster and one for each
 * group, kept by the group's name.  A round works on a copy; one that fails
 * leaves no trace.
 */
#ifndef CORE_CONTROLLER_MEMORY_H
#define CORE_CONTROLLER_MEMORY_H

#include <raytide/snapshot.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/controller/chain.h"

struct rt_memory;

/* For the blocks that the chain's stages ask for. */
struct rt_memory *rt_memory_new(const struct rt_chain *);
void rt_memory_free(struct rt_memory **);

/* The copy of a round. */
struct rt_recall {
	char *cluster;
	char *groups; /* for each group of the snapshot, `step` bytes */
	size_t step;
};

struct rt_recall rt_memory_recall(const struct rt_memory *,
				  const struct rt_snapshot *,
				  struct rt_arena *);
/* That of a first round, with no memory behind it. */
struct rt_recall rt_recall_nothing(const struct rt_chain *,
				   const struct rt_snapshot *,
				   struct rt_arena *);
/* From now on this is remembered; groups that are gone are forgotten. */
void rt_memory_keep(struct rt_memory *, const struct rt_snapshot *,
		    const struct rt_recall *);

/* Takes over what the stages of another chain remember, where both have a stage
 * of the same name whose blocks have the same sizes; and what guards do. */
void rt_memory_take(struct rt_memory *, const struct rt_chain *,
		    const struct rt_memory *from,
		    const struct rt_chain *from_chain);

/* Equal for equal memories, whatever the order of the groups. */
uint64_t rt_memory_hash(const struct rt_memory *);

/* As a document, to be freed with cJSON_Delete(), and back.  What was saved
 * under other stages, or by another build of them, is RT_EINPUT, and what is
 * remembered stays as it is.  The chain is the one that the memory is for. */
cJSON *rt_memory_save(const struct rt_memory *, const struct rt_chain *);
enum rt_status rt_memory_restore(struct rt_memory *, const struct rt_chain *,
				 const struct rt_json *, struct rt_error *err);

#endif
