/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_guard.c - by the kind of the message.
 */
#include "autoscaler/gcs/gcs_guard.h"

#include <math.h>

#include "core/base/error.h"
#include "gcs_node.pb-c.h"
#include "gcs_state.pb-c.h"

/* "Check failed: binary.size() == Size()", and the GCS is gone. */
static enum rt_status check_id(ProtobufCBinaryData id, struct rt_error *err)
{
	if (id.len == GCS_NODE_ID_BYTES && id.data)
		return RT_OK;
	return rt_fail(err, RT_EINPUT,
		       "a node id of %zu bytes would abort the GCS; %d are "
		       "needed",
		       id.len, GCS_NODE_ID_BYTES);
}

static enum rt_status check_drain(const Gcs__DrainNodeRequest *request,
				  struct rt_error *err)
{
	int reason = (int)request->reason;
	enum rt_status status = check_id(request->node_id, err);
	if (status)
		return status;
	if (reason != GCS__DRAIN_REASON__DRAIN_IDLE_TERMINATION &&
	    reason != GCS__DRAIN_REASON__DRAIN_PREEMPTION)
		return rt_fail(err, RT_EINPUT,
			       "reason %d would kill the raylet; 1 (idle) or 2 "
			       "(preemption) is needed",
			       reason);
	if (request->deadline_timestamp_ms < 0)
		return rt_fail(err, RT_EINPUT,
			       "the deadline %lld lies before 1970",
			       (long long)request->deadline_timestamp_ms);
	return RT_OK;
}

static enum rt_status check_stop(const Gcs__StopNodeRequest *request,
				 struct rt_error *err)
{
	for (size_t i = 0; i < request->n_drain_node_data; i++) {
		enum rt_status status =
			check_id(request->drain_node_data[i]->node_id, err);
		if (status)
			return status;
	}
	return RT_OK;
}

/* A GCS of 2.60 refuses a wrong id here, one to come may not. */
static enum rt_status check_resize(const Gcs__ResizeRequest *request,
				   struct rt_error *err)
{
	enum rt_status status = check_id(request->node_id, err);
	for (size_t i = 0; i < request->n_resources && !status; i++) {
		const Gcs__Amount *one = request->resources[i];
		if (!isfinite(one->amount) || one->amount <= 0)
			status = rt_fail(err, RT_EINPUT,
					 "a node cannot have %g %s",
					 one->amount, one->name);
	}
	return status;
}

static enum rt_status check(const ProtobufCMessage *request,
			    struct rt_error *err)
{
	if (request->descriptor == &gcs__drain_node_request__descriptor)
		return check_drain((const Gcs__DrainNodeRequest *)request, err);
	if (request->descriptor == &gcs__stop_node_request__descriptor)
		return check_stop((const Gcs__StopNodeRequest *)request, err);
	if (request->descriptor == &gcs__resize_request__descriptor)
		return check_resize((const Gcs__ResizeRequest *)request, err);
	return RT_OK;
}

enum rt_status gcs_guard(const ProtobufCMessage *request, struct rt_error *err)
{
	if (check(request, err))
		return rt_wrap(err, "%s", request->descriptor->short_name);
	return RT_OK;
}
