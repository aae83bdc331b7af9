/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcs_jobs.c - one look at the job table.
 */
#include "autoscaler/gcs/gcs_jobs.h"

#include <string.h>

#include "gcs_history.pb-c.h"

#define OF_RAY "_ray_internal_" /* so begin the namespaces of its drivers */

static bool is_of_ray(const Gcs__JobTableData *job)
{
	return job->config && strncmp(job->config->ray_namespace, OF_RAY,
				      sizeof OF_RAY - 1) == 0;
}

enum rt_status gcs_drivers(const struct grpc *to, struct rt_arena *arena,
			   struct gcs_drivers *out, struct rt_error *err)
{
	Gcs__GetAllJobInfoRequest request = GCS__GET_ALL_JOB_INFO_REQUEST__INIT;
	ProtobufCMessage *message;
	request.skip_submission_job_info_field = true;
	request.skip_is_running_tasks_field = true;
	enum rt_status status = grpc_call(
		to, "ray.rpc.JobInfoGcsService/GetAllJobInfo", &request.base,
		&gcs__get_all_job_info_reply__descriptor, arena, &message, err);
	if (status)
		return status;
	const Gcs__GetAllJobInfoReply *reply =
		(Gcs__GetAllJobInfoReply *)message;
	*out = (struct gcs_drivers){ 0 };
	for (size_t i = 0; i < reply->n_job_info_list; i++) {
		const Gcs__JobTableData *job = reply->job_info_list[i];
		if (is_of_ray(job))
			continue;
		if (!job->is_dead)
			out->alive++;
		else if (job->end_time > out->ended_ms)
			out->ended_ms = job->end_time;
	}
	return RT_OK;
}
