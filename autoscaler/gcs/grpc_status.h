/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grpc_status.h - what a grpc-status other than 0 comes to.
 */
#ifndef AUTOSCALER_GCS_GRPC_STATUS_H
#define AUTOSCALER_GCS_GRPC_STATUS_H

#include <raytide/types.h>

#define GRPC_UNIMPLEMENTED 12

/* Fails with "METHOD: STATUS NAME: message; hint".  RT_EUNSUPPORTED when the
 * server does not know the method, else RT_EREMOTE. */
enum rt_status grpc_status_fail(const char *method, long status,
				const char *message, struct rt_error *err);

#endif
