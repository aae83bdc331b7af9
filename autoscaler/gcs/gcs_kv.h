/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_kv.h - the head's key-value store, where the parts of Ray leave word for
 * one another (InternalKVGcsService, Ray 2.9 to 2.60).  Values are text.
 */
#ifndef AUTOSCALER_GCS_GCS_KV_H
#define AUTOSCALER_GCS_GCS_KV_H

#include "autoscaler/gcs/grpc.h"

struct gcs_key {
	const char *name_space; /* "" is one like the others */
	const char *key;
};

/* In place of what may be there. */
enum rt_status gcs_kv_put(const struct grpc *, struct rt_arena *,
			  struct gcs_key, const char *value,
			  struct rt_error *err);

/* `value` lives in the arena; NULL: there is no such key. */
enum rt_status gcs_kv_get(const struct grpc *, struct rt_arena *,
			  struct gcs_key, const char **value,
			  struct rt_error *err);

/* RT_OK as well when there is no such key. */
enum rt_status gcs_kv_del(const struct grpc *, struct rt_arena *,
			  struct gcs_key, struct rt_error *err);

#endif
