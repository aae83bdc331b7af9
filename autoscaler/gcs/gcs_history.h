/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_history.h - what the GCS remembers of past and present work: attempts of
 * tasks, actors, placement groups, jobs.  `raytide trace record` makes a trace
 * of it; the sidecar has no use for it.
 */
#ifndef AUTOSCALER_GCS_GCS_HISTORY_H
#define AUTOSCALER_GCS_GCS_HISTORY_H

#include "autoscaler/gcs/grpc.h"
#include "gcs_history.pb-c.h"

struct gcs_history {
	const Gcs__GetTaskEventsReply *tasks;
	/* NULL when only task events are at hand. */
	const Gcs__GetAllActorInfoReply *actors;
	const Gcs__GetAllPlacementGroupReply *groups;
	const Gcs__GetAllJobInfoReply *jobs;
};

/* Asks a head; everything lives in the arena. */
enum rt_status gcs_history(const struct grpc *, struct rt_arena *,
			   struct gcs_history *out, struct rt_error *err);

/* A GetTaskEventsReply alone, as it was saved. */
enum rt_status gcs_history_unpack(const void *bytes, size_t len,
				  struct rt_arena *, struct gcs_history *out,
				  struct rt_error *err);

#endif
