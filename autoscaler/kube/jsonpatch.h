/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonpatch.h - what a round does to the RayCluster as one JSON patch.  It
 * begins with tests that the document, and every group that it touches, is what
 * was read, so that nothing is done to another group, or on top of a change
 * that was not seen: the API then refuses the whole patch.
 */
#ifndef AUTOSCALER_KUBE_JSONPATCH_H
#define AUTOSCALER_KUBE_JSONPATCH_H

#include <cjson/cJSON.h>

#include "core/model/actions.h"
#include "core/model/observation.h"

/* Replicas that somebody lowered below the living workers. */
struct jsonpatch_restored {
	const char *group;
	int64_t from, to;
};

struct jsonpatch {
	cJSON *ops; /* to be freed with cJSON_Delete(); NULL: nothing to do */
	uint32_t len;
	struct rt_action **actions; /* those that it carries out */
	uint32_t restored_len;
	struct jsonpatch_restored *restored;
};

/*
 * `doc` is the RayCluster that the observation was made of.
 *
 * A group's new replicas are what it asks for now, or as many as its living
 * workers that are not to be deleted (should somebody have lowered replicas
 * below them: they are restored), plus launches, minus deletions and
 * cancellations, within its minimum and maximum.
 *
 * A group whose workersToDelete names a pod that is still there gets nothing
 * until they are gone; then the list is emptied.  A DELETE that waits for a
 * drain is carried out only if that drain is DONE.  Where a replica has several
 * hosts, all of its pods go in one patch or none does.
 */
struct jsonpatch jsonpatch_build(const cJSON *doc,
				 const struct rt_observation *,
				 struct rt_actions *, struct rt_arena *);

/* Whether `doc` is as the patch would have it: it was applied. */
bool jsonpatch_holds(const cJSON *ops, const cJSON *doc);

#endif
