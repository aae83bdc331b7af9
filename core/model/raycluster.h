/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raycluster.h - a RayCluster, from a manifest file or the API, as the worker
 * groups that a controller scales.  The rules are those of Ray 2.60's KubeRay
 * provider (ray/autoscaler/_private/kuberay/autoscaling_config.py), with one
 * difference: a group that cannot be understood is left out and named in
 * `problems` instead of failing the whole cluster.
 */
#ifndef CORE_MODEL_RAYCLUSTER_H
#define CORE_MODEL_RAYCLUSTER_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/names.h"

/* What the manifest says of a group beside struct rt_group. */
struct rt_group_spec {
	uint32_t index;   /* in spec.workerGroupSpecs; unused for the head */
	int64_t replicas; /* as in the manifest, each num_of_hosts pods */
	int64_t min_replicas;
	int64_t max_replicas;
	bool suspend;
	uint32_t to_delete_len; /* scaleStrategy.workersToDelete */
	const char *const *to_delete;
	/* Where the group's pods are resized in place (rt_group.resize): */
	uint32_t cpu_name, memory_name; /* ids */
	int64_t resize_timeout_s;
	int64_t start_cpu, start_memory; /* that a pod begins with; units */
};

struct rt_raycluster {
	const char *name;
	uint32_t groups_len; /* head first */
	const struct rt_group *groups;
	const struct rt_group_spec *specs; /* one for each group */
	int64_t max_workers; /* sum of the groups' maxima, nodes */
	int64_t idle_timeout_ms;
	/* Conservative: 1.  Else INFINITY: Ray's 1000 cannot bind either, since
	 * its limit on launches at once always does before. */
	double upscaling_speed;
	uint32_t problems_len; /* one line each: path, why, hint */
	const char *const *problems;
};

/* Everything is copied into the arena: the document may be freed. */
enum rt_status rt_raycluster_decode(const cJSON *doc, struct rt_names *,
				    struct rt_arena *,
				    struct rt_raycluster *out,
				    struct rt_error *err);

/* The index of a group; RT_NO_GROUP: the manifest has none of that name. */
uint32_t rt_raycluster_find(const struct rt_raycluster *, const char *group);

#endif
