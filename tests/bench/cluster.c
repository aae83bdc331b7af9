/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster.c - the messages are made once, then only what changes is set.  The
 * GCS lists its nodes in another order each time, as the real one does.
 */
#include "tests/bench/cluster.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "autoscaler/gcs/gcs_decode.h"
#include "autoscaler/kube/kube_pods.h"
#include "core/base/error.h"
#include "core/base/mem.h"

#define GROUPS 5
#define SHAPES 100
#define CPUS 16
#define NODE_ID_LEN 28
#define BEGAN_MS 1700000000000
#define STRIDE 1000003 /* a prime beyond all numbers of nodes */

struct cluster {
	struct rt_arena *arena;
	uint32_t len; /* nodes; the last one is the head */
	Gcs__ClusterResourceState gcs;
	Gcs__NodeState *nodes;
	cJSON *raycluster;
	struct kube_pods *pods;
	int64_t now_ms;
	uint32_t turns; /* observations so far */
	uint32_t busy;  /* the worker that was made busy, or `len` */
};

/* ---- the GCS ------------------------------------------------------------ */

static char *group_of(const struct cluster *c, uint32_t node)
{
	return node + 1 == c->len
		       ? rt_arena_strdup(c->arena, "headgroup")
		       : rt_arena_printf(c->arena, "workers-%u", node % GROUPS);
}

static char *pod_of(const struct cluster *c, uint32_t node)
{
	return rt_arena_printf(c->arena, "raycluster-prod-%s-worker-%05x",
			       group_of(c, node), node);
}

static Gcs__Amount *amount(struct cluster *c, const char *name, double units)
{
	Gcs__Amount *one = RT_ARENA_NEW(c->arena, Gcs__Amount);

	gcs__amount__init(one);
	one->name = rt_arena_strdup(c->arena, name);
	one->amount = units;
	return one;
}

static Gcs__Label *label(struct cluster *c, const char *key, const char *value)
{
	Gcs__Label *one = RT_ARENA_NEW(c->arena, Gcs__Label);

	gcs__label__init(one);
	one->key = rt_arena_strdup(c->arena, key);
	one->value = rt_arena_strdup(c->arena, value);
	return one;
}

static void add_resources(struct cluster *c, Gcs__NodeState *node, uint32_t i)
{
	Gcs__Amount **all = RT_ARENA_ARRAY(c->arena, Gcs__Amount *, 5);

	all[0] = amount(c, "memory", 64e9);
	all[1] = amount(c, "object_store_memory", 20e9);
	all[2] = amount(c, "accelerator_type:A100", 1);
	all[3] = amount(c,
			rt_arena_printf(c->arena, "node:10.%u.%u.%u", i >> 16,
					i >> 8 & 255, i & 255),
			1);
	all[4] = amount(c, "CPU", CPUS);
	node->total_resources = node->available_resources = all;
	node->n_total_resources = 5;
}

static void add_labels(struct cluster *c, Gcs__NodeState *node, uint32_t i)
{
	Gcs__Label **all = RT_ARENA_ARRAY(c->arena, Gcs__Label *, 6);

	all[0] = label(c, "ray.io/node-id",
		       rt_arena_printf(c->arena, "%056x", i));
	all[1] = label(c, "ray.io/node-group", node->ray_node_type_name);
	all[2] = label(c, "ray.io/accelerator-type", "A100");
	all[3] = label(c, "ray.io/market-type", "on-demand");
	all[4] = label(c, "ray.io/availability-zone", "eu-west-1a");
	all[5] = label(c, "ray.io/availability-region", "eu-west-1");
	node->labels = all;
	node->n_labels = 6;
}

static void make_node(struct cluster *c, uint32_t i)
{
	Gcs__NodeState *node = &c->nodes[i];

	gcs__node_state__init(node);
	node->node_id.len = NODE_ID_LEN;
	node->node_id.data = rt_arena_alloc(c->arena, NODE_ID_LEN);
	memcpy(node->node_id.data, &i, sizeof i);
	node->instance_id = pod_of(c, i);
	node->ray_node_type_name = group_of(c, i);
	add_resources(c, node, i);
	add_labels(c, node, i);
}

static Gcs__ResourceRequest *request(struct cluster *c, double cpus)
{
	Gcs__ResourceRequest *one =
		RT_ARENA_NEW(c->arena, Gcs__ResourceRequest);

	gcs__resource_request__init(one);
	one->resources_bundle = RT_ARENA_NEW(c->arena, Gcs__Amount *);
	one->resources_bundle[0] = amount(c, "CPU", cpus);
	one->n_resources_bundle = 1;
	return one;
}

/* More CPUs than a node has. */
static Gcs__ResourceRequestByCount *make_tasks(struct cluster *c, uint32_t i)
{
	Gcs__ResourceRequestByCount *tasks =
		RT_ARENA_NEW(c->arena, Gcs__ResourceRequestByCount);

	gcs__resource_request_by_count__init(tasks);
	tasks->request = request(c, CPUS + 1 + i);
	tasks->count = 1000;
	return tasks;
}

/* A whole node for each bundle. */
static void make_gang(struct cluster *c)
{
	Gcs__GangResourceRequest *gang =
		RT_ARENA_NEW(c->arena, Gcs__GangResourceRequest);

	gcs__gang_resource_request__init(gang);
	gang->details = rt_arena_strdup(c->arena, "18ec77:PACK|PENDING");
	gang->n_requests = c->len;
	gang->requests =
		RT_ARENA_ARRAY(c->arena, Gcs__ResourceRequest *, c->len);
	for (uint32_t i = 0; i < c->len; i++)
		gang->requests[i] = request(c, CPUS);
	c->gcs.pending_gang_resource_requests =
		RT_ARENA_NEW(c->arena, Gcs__GangResourceRequest *);
	c->gcs.pending_gang_resource_requests[0] = gang;
	c->gcs.n_pending_gang_resource_requests = 1;
}

static void make_gcs(struct cluster *c)
{
	gcs__cluster_resource_state__init(&c->gcs);
	c->nodes = RT_ARENA_ARRAY(c->arena, Gcs__NodeState, c->len);
	c->gcs.node_states = RT_ARENA_ARRAY(c->arena, Gcs__NodeState *, c->len);
	c->gcs.n_node_states = c->len;
	for (uint32_t i = 0; i < c->len; i++)
		make_node(c, i);
	c->gcs.pending_resource_requests =
		RT_ARENA_ARRAY(c->arena, Gcs__ResourceRequestByCount *, SHAPES);
	c->gcs.n_pending_resource_requests = SHAPES;
	for (uint32_t i = 0; i < SHAPES; i++)
		c->gcs.pending_resource_requests[i] = make_tasks(c, i);
}

/* ---- the Kubernetes API ------------------------------------------------- */

static cJSON *parse(const char *text)
{
	cJSON *json = cJSON_Parse(text);

	if (!json)
		RT_BUG(text);
	return json;
}

static void make_raycluster(struct cluster *c, int idle_s)
{
	c->raycluster = parse(rt_arena_printf(
		c->arena,
		"{\"metadata\":{\"name\":\"prod\"},\"spec\":{"
		"\"autoscalerOptions\":{\"idleTimeoutSeconds\":%d},"
		"\"headGroupSpec\":{\"rayStartParams\":{\"num-cpus\":\"16\"}}}}",
		idle_s));
	cJSON *groups = cJSON_AddArrayToObject(
		cJSON_GetObjectItem(c->raycluster, "spec"), "workerGroupSpecs");
	for (uint32_t g = 0; g < GROUPS; g++) {
		uint32_t nodes = (c->len - 1 + GROUPS - 1 - g) / GROUPS;
		cJSON_AddItemToArray(
			groups,
			parse(rt_arena_printf(
				c->arena,
				"{\"groupName\":\"workers-%u\",\"replicas\":%u,"
				"\"maxReplicas\":%u,\"rayStartParams\":"
				"{\"num-cpus\":\"%d\"}}",
				g, nodes, nodes, CPUS)));
	}
}

static cJSON *make_pod(const struct cluster *c, uint32_t node)
{
	return parse(rt_arena_printf(
		c->arena,
		"{\"metadata\":{\"name\":\"%s\",\"creationTimestamp\":"
		"\"2026-01-01T00:00:00Z\",\"labels\":{\"ray.io/group\":\"%s\","
		"\"ray.io/node-type\":\"%s\"}}}",
		pod_of(c, node), group_of(c, node),
		node + 1 == c->len ? "head" : "worker"));
}

static void make_pods(struct cluster *c)
{
	cJSON *page = parse("{\"metadata\":{\"resourceVersion\":\"1\"}}");
	cJSON *items = cJSON_AddArrayToObject(page, "items");
	struct rt_error err;

	for (uint32_t i = 0; i < c->len; i++)
		cJSON_AddItemToArray(items, make_pod(c, i));
	c->pods = kube_pods_new();
	if (kube_pods_add_page(c->pods, page, &err))
		RT_BUG(err.text);
	cJSON_Delete(page);
}

struct cluster *cluster_new(uint32_t workers, bool pressed)
{
	struct cluster *c = rt_calloc(1, sizeof *c);

	c->arena = rt_arena_new();
	c->len = c->busy = workers + 1;
	c->now_ms = BEGAN_MS;
	make_gcs(c);
	if (pressed)
		make_gang(c);
	make_raycluster(c, pressed ? 5 : 3600);
	make_pods(c);
	return c;
}

void cluster_free(struct cluster **c)
{
	cJSON_Delete((*c)->raycluster);
	kube_pods_free(&(*c)->pods);
	rt_arena_free(&(*c)->arena);
	rt_free(*c);
	*c = NULL;
}

/* ---- what is seen ------------------------------------------------------- */

void cluster_wait(struct cluster *c, int64_t ms)
{
	c->now_ms += ms;
}

void cluster_make_busy(struct cluster *c, uint32_t worker)
{
	c->busy = worker;
}

static void set_states(struct cluster *c)
{
	c->turns++;
	for (uint32_t i = 0; i < c->len; i++) {
		Gcs__NodeState *node = &c->nodes[i];
		uint64_t place = ((uint64_t)i * STRIDE + c->turns) % c->len;
		bool busy = i % 2 || i == c->busy;
		c->gcs.node_states[place] = node;
		node->n_available_resources = busy ? 4 : 5; /* CPU is last */
		node->idle_duration_ms = busy ? 0 : c->now_ms - BEGAN_MS + 1000;
		node->status = busy ? GCS__NODE_STATUS__NODE_RUNNING
				    : GCS__NODE_STATUS__NODE_IDLE;
	}
}

void cluster_observe(struct cluster *c, struct rt_names *names,
		     struct rt_arena *arena, struct rt_observation *seen)
{
	struct gcs_state state;
	struct rt_error err;

	set_states(c);
	*seen = (struct rt_observation){ .now_ms = c->now_ms };
	if (gcs_decode(&c->gcs, names, arena, &state, &err) ||
	    rt_raycluster_decode(c->raycluster, names, arena, &seen->cluster,
				 &err))
		RT_BUG(err.text);
	seen->ray_nodes = state.nodes;
	seen->ray_nodes_len = state.nodes_len;
	seen->demand = state.demand;
	seen->pods = kube_pods_copy(c->pods, arena, &seen->pods_len);
}
