/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replicas.h - hosts that come and go together: the instances of one replica,
 * in groups whose replicas have several.
 */
#ifndef CORE_CONTROLLER_REPLICAS_H
#define CORE_CONTROLLER_REPLICAS_H

#include "core/controller/instances.h"

struct rt_replica {
	uint32_t len;
	const uint32_t *at; /* indices into the table */
};

struct rt_replicas {
	uint32_t len;
	const struct rt_replica *at;
};

/* Those that have pods.  Where the operator does not tell replicas apart, all
 * of a group are one. */
struct rt_replicas rt_replicas_find(const struct rt_instances *,
				    const struct rt_raycluster *,
				    struct rt_arena *);

#endif
