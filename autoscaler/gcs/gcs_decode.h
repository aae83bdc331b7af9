/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_decode.h - the GCS's message as the parts of an observation: Ray's nodes
 * and the demand.  The GCS lists them in another order at each call; here the
 * same state gives the same bytes.
 */
#ifndef AUTOSCALER_GCS_GCS_DECODE_H
#define AUTOSCALER_GCS_GCS_DECODE_H

#include "core/base/names.h"
#include "core/model/observation.h"
#include "gcs_state.pb-c.h"

struct gcs_state {
	int64_t version; /* a report refers to it */
	const char *session;
	const char *head_address; /* IP of the head's pod; "": not there yet */
	uint32_t nodes_len;
	/* By pod; of a pod's nodes the dead ones first, so that the last one
	 * counts. */
	const struct rt_ray_node *nodes;
	struct rt_demand demand;
};

/* Everything is copied into the arena.  RT_ELIMIT when there is more than a
 * snapshot may hold. */
enum rt_status gcs_decode(const Gcs__ClusterResourceState *, struct rt_names *,
			  struct rt_arena *, struct gcs_state *out,
			  struct rt_error *err);

#endif
