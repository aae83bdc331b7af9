/* SPDX-License-Identifier: Apache-2.0 */
/*
 * head.h - which life the head's GCS lives, and which autoscaler its drivers
 * believe in.  A GCS that was started again, or that of another head, knows
 * nothing of what the one before was told: whoever tells it something keeps the
 * number of the life, and tells it again in another.
 */
#ifndef AUTOSCALER_HEAD_H
#define AUTOSCALER_HEAD_H

#include "autoscaler/gcs/grpc.h"

/* Starts zeroed. */
struct head {
	int64_t life;          /* counts up */
	int64_t state_version; /* of its state, when it was last seen */
	bool greeted;          /* in this life */
	bool has_v1;           /* there may be drivers that believe in v1 */
	bool silent;           /* nothing is announced */
};

/* What drivers that believe in v1 ask for by request_resources(), in the arena;
 * NULL: nothing.  In a new life v2 is announced first. */
enum rt_status head_request(struct head *, const struct grpc *,
			    struct rt_arena *, const char **request,
			    struct rt_error *err);

/* The version of the state that was read; 0 when it could not be. */
void head_note(struct head *, int64_t state_version);

#endif
