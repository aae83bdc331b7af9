/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs.c - the calls.  Their requests live in the caller's arena or on the
 * stack: grpc_start() packs them at once.
 */
#include "autoscaler/gcs/gcs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "autoscaler/gcs/gcs_guard.h"
#include "autoscaler/gcs/gcs_request.h"
#include "core/base/error.h"
#include "gcs_node.pb-c.h"

#define SERVICE "ray.rpc.autoscaler.AutoscalerStateService/"

struct grpc_call *gcs_state_start(const struct grpc *to)
{
	return grpc_start(to, SERVICE "GetClusterResourceState", NULL);
}

static enum rt_status add_request(Gcs__ClusterResourceState *state,
				  const char *request, struct rt_arena *arena,
				  struct rt_error *err)
{
	Gcs__ClusterResourceConstraint **one =
		RT_ARENA_NEW(arena, Gcs__ClusterResourceConstraint *);
	enum rt_status status;
	if (!request || state->n_cluster_resource_constraints)
		return RT_OK;
	status = gcs_request_decode(request, arena, one, err);
	if (status)
		return rt_wrap(err, "request_resources");
	state->n_cluster_resource_constraints = 1;
	state->cluster_resource_constraints = one;
	return RT_OK;
}

enum rt_status gcs_state_finish(struct grpc_call **call, const char *request,
				struct rt_names *names, struct rt_arena *arena,
				struct gcs_state *out, struct rt_error *err)
{
	ProtobufCMessage *reply;
	enum rt_status status = grpc_finish(
		call, &gcs__get_cluster_resource_state_reply__descriptor, arena,
		&reply, err);
	if (status)
		return status;
	Gcs__ClusterResourceState *state =
		((Gcs__GetClusterResourceStateReply *)reply)
			->cluster_resource_state;
	if (!state)
		return rt_fail(err, RT_EREMOTE,
			       "GetClusterResourceState: the reply is empty; "
			       "is the peer a GCS of Ray 2.9 or later?");
	status = add_request(state, request, arena, err);
	if (status)
		return status;
	return gcs_decode(state, names, arena, out, err);
}

enum rt_status gcs_report_version(const struct grpc *to, struct rt_arena *arena,
				  int64_t *version, struct rt_error *err)
{
	ProtobufCMessage *reply;
	enum rt_status status = grpc_call(
		to, SERVICE "GetClusterStatus", NULL,
		&gcs__get_cluster_status_reply__descriptor, arena, &reply, err);
	if (status)
		return status;
	const Gcs__AutoscalingState *state =
		((Gcs__GetClusterStatusReply *)reply)->autoscaling_state;
	*version = state ? state->autoscaler_state_version : 0;
	return RT_OK;
}

/* A call whose reply says nothing. */
static enum rt_status tell(const struct grpc *to, struct rt_arena *arena,
			   const char *method, const ProtobufCMessage *request,
			   struct rt_error *err)
{
	ProtobufCMessage *reply;
	return grpc_call(to, method, request, &gcs__empty__descriptor, arena,
			 &reply, err);
}

enum rt_status gcs_report(const struct grpc *to, struct rt_arena *arena,
			  Gcs__AutoscalingState *state, struct rt_error *err)
{
	Gcs__ReportAutoscalingStateRequest request =
		GCS__REPORT_AUTOSCALING_STATE_REQUEST__INIT;
	request.autoscaling_state = state;
	return tell(to, arena, SERVICE "ReportAutoscalingState", &request.base,
		    err);
}

enum rt_status gcs_report_config(const struct grpc *to, struct rt_arena *arena,
				 Gcs__ClusterConfig *config,
				 struct rt_error *err)
{
	Gcs__ReportClusterConfigRequest request =
		GCS__REPORT_CLUSTER_CONFIG_REQUEST__INIT;
	request.cluster_config = config;
	return tell(to, arena, SERVICE "ReportClusterConfig", &request.base,
		    err);
}

/* ---- ending nodes -------------------------------------------------- */

static enum rt_status decode_id(const char *text, uint8_t id[GCS_NODE_ID_BYTES],
				struct rt_error *err)
{
	const size_t len = 2 * GCS_NODE_ID_BYTES;
	if (!text || strspn(text, "0123456789abcdef") != len || text[len])
		return rt_fail(err, RT_EINPUT,
			       "%s: not a node id of %d bytes in hex",
			       text ? text : "", GCS_NODE_ID_BYTES);
	for (size_t i = 0; i < GCS_NODE_ID_BYTES; i++)
		sscanf(text + 2 * i, "%2hhx", &id[i]);
	return RT_OK;
}

enum rt_status gcs_drain_idle(const struct grpc *to, struct rt_arena *arena,
			      const char *ray_node_id, int64_t idle_ms,
			      bool *accepted, struct rt_error *err)
{
	uint8_t id[GCS_NODE_ID_BYTES];
	Gcs__DrainNodeRequest request = GCS__DRAIN_NODE_REQUEST__INIT;
	ProtobufCMessage *reply;
	enum rt_status status = decode_id(ray_node_id, id, err);
	if (status)
		return status;
	request.node_id = (ProtobufCBinaryData){ sizeof id, id };
	request.reason = GCS__DRAIN_REASON__DRAIN_IDLE_TERMINATION;
	request.reason_message = rt_arena_printf(
		arena, "Termination of node that's idle for %lld seconds.",
		(long long)(idle_ms / 1000));
	status = grpc_call(to, SERVICE "DrainNode", &request.base,
			   &gcs__drain_node_reply__descriptor, arena, &reply,
			   err);
	if (!status)
		*accepted = ((Gcs__DrainNodeReply *)reply)->is_accepted;
	return status;
}

enum rt_status gcs_stop(const struct grpc *to, struct rt_arena *arena,
			const char *ray_node_id, struct rt_error *err)
{
	uint8_t id[GCS_NODE_ID_BYTES];
	Gcs__StopNodeData node = GCS__STOP_NODE_DATA__INIT;
	Gcs__StopNodeData *nodes[] = { &node };
	Gcs__StopNodeRequest request = GCS__STOP_NODE_REQUEST__INIT;
	enum rt_status status = decode_id(ray_node_id, id, err);
	if (status)
		return status;
	node.node_id = (ProtobufCBinaryData){ sizeof id, id };
	request.n_drain_node_data = 1;
	request.drain_node_data = nodes;
	return tell(to, arena, "ray.rpc.NodeInfoGcsService/DrainNode",
		    &request.base, err);
}

/* ---- sizes --------------------------------------------------------- */

/* False when it is not among them, or is no amount. */
static bool find_amount(const Gcs__ResizeReply *reply, const char *name,
			int64_t *out)
{
	for (size_t i = 0; i < reply->n_total_resources; i++) {
		const Gcs__Amount *amount = reply->total_resources[i];
		double most = (double)RT_AMOUNT_MAX / RT_UNITS;
		if (strcmp(amount->name, name) != 0)
			continue;
		*out = amount->amount >= 0 && amount->amount <= most
			       ? llround(amount->amount * RT_UNITS)
			       : RT_NONE;
		return *out != RT_NONE;
	}
	return false;
}

enum rt_status gcs_resize(const struct grpc *to, struct rt_arena *arena,
			  const char *ray_node_id, int64_t *cpu,
			  int64_t *memory, struct rt_error *err)
{
	uint8_t id[GCS_NODE_ID_BYTES];
	Gcs__ResizeRequest request = GCS__RESIZE_REQUEST__INIT;
	Gcs__Amount amounts[2] = { GCS__AMOUNT__INIT, GCS__AMOUNT__INIT };
	char cpu_name[] = "CPU", memory_name[] = "memory";
	Gcs__Amount *list[2] = { &amounts[0], &amounts[1] };
	ProtobufCMessage *reply;
	enum rt_status status = decode_id(ray_node_id, id, err);
	if (status)
		return status;
	amounts[0].name = cpu_name;
	amounts[0].amount = (double)*cpu / RT_UNITS;
	amounts[1].name = memory_name;
	amounts[1].amount = (double)*memory / RT_UNITS;
	request.node_id = (ProtobufCBinaryData){ sizeof id, id };
	request.n_resources = 2;
	request.resources = list;
	status = grpc_call(to, SERVICE "ResizeRayletResourceInstances",
			   &request.base, &gcs__resize_reply__descriptor, arena,
			   &reply, err);
	if (status)
		return status;
	if (!find_amount((Gcs__ResizeReply *)reply, "CPU", cpu) ||
	    !find_amount((Gcs__ResizeReply *)reply, "memory", memory))
		return rt_fail(err, RT_EREMOTE,
			       "ResizeRayletResourceInstances: the reply "
			       "lacks CPU or memory");
	return RT_OK;
}
