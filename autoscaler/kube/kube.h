/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube.h - the Kubernetes API as far as KubeRay's Role for the autoscaler
 * allows it: get and patch one RayCluster, list, watch, patch and resize its
 * pods.  To delete the RayCluster takes a right that only a KubeRay to come
 * gives.
 */
#ifndef AUTOSCALER_KUBE_KUBE_H
#define AUTOSCALER_KUBE_KUBE_H

#include <cjson/cJSON.h>

#include "autoscaler/net/http.h"

struct kube;
struct kube_call;

/* Borrowed; must outlive the struct kube. */
struct kube_conf {
	const char *server;      /* "https://10.0.0.1:443" */
	const char *crd_version; /* "v1" */
	const char *name_space;
	const char *cluster;
	const char *token_file; /* read anew for each call; NULL: none */
	const char *token;      /* NULL: none */
	struct http_tls tls;
	long timeout_ms; /* of each call */
};

struct kube *kube_open(struct http *, const struct kube_conf *);
void kube_close(struct kube **);

/* False, with the answer that said so, while the API has asked to be left alone
 * (Retry-After): until then every call fails without being made. */
enum rt_status kube_may_call(const struct kube *, struct rt_error *err);

/* Calls that run at the same time; each is to be finished. */
struct kube_call *kube_get_cluster(struct kube *);
/* A page; `rest` is what the one before said of the others, "": the first. */
struct kube_call *kube_list_pods(struct kube *, const char *rest);
/* A JSON patch (an array) or a merge patch (an object); not taken over. */
struct kube_call *kube_patch_cluster(struct kube *, const cJSON *patch);
struct kube_call *kube_patch_pod(struct kube *, const char *pod,
				 const cJSON *patch);
struct kube_call *kube_resize_pod(struct kube *, const char *pod,
				  const cJSON *patch);
/* Unless it is another of that name; NULL: any. */
struct kube_call *kube_delete_cluster(struct kube *, const char *uid);

/* Waits and ends the call.  `*object` is to be freed with cJSON_Delete().
 * RT_ECONFLICT: the patch was refused, nothing was changed; or what is asked
 * for is gone (410).  RT_EREMOTE: another answer than success.  RT_EIO,
 * RT_ETIMEOUT: no answer; a patch may have been applied or not. */
enum rt_status kube_finish(struct kube_call **, cJSON **object,
			   struct rt_error *err);

/* The events since that version, for that long; the API ends it then.  Such a
 * call has no object: give NULL to kube_finish(), once it is over. */
struct kube_call *kube_watch_pods(struct kube *, const char *version,
				  long seconds);
/* The next one that has come, until the next call; false: none yet. */
bool kube_event(struct kube_call *, const char **line, size_t *len);
bool kube_is_open(const struct kube_call *); /* the API has agreed */
bool kube_is_over(struct kube_call *);

/* Ends a call in any state; NULL is none. */
void kube_cancel(struct kube_call **);

#endif
