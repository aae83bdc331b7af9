/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_login.h - what a head asks of who calls it, from the variables that each
 * process of Ray reads: RAY_USE_TLS and the files of RAY_TLS_*, RAY_AUTH_MODE
 * and where the token is.
 */
#ifndef AUTOSCALER_GCS_GCS_LOGIN_H
#define AUTOSCALER_GCS_GCS_LOGIN_H

#include "autoscaler/gcs/grpc.h"

/* RT_EINPUT when TLS is on and one of its files is not named.  Whether files
 * can be read is seen at each call.  Texts are in the environment or the
 * arena. */
enum rt_status gcs_login_find(struct grpc_login *, struct rt_arena *,
			      struct rt_error *err);

#endif
