/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs.h - what the sidecar asks the head's GCS and tells it
 * (AutoscalerStateService of Ray 2.9 to 2.60).  The cluster's state can be
 * asked for while other calls run; all else is done before it returns.
 */
#ifndef AUTOSCALER_GCS_GCS_H
#define AUTOSCALER_GCS_GCS_H

#include "autoscaler/gcs/gcs_decode.h"
#include "autoscaler/gcs/grpc.h"

struct grpc_call *gcs_state_start(const struct grpc *);
/* `request` is what a driver of autoscaler v1 asks for (gcs_request.h), NULL
 * for nothing; it counts as long as no driver asks by v2's way. */
enum rt_status gcs_state_finish(struct grpc_call **, const char *request,
				struct rt_names *, struct rt_arena *,
				struct gcs_state *out, struct rt_error *err);

/* The version of the report that the GCS has; 0: none yet.  A report with a
 * lower version is dropped in silence, so the next one continues from here. */
enum rt_status gcs_report_version(const struct grpc *, struct rt_arena *,
				  int64_t *version, struct rt_error *err);
enum rt_status gcs_report(const struct grpc *, struct rt_arena *,
			  Gcs__AutoscalingState *, struct rt_error *err);
enum rt_status gcs_report_config(const struct grpc *, struct rt_arena *,
				 Gcs__ClusterConfig *, struct rt_error *err);

/* Asks an idle node to end.  Refused when it has work again. */
enum rt_status gcs_drain_idle(const struct grpc *, struct rt_arena *,
			      const char *ray_node_id, int64_t idle_ms,
			      bool *accepted, struct rt_error *err);
/* Ends a node whatever it does; its tasks are tried again elsewhere. */
enum rt_status gcs_stop(const struct grpc *, struct rt_arena *,
			const char *ray_node_id, struct rt_error *err);

/* Tells Ray another size of a node; in units.  What Ray made of it comes back:
 * what is in use cannot be taken away.  Since Ray 2.60. */
enum rt_status gcs_resize(const struct grpc *, struct rt_arena *,
			  const char *ray_node_id, int64_t *cpu,
			  int64_t *memory, struct rt_error *err);

#endif
