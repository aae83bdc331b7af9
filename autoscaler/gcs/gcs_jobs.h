/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_jobs.h - does anybody use the cluster?  A driver is a job of Ray that
 * still runs; those of Ray itself (the dashboard's) do not count, and neither
 * do actors that outlived theirs.
 */
#ifndef AUTOSCALER_GCS_GCS_JOBS_H
#define AUTOSCALER_GCS_GCS_JOBS_H

#include "autoscaler/gcs/grpc.h"

struct gcs_drivers {
	uint32_t alive;
	uint64_t ended_ms; /* the last one to end did, since 1970; 0: none */
};

enum rt_status gcs_drivers(const struct grpc *, struct rt_arena *,
			   struct gcs_drivers *out, struct rt_error *err);

#endif
