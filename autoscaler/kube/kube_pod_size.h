/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_pod_size.h - how large a pod is and is to be, how its resize goes, and
 * what is noted on it about resizes.  All of it is a hint: what cannot be read
 * is as if it were not there.
 */
#ifndef AUTOSCALER_KUBE_KUBE_POD_SIZE_H
#define AUTOSCALER_KUBE_KUBE_POD_SIZE_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/observation.h"

/* NULL: the pod does not tell. */
const struct rt_pod_size *kube_pod_size(const struct rt_json *pod,
					struct rt_arena *);

/* The JSON patches that make the pod so large, with as much less requested as
 * it is now, and that note it; to be freed with cJSON_Delete(). */
cJSON *kube_resize_patch(const struct rt_pod_size *now, int64_t cpu,
			 int64_t memory);
cJSON *kube_note_patch(const struct rt_resize_note *);

#endif
