/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe.c - the GCS's state is asked for each time, and the RayCluster at the
 * same time when it is due.  The pods come last: what was waited for before has
 * brought in their events.  The first failure is the one told.
 */
#include "autoscaler/observe.h"

#include "autoscaler/gcs/gcs.h"
#include "core/base/error.h"

static enum rt_status take_state(struct grpc_call *call,
				 const struct world *world,
				 struct rt_names *names, struct round *round,
				 struct rt_error *err)
{
	struct gcs_state state;
	struct rt_error of_request;
	const char *request;
	enum rt_status asked = head_request(
		world->head, &world->gcs, round->arena, &request, &of_request);
	enum rt_status status = gcs_state_finish(&call, request, names,
						 round->arena, &state, err);
	head_note(world->head, status ? 0 : state.version);
	if (status)
		return status;
	if (asked) {
		*err = of_request;
		return asked;
	}
	round->state_version = state.version;
	round->session = state.session;
	round->head_address = state.head_address;
	round->seen.ray_nodes = state.nodes;
	round->seen.ray_nodes_len = state.nodes_len;
	round->seen.demand = state.demand;
	return RT_OK;
}

static enum rt_status read_cluster(const struct world *world,
				   struct rt_names *names, struct round *round,
				   struct rt_error *err)
{
	enum rt_status status =
		kube_cluster_read(world->cluster, &round->raycluster, err);
	if (!status)
		status = rt_raycluster_decode(round->raycluster, names,
					      round->arena,
					      &round->seen.cluster, err);
	return status;
}

enum rt_status observe(const struct world *world, struct rt_names *names,
		       struct round *round, struct rt_error *err)
{
	struct rt_error of_state;
	struct grpc_call *call = gcs_state_start(&world->gcs);
	enum rt_status status = read_cluster(world, names, round, err);
	enum rt_status state = take_state(call, world, names, round, &of_state);
	if (!status)
		status = kube_watch_read(world->pods, round->arena,
					 &round->seen.pods,
					 &round->seen.pods_len, err);
	round->seen.own_head = world->own_head;
	round->seen.now_ms = world->epoch_ms + http_clock_ms();
	if (status || !state)
		return status;
	*err = of_state;
	return state;
}
