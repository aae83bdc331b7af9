/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_watch.h - the cluster's pods, followed: one LIST, then a WATCH from
 * there on, opened again whenever it ends.  Events come in while other calls
 * are waited for, and are read when the pods are.
 */
#ifndef AUTOSCALER_KUBE_KUBE_WATCH_H
#define AUTOSCALER_KUBE_KUBE_WATCH_H

#include "autoscaler/kube/kube.h"
#include "autoscaler/kube/kube_pods.h"

struct kube_watch;

/* Without a WATCH the pods are good for `stale_ms`, then they are listed.  A
 * WATCH lasts four times as long. */
struct kube_watch *kube_watch_open(struct kube *, int64_t stale_ms);
void kube_watch_close(struct kube_watch **);

/* The pods of now, in the arena; only a LIST is waited for.  A failure means
 * that nobody knows what pods there are. */
enum rt_status kube_watch_read(struct kube_watch *, struct rt_arena *,
			       const struct rt_pod **, uint32_t *len,
			       struct rt_error *err);

/* Why there is no WATCH, if something went wrong with it.  The pods are right
 * all the same, for more requests. */
enum rt_status kube_watch_check(const struct kube_watch *,
				struct rt_error *err);

#endif
