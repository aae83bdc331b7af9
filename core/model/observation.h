/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observation.h - what the world reported, with its time: the RayCluster, the
 * pods, and what Ray's GCS says of nodes and demand.  The live world and the
 * simulated one differ in who fills this, and in nothing that follows.
 */
#ifndef CORE_MODEL_OBSERVATION_H
#define CORE_MODEL_OBSERVATION_H

#include "core/model/raycluster.h"

/* CPU or memory of a pod's first container, in units; RT_NONE: not told. */
struct rt_measure {
	int64_t asked_request, asked_limit; /* by the pod's spec */
	int64_t request, limit; /* that it has; as asked if that is not told */
	int64_t beside;         /* requests of the other containers; 0: none */
	int64_t room; /* for requests of this pod, where its machine has too
			 little for what is asked */
};

/* What it may use: without a limit, what it requested. */
static inline int64_t rt_measure_asked(const struct rt_measure *m)
{
	return m->asked_limit != RT_NONE ? m->asked_limit : m->asked_request;
}

static inline int64_t rt_measure_has(const struct rt_measure *m)
{
	return m->limit != RT_NONE ? m->limit : m->request;
}

/* What is kept on a pod about its resizes: an annotation that Ray's sidecar and
 * this one share. */
struct rt_resize_note {
	const char *raylet_id;       /* hex; NULL: none */
	int64_t resizing_at_s;       /* RT_NONE: nothing is under way */
	int64_t max_cpu, max_memory; /* of its machine; RT_NONE: not known */
	int64_t failed_at_s;         /* for good; RT_NONE: it did not */
	const char *failed_why;      /* NULL: it did not */
};

struct rt_pod_size {
	struct rt_measure cpu, memory;
	enum rt_resize_status status; /* what Kubernetes says of a resize */
	const char *error;            /* RT_RESIZE_ERROR: why; "": not told */
	struct rt_resize_note note;
};

struct rt_pod {
	const char *name;  /* the instance id of its Ray node */
	const char *group; /* worker group by name; "headgroup" for the head */
	const char *replica; /* which of the group's, where a replica has
				several hosts; "" when the operator told not */
	bool is_head;
	bool deleting; /* has a deletionTimestamp: gone for scaling */
	bool stuck;    /* cannot start as it is: unschedulable, no image, ... */
	bool orphan;   /* it started before the pod of the head was made */
	const struct rt_pod_size *size; /* NULL: no requests of both CPU and
					   memory */
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
