/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster.h - a large cluster, as Ray's GCS and the Kubernetes API report it:
 * five groups that may not grow, every second worker idle, and tasks that fit
 * on none.
 */
#ifndef TESTS_BENCH_CLUSTER_H
#define TESTS_BENCH_CLUSTER_H

#include "core/base/arena.h"
#include "core/base/names.h"
#include "core/model/observation.h"

struct cluster;

/* With a head beside the workers.  One that is pressed ends the idle ones, and
 * a placement group waits that takes a worker more than there are. */
struct cluster *cluster_new(uint32_t workers, bool pressed);
void cluster_free(struct cluster **);

/* Some time passes. */
void cluster_wait(struct cluster *, int64_t ms);
/* A worker that was idle is busy; only the last one for whom it was asked. */
void cluster_make_busy(struct cluster *, uint32_t worker);

/* The sidecar's observation, by its own decoders. */
void cluster_observe(struct cluster *, struct rt_names *, struct rt_arena *,
		     struct rt_observation *);

#endif
