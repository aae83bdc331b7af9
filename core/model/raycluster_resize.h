/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raycluster_resize.h - how large pods may be made in place: the annotation
 * ray.io/ippr of a RayCluster, by the rules of Ray 2.60
 * (ray/autoscaler/v2/instance_manager/cloud_providers/kuberay/ippr_provider.py).
 * A group that does not meet them is not resized, where Ray does nothing at
 * all.
 */
#ifndef CORE_MODEL_RAYCLUSTER_RESIZE_H
#define CORE_MODEL_RAYCLUSTER_RESIZE_H

#include "core/model/raycluster.h"

/* The annotation of a RayCluster, to be freed with cJSON_Delete(); NULL when
 * there is none, or it is not understood. */
enum rt_status rt_resizes_open(const struct rt_json *raycluster, cJSON **out,
			       struct rt_error *err);

/* What it says of a group goes to the group and its spec. */
enum rt_status rt_resizes_decode(const cJSON *annotation,
				 const struct rt_json *group_spec,
				 struct rt_names *, struct rt_arena *,
				 struct rt_group *, struct rt_group_spec *,
				 struct rt_error *err);

#endif
