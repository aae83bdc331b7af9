/* SPDX-License-Identifier: Apache-2.0 */
/*
 * head.c - a GCS counts how often it gave its state: when the number falls it
 * was started again.  One that could not be heard may have been, too, and it
 * costs little to tell it everything once more.
 *
 * A head tells all of Ray by a key which autoscaler there is.  Where it is
 * started for v1, or the key was lost with the GCS, the key is put to v2, which
 * is what we are: `ray status`, the dashboard and drivers that look at it later
 * then use the one way that is tried on every Ray from 2.9 on.  (The other way
 * is to write the whole text of `ray status` each round, as v1 does.)  Drivers
 * that looked before go on in v1's way, whose only trace is the key of
 * request_resources(); so do all drivers of Ray 2.9 to 2.52, in both ways.
 */
#include "autoscaler/head.h"

#include <string.h>

#include "autoscaler/gcs/gcs_kv.h"
#include "core/base/log.h"

static const struct gcs_key v2_key = { "__autoscaler",
				       "__autoscaler_v2_enabled" };
static const struct gcs_key request_key = { "", "autoscaler_resource_request" };

static enum rt_status greet(struct head *head, const struct grpc *gcs,
			    struct rt_arena *arena, const char **request,
			    struct rt_error *err)
{
	const char *v2;
	enum rt_status status = gcs_kv_get(gcs, arena, v2_key, &v2, err);
	if (!status)
		status = gcs_kv_get(gcs, arena, request_key, request, err);
	if (status)
		return status;
	bool is_v2 = v2 && strcmp(v2, "1") == 0;
	head->has_v1 = !is_v2 || *request;
	if (!is_v2 && !head->silent) {
		status = gcs_kv_put(gcs, arena, v2_key, "1", err);
		if (status)
			return status;
		rt_log(RT_INFO, "announced", "autoscaler=v2 was=%s",
		       v2 ? v2 : "unknown");
	}
	head->greeted = true;
	return RT_OK;
}

enum rt_status head_request(struct head *head, const struct grpc *gcs,
			    struct rt_arena *arena, const char **request,
			    struct rt_error *err)
{
	*request = NULL;
	if (!head->greeted)
		return greet(head, gcs, arena, request, err);
	if (!head->has_v1)
		return RT_OK;
	return gcs_kv_get(gcs, arena, request_key, request, err);
}

void head_note(struct head *head, int64_t state_version)
{
	if (state_version <= head->state_version) {
		head->life++;
		head->greeted = false;
	}
	head->state_version = state_version;
}
