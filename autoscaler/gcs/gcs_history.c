/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_history.c - four calls with empty requests, one after the other.
 */
#include "autoscaler/gcs/gcs_history.h"

enum { TASKS, ACTORS, GROUPS, JOBS, CALLS };

static const struct {
	const char *method;
	const ProtobufCMessageDescriptor *reply;
} calls[CALLS] = {
	[TASKS] = { "ray.rpc.TaskInfoGcsService/GetTaskEvents",
		    &gcs__get_task_events_reply__descriptor },
	[ACTORS] = { "ray.rpc.ActorInfoGcsService/GetAllActorInfo",
		     &gcs__get_all_actor_info_reply__descriptor },
	[GROUPS] = { "ray.rpc.PlacementGroupInfoGcsService/"
		     "GetAllPlacementGroup",
		     &gcs__get_all_placement_group_reply__descriptor },
	[JOBS] = { "ray.rpc.JobInfoGcsService/GetAllJobInfo",
		   &gcs__get_all_job_info_reply__descriptor },
};

enum rt_status gcs_history(const struct grpc *to, struct rt_arena *arena,
			   struct gcs_history *out, struct rt_error *err)
{
	ProtobufCMessage *replies[CALLS];

	for (int i = 0; i < CALLS; i++) {
		enum rt_status status =
			grpc_call(to, calls[i].method, NULL, calls[i].reply,
				  arena, &replies[i], err);
		if (status)
			return status;
	}
	*out = (struct gcs_history){
		.tasks = (Gcs__GetTaskEventsReply *)replies[TASKS],
		.actors = (Gcs__GetAllActorInfoReply *)replies[ACTORS],
		.groups = (Gcs__GetAllPlacementGroupReply *)replies[GROUPS],
		.jobs = (Gcs__GetAllJobInfoReply *)replies[JOBS],
	};
	return RT_OK;
}

enum rt_status gcs_history_unpack(const void *bytes, size_t len,
				  struct rt_arena *arena,
				  struct gcs_history *out, struct rt_error *err)
{
	ProtobufCMessage *message;
	enum rt_status status = grpc_unpack(bytes, len, calls[TASKS].reply,
					    arena, &message, err);

	if (!status)
		*out = (struct gcs_history){
			.tasks = (Gcs__GetTaskEventsReply *)message,
		};
	return status;
}
