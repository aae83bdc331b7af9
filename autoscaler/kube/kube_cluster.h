/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_cluster.h - the RayCluster as it was last read.  KubeRay's Role allows
 * no WATCH of it, so it is read now and then, and whenever a patch showed that
 * it is not what it was thought to be: patches test what they were made from
 * (jsonpatch.h), so an old document does no harm.
 */
#ifndef AUTOSCALER_KUBE_KUBE_CLUSTER_H
#define AUTOSCALER_KUBE_KUBE_CLUSTER_H

#include "autoscaler/kube/kube.h"

struct kube_cluster;

/* Read anew after about `resync_ms`. */
struct kube_cluster *kube_cluster_open(struct kube *, int64_t resync_ms);
void kube_cluster_close(struct kube_cluster **);

/* The document, valid until the next call; read anew when that is due.  Once a
 * read has failed there is none until one goes well, nor is there while the API
 * wants to be left alone. */
enum rt_status kube_cluster_read(struct kube_cluster *, const cJSON **doc,
				 struct rt_error *err);

/* What the API made of it becomes the document.  After any failure the next
 * read is due. */
enum rt_status kube_cluster_patch(struct kube_cluster *, const cJSON *patch,
				  struct rt_error *err);

/* The next read is due.  With a uid, another one of that name stays. */
enum rt_status kube_cluster_delete(struct kube_cluster *, const char *uid,
				   struct rt_error *err);

#endif
