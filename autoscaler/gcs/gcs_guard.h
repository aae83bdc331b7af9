/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_guard.h - some requests abort a GCS of Ray 2.9 to 2.60, and the head with
 * it, or kill a raylet.  Each request passes here on its way out
 * (grpc_start()), whoever made it.
 */
#ifndef AUTOSCALER_GCS_GCS_GUARD_H
#define AUTOSCALER_GCS_GCS_GUARD_H

#include <protobuf-c/protobuf-c.h>

#include <raytide/types.h>

#define GCS_NODE_ID_BYTES 28

/* RT_EINPUT for one that must not be sent. */
enum rt_status gcs_guard(const ProtobufCMessage *request, struct rt_error *err);

#endif
