/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube.h - the Kubernetes API as far as KubeRay's Role for the autoscaler
 * allows it: get and patch one RayCluster, list its pods.
 */
#ifndef AUTOSCALER_KUBE_KUBE_H
#define AUTOSCALER_KUBE_KUBE_H

#include <cjson/cJSON.h>

#include "autoscaler/net/http.h"

struct kube;
struct kube_call;

/* Borrowed; must outlive the struct kube. */
struct kube_conf {
	const char *host;
	const char *port;
	const char *crd_version; /* "v1" */
	const char *name_space;
	const char *cluster;
	const char *token; /* a file, read anew for each call; NULL: none */
	struct http_tls tls;
	long timeout_ms; /* of each call */
};

struct kube *kube_open(struct http *, const struct kube_conf *);
void kube_close(struct kube **);

/* Calls that run at the same time; each is to be finished. */
struct kube_call *kube_get_cluster(struct kube *);
struct kube_call *kube_list_pods(struct kube *);
/* `ops` is a JSON patch (an array); not taken over. */
struct kube_call *kube_patch_cluster(struct kube *, const cJSON *ops);

/* Waits and ends the call.  `*object` is to be freed with cJSON_Delete().
 * RT_ECONFLICT: the patch was refused, nothing was changed.  RT_EREMOTE:
 * another answer than success.  RT_EIO, RT_ETIMEOUT: no answer; a patch may
 * have been applied or not. */
enum rt_status kube_finish(struct kube_call **, cJSON **object,
			   struct rt_error *err);

#endif
