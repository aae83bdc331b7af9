/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_cluster.c - a document and the time at which it is due.
 */
#include "autoscaler/kube/kube_cluster.h"

#include "autoscaler/net/backoff.h"
#include "core/base/mem.h"

struct kube_cluster {
	struct kube *kube;
	int64_t resync_ms;
	cJSON *doc; /* NULL: none that could be used */
	int64_t due_ms;
};

struct kube_cluster *kube_cluster_open(struct kube *kube, int64_t resync_ms)
{
	struct kube_cluster *cluster = rt_calloc(1, sizeof *cluster);
	cluster->kube = kube;
	cluster->resync_ms = resync_ms;
	return cluster;
}

void kube_cluster_close(struct kube_cluster **slot)
{
	if (!*slot)
		return;
	cJSON_Delete((*slot)->doc);
	rt_free(*slot);
	*slot = NULL;
}

static enum rt_status take(struct kube_cluster *cluster, struct kube_call *call,
			   struct rt_error *err)
{
	cJSON_Delete(cluster->doc);
	enum rt_status status = kube_finish(&call, &cluster->doc, err);
	cluster->due_ms = http_clock_ms() + jitter_ms(cluster->resync_ms);
	return status;
}

enum rt_status kube_cluster_read(struct kube_cluster *cluster,
				 const cJSON **doc, struct rt_error *err)
{
	enum rt_status status = kube_may_call(cluster->kube, err);
	if (!status && (!cluster->doc || http_clock_ms() >= cluster->due_ms))
		status = take(cluster, kube_get_cluster(cluster->kube), err);
	*doc = status ? NULL : cluster->doc;
	return status;
}

enum rt_status kube_cluster_patch(struct kube_cluster *cluster,
				  const cJSON *patch, struct rt_error *err)
{
	return take(cluster, kube_patch_cluster(cluster->kube, patch), err);
}

enum rt_status kube_cluster_delete(struct kube_cluster *cluster,
				   const char *uid, struct rt_error *err)
{
	struct kube_call *call = kube_delete_cluster(cluster->kube, uid);
	cluster->due_ms = 0;
	return kube_finish(&call, NULL, err);
}
