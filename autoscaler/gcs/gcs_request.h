/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_request.h - what request_resources() leaves in the key-value store when
 * the driver believes that autoscaler v1 is at work; v2 finds it in the state.
 */
#ifndef AUTOSCALER_GCS_GCS_REQUEST_H
#define AUTOSCALER_GCS_GCS_REQUEST_H

#include <raytide/types.h>

#include "core/base/arena.h"
#include "gcs_state.pb-c.h"

/* `json` is the key's value.  The constraint is in the arena, and has no
 * requests when the driver took them back. */
enum rt_status gcs_request_decode(const char *json, struct rt_arena *,
				  Gcs__ClusterResourceConstraint **out,
				  struct rt_error *err);

#endif
