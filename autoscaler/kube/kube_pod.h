/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_pod.h - one pod, as far as an observation wants it.
 */
#ifndef AUTOSCALER_KUBE_KUBE_POD_H
#define AUTOSCALER_KUBE_KUBE_POD_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/observation.h"

struct kube_pod {
	struct rt_pod pod;
	/* RFC 3339 in UTC: in byte order of time. */
	const char *created;
	const char *started; /* its last container; "": not all of them run */
	bool is_node;        /* the head or a worker; other pods are nothing */
};

/* The texts are the document's, or in the arena. */
enum rt_status kube_pod_decode(const struct rt_json *, struct rt_arena *,
			       struct kube_pod *out, struct rt_error *err);

/* A copy with its texts, one block: free it with rt_free(). */
struct kube_pod *kube_pod_keep(const struct kube_pod *);

/* A copy for an observation. */
struct rt_pod kube_pod_show(const struct kube_pod *, struct rt_arena *);

#endif
