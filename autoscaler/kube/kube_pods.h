/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_pods.h - the pods of the cluster, as far as an observation wants them:
 * the head's and the workers', oldest first.  The store begins with a LIST and
 * is kept up to date by the events of a WATCH.
 */
#ifndef AUTOSCALER_KUBE_KUBE_PODS_H
#define AUTOSCALER_KUBE_KUBE_PODS_H

#include <cjson/cJSON.h>

#include "core/base/arena.h"
#include "core/model/observation.h"

struct kube_pods;

struct kube_pods *kube_pods_new(void);
void kube_pods_free(struct kube_pods **);

/* Forgets all, to begin anew with the pages of a LIST. */
void kube_pods_clear(struct kube_pods *);
enum rt_status kube_pods_add_page(struct kube_pods *, const cJSON *page,
				  struct rt_error *err);
/* What the API calls the rest of the LIST; "": that was the last page. */
const char *kube_pods_rest(const struct kube_pods *);

/* One line of a WATCH.  RT_ECONFLICT: the API no longer knows what happened
 * since our version.  After this or any other failure the store is to be begun
 * anew. */
enum rt_status kube_pods_apply(struct kube_pods *, const char *line, size_t len,
			       struct rt_error *err);
/* The resourceVersion that the store stands at. */
const char *kube_pods_version(const struct kube_pods *);

/* Copies of all of them. */
const struct rt_pod *kube_pods_copy(const struct kube_pods *, struct rt_arena *,
				    uint32_t *len);

#endif
