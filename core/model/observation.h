/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observation.h - what the world reported, with its time: the RayCluster, the
 * pods, and what Ray's GCS says of nodes and demand.  The live world and the
 * simulated one differ in who fills this, and in nothing that follows.
 */
#ifndef CORE_MODEL_OBSERVATION_H
#define CORE_MODEL_OBSERVATION_H

#include "core/model/raycluster.h"

struct rt_pod {
	const char *name;  /* the instance id of its Ray node */
	const char *group; /* worker group by name; "headgroup" for the head */
	const char *replica; /* which of the group's, where a replica has
				several hosts; "" when the operator told not */
	bool is_head;
	bool deleting; /* has a deletionTimestamp: gone for scaling */
	bool stuck;    /* cannot start as it is: unschedulable, no image, ... */
	bool orphan;   /* it started before the pod of the head was made */
};

struct rt_ray_node {
	const char *ray_node_id; /* hex */
	const char *instance_id; /* its pod's name; "" when not under KubeRay */
	const char *group;
	enum rt_ray_status status;
	struct rt_res total;
	struct rt_res available;
	struct rt_labels labels; /* static ones, overlaid by dynamic ones */
	int64_t idle_ms;
};

/* The replicas in cluster.specs are what is wanted now, as in the RayCluster:
 * a launch raises them, a deletion lowers them.  Pods that they promise and
 * that are not there yet count as asked for. */
struct rt_observation {
	int64_t now_ms;
	const char *own_head; /* the head's pod that this process lives in;
				 NULL: not known */
	struct rt_raycluster cluster;
	uint32_t pods_len;
	const struct rt_pod *pods; /* oldest first, then by name */
	uint32_t ray_nodes_len;
	const struct rt_ray_node *ray_nodes;
	struct rt_demand demand;
};

#endif
