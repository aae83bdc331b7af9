/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe.c - the three questions run at the same time; each call is finished
 * whatever became of the others, and the first failure is the one told.
 */
#include "autoscaler/observe.h"

#include "autoscaler/gcs/gcs.h"
#include "autoscaler/kube/kube_pods.h"
#include "core/base/error.h"

static enum rt_status take_state(struct grpc_call *call, struct rt_names *names,
				 struct round *round, struct rt_error *err)
{
	struct gcs_state state;
	enum rt_status status =
		gcs_state_finish(&call, names, round->arena, &state, err);
	if (status)
		return status;
	round->state_version = state.version;
	round->seen.ray_nodes = state.nodes;
	round->seen.ray_nodes_len = state.nodes_len;
	round->seen.demand = state.demand;
	return RT_OK;
}

static enum rt_status take_cluster(struct kube_call *call,
				   struct rt_names *names, struct round *round,
				   struct rt_error *err)
{
	enum rt_status status = kube_finish(&call, &round->raycluster, err);
	if (!status)
		status = rt_raycluster_decode(round->raycluster, names,
					      round->arena,
					      &round->seen.cluster, err);
	return status;
}

static enum rt_status take_pods(struct kube_call *call, struct round *round,
				struct rt_error *err)
{
	cJSON *list;
	enum rt_status status = kube_finish(&call, &list, err);
	if (!status)
		status = kube_decode_pods(list, round->arena, &round->seen.pods,
					  &round->seen.pods_len, err);
	cJSON_Delete(list);
	return status;
}

enum rt_status observe(const struct world *world, struct rt_names *names,
		       struct round *round, struct rt_error *err)
{
	struct grpc_call *state = gcs_state_start(&world->gcs);
	struct kube_call *cluster = kube_get_cluster(world->kube);
	struct kube_call *pods = kube_list_pods(world->kube);
	struct rt_error errs[3];
	enum rt_status results[3];
	results[0] = take_state(state, names, round, &errs[0]);
	results[1] = take_cluster(cluster, names, round, &errs[1]);
	results[2] = take_pods(pods, round, &errs[2]);
	round->seen.own_head = world->own_head;
	round->seen.now_ms = world->epoch_ms + http_clock_ms();
	for (size_t i = 0; i < 3; i++)
		if (results[i]) {
			*err = errs[i];
			return results[i];
		}
	return RT_OK;
}
