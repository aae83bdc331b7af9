/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonpatch.h - a round's launches and deletions as one JSON patch of the
 * RayCluster.  Every group that it touches is first tested to be what was
 * read, so that nothing is done to another group, or on top of a change that
 * was not seen: the API then refuses the whole patch.
 */
#ifndef AUTOSCALER_KUBE_JSONPATCH_H
#define AUTOSCALER_KUBE_JSONPATCH_H

#include <cjson/cJSON.h>

#include "core/model/actions.h"
#include "core/model/observation.h"

struct jsonpatch {
	cJSON *ops; /* to be freed with cJSON_Delete(); NULL: nothing to do */
	uint32_t len;
	struct rt_action **actions; /* those that it carries out */
};

/*
 * `doc` is the RayCluster that the observation was made of.
 *
 * A group's new replicas are what it asks for now, or as many as its living
 * workers that are not to be deleted (should somebody have lowered replicas
 * below them), plus launches, minus deletions, within its minimum and maximum.
 *
 * A group whose workersToDelete names a pod that is still there gets neither
 * launches nor deletions; once they are gone the list is emptied.  A DELETE
 * that waits for a drain is carried out only if that drain is DONE.
 */
struct jsonpatch jsonpatch_build(const cJSON *doc,
				 const struct rt_observation *,
				 struct rt_actions *, struct rt_arena *);

/* Whether `doc` is as the patch would have it: it was applied. */
bool jsonpatch_holds(const cJSON *ops, const cJSON *doc);

#endif
