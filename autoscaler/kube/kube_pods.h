/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_pods.h - a list of pods as the part of an observation: the head's and
 * the workers', oldest first.  Other pods of the cluster are left out.
 */
#ifndef AUTOSCALER_KUBE_KUBE_PODS_H
#define AUTOSCALER_KUBE_KUBE_PODS_H

#include <cjson/cJSON.h>

#include "core/base/arena.h"
#include "core/model/observation.h"

/* Everything is copied into the arena: the document may be freed. */
enum rt_status kube_decode_pods(const cJSON *list, struct rt_arena *,
				const struct rt_pod **pods, uint32_t *len,
				struct rt_error *err);

#endif
