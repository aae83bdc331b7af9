/* SPDX-License-Identifier: Apache-2.0 */
/* test_soak.c - a long life in short: placement groups and nodes come and go,
 * and each has an id that is the name of resources and labels.  What the GCS
 * says is decoded and decided; memory stays what it was at the start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <inttypes.h>
#include <malloc.h>

#include "autoscaler/gcs/gcs_decode.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/param.h"
#include "core/controller/controller.h"
#include "core/host/chain_open.h"
#include "core/model/raycluster.h"

#define ROUNDS 10000
#define WARM (ROUNDS / 10)
#define NEW_GROUPS 10 /* placement groups of a round */
#define NODES 8       /* the oldest one makes room for another */
#define INTERVAL_MS 500
#define SLACK_BYTES (64 * 1024)
#define NAMES_MAX 8192

static const char manifest[] =
	"{\"metadata\":{\"name\":\"demo\"},\"spec\":{"
	"\"headGroupSpec\":{\"rayStartParams\":{\"num-cpus\":\"0\"}},"
	"\"workerGroupSpecs\":[{\"groupName\":\"a\",\"replicas\":8,"
	"\"maxReplicas\":8,\"rayStartParams\":{\"num-cpus\":\"16\"}}]}}";

struct world {
	struct rt_controller *controller;
	struct rt_chain chain;
	cJSON *raycluster;
	uint32_t turn;
	struct rt_arena *arena; /* of the round */
};

static char *text(struct world *w, const char *form, uint32_t number)
{
	char *format = rt_arena_strdup(w->arena, form);

	*strchr(format, '#') = '\0';
	return rt_arena_printf(w->arena, "%s%032x%s", format, number,
			       format + strlen(format) + 1);
}

/* ---- what the GCS says --------------------------------------------------- */

static Gcs__Amount *amount(struct world *w, const char *form, uint32_t number)
{
	Gcs__Amount *one = RT_ARENA_NEW(w->arena, Gcs__Amount);

	gcs__amount__init(one);
	one->name = text(w, form, number);
	one->amount = 1;
	return one;
}

/* The placement groups of this round that the node holds. */
static void hold_groups(struct world *w, Gcs__NodeState *node, uint32_t i)
{
	static const char *const forms[] = { "CPU_group_#", "bundle_group_0_#",
					     "node:10.#" };
	uint32_t group = w->turn * NEW_GROUPS + i;
	Gcs__Label *label = RT_ARENA_NEW(w->arena, Gcs__Label);

	node->total_resources = node->available_resources =
		RT_ARENA_ARRAY(w->arena, Gcs__Amount *, 3);
	node->n_total_resources = node->n_available_resources = 3;
	for (int k = 0; k < 3; k++)
		node->total_resources[k] = amount(w, forms[k], group);
	gcs__label__init(label);
	label->key = text(w, "_PG_#", group);
	node->dynamic_labels = RT_ARENA_NEW(w->arena, Gcs__Label *);
	node->dynamic_labels[0] = label;
	node->n_dynamic_labels = 1;
}

static uint32_t serial_of(const struct world *w, uint32_t i)
{
	return w->turn + i;
}

static char *pod_of(struct world *w, uint32_t i)
{
	return i == NODES ? rt_arena_strdup(w->arena, "demo-head")
			  : text(w, "demo-a-worker-#", serial_of(w, i));
}

static Gcs__NodeState *make_node(struct world *w, uint32_t i)
{
	Gcs__NodeState *node = RT_ARENA_NEW(w->arena, Gcs__NodeState);

	gcs__node_state__init(node);
	node->node_id.len = 28;
	node->node_id.data = rt_arena_alloc(w->arena, 28);
	*node->node_id.data = (uint8_t)serial_of(w, i);
	node->instance_id = pod_of(w, i);
	node->ray_node_type_name =
		rt_arena_strdup(w->arena, i == NODES ? "headgroup" : "a");
	node->status = GCS__NODE_STATUS__NODE_RUNNING;
	hold_groups(w, node, i);
	return node;
}

/* Of one bundle, beside itself and nobody else. */
static Gcs__GangResourceRequest *make_gang(struct world *w, uint32_t number)
{
	Gcs__GangResourceRequest *gang =
		RT_ARENA_NEW(w->arena, Gcs__GangResourceRequest);
	Gcs__ResourceRequest *bundle =
		RT_ARENA_NEW(w->arena, Gcs__ResourceRequest);
	Gcs__PlacementConstraint *placement =
		RT_ARENA_NEW(w->arena, Gcs__PlacementConstraint);

	gcs__gang_resource_request__init(gang);
	gcs__resource_request__init(bundle);
	gcs__placement_constraint__init(placement);
	placement->affinity = RT_ARENA_NEW(w->arena, Gcs__AffinityConstraint);
	gcs__affinity_constraint__init(placement->affinity);
	placement->affinity->label_name = text(w, "_PG_#", number);
	bundle->placement_constraints =
		RT_ARENA_NEW(w->arena, Gcs__PlacementConstraint *);
	bundle->placement_constraints[0] = placement;
	bundle->n_placement_constraints = 1;
	bundle->resources_bundle = RT_ARENA_NEW(w->arena, Gcs__Amount *);
	bundle->resources_bundle[0] = amount(w, "never_#", number);
	bundle->n_resources_bundle = 1;
	gang->details = text(w, "#:STRICT_PACK|PENDING", number);
	gang->requests = RT_ARENA_NEW(w->arena, Gcs__ResourceRequest *);
	gang->requests[0] = bundle;
	gang->n_requests = 1;
	return gang;
}

static void make_state(struct world *w, Gcs__ClusterResourceState *state)
{
	gcs__cluster_resource_state__init(state);
	state->n_node_states = NODES + 1;
	state->node_states =
		RT_ARENA_ARRAY(w->arena, Gcs__NodeState *, NODES + 1);
	for (uint32_t i = 0; i <= NODES; i++)
		state->node_states[i] = make_node(w, i);
	state->n_pending_gang_resource_requests = NEW_GROUPS;
	state->pending_gang_resource_requests = RT_ARENA_ARRAY(
		w->arena, Gcs__GangResourceRequest *, NEW_GROUPS);
	for (uint32_t i = 0; i < NEW_GROUPS; i++)
		state->pending_gang_resource_requests[i] =
			make_gang(w, w->turn * NEW_GROUPS + i);
}

/* ---- a round --------------------------------------------------------------
 */

static void observe(struct world *w, struct rt_observation *seen)
{
	struct rt_names *names = rt_controller_names(w->controller);
	struct rt_pod *pods =
		RT_ARENA_ARRAY(w->arena, struct rt_pod, NODES + 1);
	Gcs__ClusterResourceState message;
	struct gcs_state state;
	struct rt_error err;

	make_state(w, &message);
	for (uint32_t i = 0; i <= NODES; i++)
		pods[i] = (struct rt_pod){ .name = pod_of(w, i),
					   .group = i == NODES ? "headgroup"
							       : "a",
					   .replica = "",
					   .is_head = i == NODES };
	*seen = (struct rt_observation){ .now_ms = w->turn * INTERVAL_MS,
					 .pods_len = NODES + 1,
					 .pods = pods };
	assert_int_equal(gcs_decode(&message, names, w->arena, &state, &err),
			 RT_OK);
	assert_int_equal(rt_raycluster_decode(w->raycluster, names, w->arena,
					      &seen->cluster, &err),
			 RT_OK);
	seen->ray_nodes = state.nodes;
	seen->ray_nodes_len = state.nodes_len;
	seen->demand = state.demand;
}

static void run(struct world *w)
{
	struct rt_observation seen;
	struct rt_decision *decision;
	struct rt_actions *actions;
	struct rt_error err;

	rt_controller_renew_names(w->controller);
	w->arena = rt_controller_begin(w->controller);
	w->turn++;
	observe(w, &seen);
	assert_int_equal(rt_controller_reconcile(w->controller, &seen,
						 &decision, &actions, &err),
			 RT_OK);
	assert_true(decision->infeasible_gangs[NEW_GROUPS - 1]);
	rt_controller_note(w->controller, actions);
}

static void test_ids_that_come_and_go(void **state)
{
	struct world *w = *state;
	size_t most = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		run(w);
		size_t used = mallinfo2().uordblks;
		if (i < WARM)
			most = used > most ? used : most;
		else
			assert_in_range(used, 0, most + SLACK_BYTES);
		assert_in_range(
			rt_names_len(rt_controller_names(w->controller)), 1,
			NAMES_MAX);
	}
	assert_int_equal(rt_controller_instances(w->controller)->len,
			 NODES + 1);
}

static int setup(void **state)
{
	struct world *w = rt_calloc(1, sizeof *w);
	cJSON *name = cJSON_CreateString("ray");
	const struct rt_json policy = rt_json_root(name);
	struct rt_controller_settings settings;
	struct rt_error err;

	rt_params_default(rt_controller_params, &settings);
	if (rt_chain_open(&w->chain, &policy, &rt_registry, &err))
		return -1;
	cJSON_Delete(name);
	w->controller = rt_controller_new(&settings, &w->chain);
	w->raycluster = cJSON_Parse(manifest);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	rt_controller_free(&w->controller);
	rt_chain_close(&w->chain);
	cJSON_Delete(w->raycluster);
	rt_free(w);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ids_that_come_and_go,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
