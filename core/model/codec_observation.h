/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_observation.h - observations as JSON, in parts, so that what stays the
 * same need not be said again (docs/formats/recording.md).
 */
#ifndef CORE_MODEL_CODEC_OBSERVATION_H
#define CORE_MODEL_CODEC_OBSERVATION_H

#include "core/model/observation.h"

enum rt_part {
	RT_PART_OWN_HEAD,
	RT_PART_CLUSTER,
	RT_PART_PODS,
	RT_PART_RAY_NODES,
	RT_PART_DEMAND,
	RT_PARTS
};

/* The members of an observation. */
extern const char *const rt_part_names[RT_PARTS];

/* A part, to be freed with cJSON_Delete().  `manifest` is the document that the
 * observation's cluster was read from. */
cJSON *rt_part_encode(enum rt_part, const struct rt_observation *,
		      const cJSON *manifest, const struct rt_name_table *);

/* An observation of its parts, but for its time.  Copies everything into the
 * arena and `names`. */
enum rt_status rt_parts_decode(const cJSON *const parts[RT_PARTS],
			       struct rt_names *, struct rt_arena *,
			       struct rt_observation *out,
			       struct rt_error *err);

#endif
