/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_gcs_decode.c - recorded replies of real heads against what their drivers
 * did (tests/fixtures/README.md), then the same replies cut and garbled.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "autoscaler/gcs/gcs_decode.h"
#include "autoscaler/gcs/grpc.h"
#include "core/base/buf.h"
#include "core/model/res.h"
#include "tests/unit/autoscaler/gcs/fixture.h"

struct world {
	struct rt_arena *arena;
	struct rt_names *names;
	struct rt_buf text;
	struct gcs_state state;
	struct rt_error err;
};

static int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof *w);
	w->arena = rt_arena_new();
	w->names = rt_names_new();
	w->text.max = 1 << 20;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	rt_arena_free(&w->arena);
	rt_names_free(&w->names);
	rt_buf_free(&w->text);
	test_free(w);
	return 0;
}

static enum rt_status decode(struct world *w, const void *bytes, size_t len)
{
	ProtobufCMessage *message;
	enum rt_status status = grpc_unpack(
		bytes, len, &gcs__get_cluster_resource_state_reply__descriptor,
		w->arena, &message, &w->err);
	Gcs__GetClusterResourceStateReply *reply = (void *)message;
	if (status || !reply->cluster_resource_state)
		return status;
	return gcs_decode(reply->cluster_resource_state, w->names, w->arena,
			  &w->state, &w->err);
}

static void load(struct world *w, const char *folder, const char *situation)
{
	char name[128];
	snprintf(name, sizeof name, "%s/cluster_resource_state.%s", folder,
		 situation);
	struct fixture fixture = fixture_read(name);
	if (decode(w, fixture.bytes, fixture.len))
		fail_msg("%s: %s", name, w->err.text);
}

/* ---- the demand as text -------------------------------------------- */

static void put_res(struct world *w, struct rt_res res)
{
	for (uint32_t i = 0; i < res.len; i++)
		rt_buf_addf(&w->text, " %s=%g",
			    rt_name_text(w->names, res.at[i].name),
			    (double)res.at[i].units / RT_UNITS);
}

/* "3x CPU=1 (zone in b c, market not in spot)" */
static void put_request(struct world *w, const struct rt_request *r)
{
	rt_buf_addf(&w->text, "%lldx", (long long)r->count);
	put_res(w, r->res);
	for (uint32_t i = 0; i < r->selectors_len; i++) {
		rt_buf_addf(&w->text, " (");
		for (uint32_t j = 0; j < r->selectors[i].len; j++) {
			const struct rt_label_rule *rule =
				&r->selectors[i].rules[j];
			rt_buf_addf(&w->text, "%s%s%s", j ? ", " : "",
				    rt_name_text(w->names, rule->key),
				    rule->op == RT_LABEL_IN ? " in"
							    : " not in");
			for (uint32_t k = 0; k < rule->len; k++)
				rt_buf_addf(&w->text, " %s",
					    rt_name_text(w->names,
							 rule->values[k]));
		}
		rt_buf_addf(&w->text, ")");
	}
	for (uint32_t i = 0; i < r->placements_len; i++)
		rt_buf_addf(&w->text, "%s",
			    r->placements[i].kind == RT_AFFINITY ? " together"
								 : " apart");
	rt_buf_addf(&w->text, "\n");
}

static const char *demand_text(struct world *w)
{
	const struct rt_demand *demand = &w->state.demand;
	rt_buf_clear(&w->text);
	for (uint32_t i = 0; i < demand->tasks_len; i++)
		put_request(w, &demand->tasks[i]);
	for (uint32_t i = 0; i < demand->gangs_len; i++) {
		const struct rt_gang *gang = &demand->gangs[i];
		rt_buf_addf(&w->text, "gang%s\n", strchr(gang->details, ':'));
		for (uint32_t j = 0; j < gang->len; j++)
			put_request(w, &gang->bundles[j]);
	}
	for (uint32_t i = 0; i < demand->constraints_len; i++) {
		rt_buf_addf(&w->text, "room\n");
		for (uint32_t j = 0; j < demand->constraints[i].len; j++)
			put_request(w, &demand->constraints[i].requests[j]);
	}
	return w->text.data ? w->text.data : "";
}

static void expect(struct world *w, const char *folder, const char *situation,
		   const char *text)
{
	load(w, folder, situation);
	assert_string_equal(demand_text(w), text);
}

/* ---- demand -------------------------------------------------------- */

static void test_tasks(void **state)
{
	expect(*state, "ray-2.60", "idle", "");
	expect(*state, "ray-2.60", "tasks",
	       "3x CPU=1 GPU=1 ()\n"
	       "5x CPU=4 ()\n"
	       "2x Custom=9 memory=1.07374e+09 ()\n");
	expect(*state, "ray-2.46", "tasks",
	       "3x CPU=1 GPU=1\n"
	       "5x CPU=4\n"
	       "2x Custom=9 memory=1.07374e+09\n");
	expect(*state, "ray-2.9", "tasks",
	       "3x CPU=1 GPU=1\n"
	       "5x CPU=4\n"
	       "2x Custom=9 memory=1.07374e+09\n");
	expect(*state, "ray-2.60", "actors", "3x CPU=2 Custom=5 ()\n");
}

static void test_gangs(void **state)
{
	static const char *const folders[] = { "ray-2.60", "ray-2.46" };
	expect(*state, "ray-2.60", "pg_spread",
	       "gang:SPREAD|PENDING\n2x CPU=3\n");
	for (size_t i = 0; i < 2; i++)
		expect(*state, folders[i], "pg_pack",
		       "gang:PACK|PENDING\n2x CPU=3\n");
	for (size_t i = 0; i < 2; i++)
		expect(*state, folders[i], "pg_strict_pack",
		       "gang:STRICT_PACK|PENDING\n"
		       "2x CPU=3 together\n");
	for (size_t i = 0; i < 2; i++)
		expect(*state, folders[i], "pg_strict_spread",
		       "gang:STRICT_SPREAD|PENDING\n"
		       "4x CPU=1 apart\n");
	expect(*state, "ray-2.60", "pg_placed", "");
	expect(*state, "ray-2.60", "pg_rescheduling",
	       "gang:STRICT_SPREAD|RESCHEDULING\n1x CPU=2 apart\n");
}

/* The labels are in bundle_selectors only. */
static void test_gang_labels(void **state)
{
	expect(*state, "ray-2.60", "pg_labels",
	       "gang:STRICT_SPREAD|PENDING\n"
	       "1x CPU=1 (zone in q) apart\n1x CPU=1 (zone in r) apart\n");
}

static void test_labels(void **state)
{
	expect(*state, "ray-2.60", "labels_fallback",
	       "2x CPU=1 (zone in b c, market not in spot)\n"
	       "2x CPU=1 (zone in z) (zone in y) (market in ondemand)\n");
}

static void test_constraints(void **state)
{
	expect(*state, "ray-2.60", "request_resources",
	       "room\n8x CPU=1\n2x CPU=2 GPU=1\n");
	expect(*state, "ray-2.9", "request_resources",
	       "room\n8x CPU=1\n2x CPU=2 GPU=1\n");
	expect(*state, "ray-2.60", "request_resources_label",
	       "room\n1x CPU=2 (accel in A100)\n");
}

static void test_mixed(void **state)
{
	expect(*state, "ray-2.60", "mixed",
	       "3x CPU=1 GPU=1 ()\n"
	       "2x CPU=1 (zone in b c, market not in spot)\n"
	       "5x CPU=4 ()\n"
	       "gang:PACK|PENDING\n2x CPU=3\n"
	       "gang:STRICT_SPREAD|PENDING\n"
	       "4x CPU=1 apart\n"
	       "gang:STRICT_PACK|PENDING\n"
	       "2x CPU=3 together\n"
	       "room\n8x CPU=1\n2x CPU=2 GPU=1\n");
}

/* ---- nodes --------------------------------------------------------- */

static const char *res_text(struct world *w, struct rt_res res)
{
	rt_buf_clear(&w->text);
	put_res(w, res);
	return w->text.data;
}

static const char *label(struct world *w, const struct rt_ray_node *node,
			 const char *key)
{
	for (uint32_t i = 0; i < node->labels.len; i++) {
		const struct rt_label *at = &node->labels.at[i];
		if (strcmp(rt_name_text(w->names, at->key), key) == 0)
			return rt_name_text(w->names, at->value);
	}
	return NULL;
}

static void test_nodes(void **state)
{
	struct world *w = *state;
	load(w, "ray-2.60", "tasks");
	assert_int_equal(w->state.version, 4);
	assert_int_equal(w->state.nodes_len, 2);
	const struct rt_ray_node *head = &w->state.nodes[0];
	const struct rt_ray_node *small = &w->state.nodes[1];
	assert_string_equal(head->instance_id, "demo-head-abcde");
	assert_string_equal(head->group, "headgroup");
	assert_string_equal(small->instance_id, "demo-small-worker-00000");
	assert_string_equal(small->group, "small");
	assert_int_equal(small->status, RT_RAY_IDLE);
	assert_int_equal(small->idle_ms, 5589);
	assert_string_equal(
		small->ray_node_id,
		"8398f3e3912e6a28dad0cfe8b432893f978e970d207ac572a3756b43");
	assert_string_equal(res_text(w, small->total),
			    " CPU=2 Custom=2 memory=4e+09 node:127.0.0.1=1"
			    " object_store_memory=8e+07");
	assert_string_equal(label(w, small, "zone"), "a");
	assert_string_equal(label(w, small, "ray.io/node-group"), "small");
	assert_null(label(w, head, "zone"));
}

/* A used-up resource is absent; a placed group leaves a dynamic label. */
static void test_busy_nodes(void **state)
{
	struct world *w = *state;
	load(w, "ray-2.60", "pg_placed");
	assert_int_equal(w->state.nodes_len, 3);
	const struct rt_ray_node *node = &w->state.nodes[1];
	assert_int_equal(node->status, RT_RAY_RUNNING);
	assert_int_equal(node->idle_ms, 0);
	uint32_t cpu = rt_name_intern(w->names, "CPU");
	assert_int_equal(rt_res_get(node->total, cpu), 2 * RT_UNITS);
	assert_false(rt_res_has(node->available, cpu));
	assert_string_equal(
		label(w, node, "_PG_12571ed53217aacf929010828d8401000000"), "");
}

static enum rt_ray_status status_of(const struct world *w, const char *pod)
{
	for (uint32_t i = 0; i < w->state.nodes_len; i++)
		if (strcmp(w->state.nodes[i].instance_id, pod) == 0)
			return w->state.nodes[i].status;
	fail_msg("%s is not listed", pod);
	return RT_RAY_UNKNOWN;
}

static void test_ending_nodes(void **state)
{
	struct world *w = *state;
	load(w, "ray-2.60", "draining");
	assert_int_equal(status_of(w, "demo-light-worker-00010"),
			 RT_RAY_DRAINING);
	assert_int_equal(status_of(w, "demo-light-worker-00011"),
			 RT_RAY_RUNNING);
	load(w, "ray-2.46", "draining");
	load(w, "ray-2.60", "dead_node");
	assert_int_equal(status_of(w, "demo-light-worker-00010"), RT_RAY_DEAD);
	assert_int_equal(w->state.nodes_len, 4);
}

/* ---- made up: what no recording has -------------------------------- */

static void test_order_of_a_pods_nodes(void **state)
{
	struct world *w = *state;
	Gcs__NodeState old = GCS__NODE_STATE__INIT, new = old;
	Gcs__NodeState *nodes[] = { &new, &old };
	Gcs__ClusterResourceState in = GCS__CLUSTER_RESOURCE_STATE__INIT;
	old.instance_id = new.instance_id = (char[]){ "pod" };
	old.status = GCS__NODE_STATUS__NODE_DEAD;
	new.status = GCS__NODE_STATUS__NODE_RUNNING;
	in.n_node_states = 2;
	in.node_states = nodes;
	assert_int_equal(
		gcs_decode(&in, w->names, w->arena, &w->state, &w->err), RT_OK);
	assert_int_equal(w->state.nodes[0].status, RT_RAY_DEAD);
	assert_int_equal(w->state.nodes[1].status, RT_RAY_RUNNING);
}

static void test_odd_values(void **state)
{
	struct world *w = *state;
	char name[] = "CPU", key[] = "zone";
	Gcs__Amount amount = GCS__AMOUNT__INIT;
	Gcs__Amount *amounts[] = { &amount };
	Gcs__LabelSelectorConstraint rule =
		GCS__LABEL_SELECTOR_CONSTRAINT__INIT;
	Gcs__LabelSelectorConstraint *rules[] = { &rule };
	Gcs__LabelSelector selector = GCS__LABEL_SELECTOR__INIT;
	Gcs__LabelSelector *selectors[] = { &selector };
	Gcs__ResourceRequest request = GCS__RESOURCE_REQUEST__INIT;
	Gcs__ResourceRequestByCount counted =
		GCS__RESOURCE_REQUEST_BY_COUNT__INIT;
	Gcs__ResourceRequestByCount nothing = counted, none = counted;
	Gcs__ResourceRequestByCount *list[] = { &counted, &nothing, &none };
	Gcs__ClusterResourceState in = GCS__CLUSTER_RESOURCE_STATE__INIT;
	amount.name = name;
	amount.amount = -1;
	rule.label_key = key;
	rule.operator_ = (Gcs__LabelOperator)7;
	selector.n_label_constraints = 1;
	selector.label_constraints = rules;
	request.n_resources_bundle = 1;
	request.resources_bundle = amounts;
	request.n_label_selectors = 1;
	request.label_selectors = selectors;
	counted.request = &request;
	counted.count = INT64_MAX;
	nothing.count = 3; /* of no request */
	none.request = &request;
	none.count = -3;
	in.n_pending_resource_requests = 3;
	in.pending_resource_requests = list;
	assert_int_equal(
		gcs_decode(&in, w->names, w->arena, &w->state, &w->err), RT_OK);
	assert_string_equal(demand_text(w), "100000000x CPU=0 (zone in)\n");
}

/* Ray sends one; the others are given on, the packing says what it does. */
static void test_several_constraints(void **state)
{
	struct world *w = *state;
	Gcs__ResourceRequest request = GCS__RESOURCE_REQUEST__INIT;
	Gcs__ResourceRequestByCount counted =
		GCS__RESOURCE_REQUEST_BY_COUNT__INIT;
	Gcs__ResourceRequestByCount *list[] = { &counted };
	Gcs__ClusterResourceConstraint one =
		GCS__CLUSTER_RESOURCE_CONSTRAINT__INIT;
	Gcs__ClusterResourceConstraint empty = one;
	Gcs__ClusterResourceConstraint *all[] = { &empty, &one, &one };
	Gcs__ClusterResourceState in = GCS__CLUSTER_RESOURCE_STATE__INIT;
	counted.request = &request;
	counted.count = 2;
	one.n_resource_requests = 1;
	one.resource_requests = list;
	in.n_cluster_resource_constraints = 3;
	in.cluster_resource_constraints = all;
	assert_int_equal(
		gcs_decode(&in, w->names, w->arena, &w->state, &w->err), RT_OK);
	assert_string_equal(demand_text(w), "room\n2x\nroom\n2x\n");
}

static void test_too_many(void **state)
{
	struct world *w = *state;
	enum { MANY = 5000 };
	static Gcs__Label labels[MANY];
	static Gcs__Label *list[MANY];
	static char keys[MANY][8];
	Gcs__NodeState node = GCS__NODE_STATE__INIT, *nodes[] = { &node };
	Gcs__ClusterResourceState in = GCS__CLUSTER_RESOURCE_STATE__INIT;
	for (int i = 0; i < MANY; i++) {
		gcs__label__init(&labels[i]);
		snprintf(keys[i], sizeof keys[i], "k%d", i);
		labels[i].key = keys[i];
		list[i] = &labels[i];
	}
	node.n_labels = MANY;
	node.labels = list;
	in.n_node_states = 1;
	in.node_states = nodes;
	assert_int_equal(
		gcs_decode(&in, w->names, w->arena, &w->state, &w->err),
		RT_ELIMIT);
}

/* ---- cut and garbled ----------------------------------------------- */

/* A prefix may be a message by accident; it must never be more than that. */
static void test_prefixes(void **state)
{
	struct world *w = *state;
	struct fixture all =
		fixture_read("ray-2.60/cluster_resource_state.mixed");
	size_t refused = 0;
	for (size_t len = 0; len < all.len; len++) {
		unsigned char *part = test_malloc(len + 1);
		memcpy(part, all.bytes, len);
		refused += decode(w, part, len) != RT_OK;
		test_free(part);
		rt_arena_reset(w->arena);
	}
	/* The whole reply is one field: what is cut is no message. */
	assert_int_equal(refused, all.len - 1);
}

static void test_flipped_bytes(void **state)
{
	static const unsigned char masks[] = { 0x01, 0x08, 0x80, 0xff };
	struct world *w = *state;
	struct fixture all =
		fixture_read("ray-2.60/cluster_resource_state.mixed");
	size_t refused = 0;
	for (size_t i = 0; i < all.len * sizeof masks; i++) {
		all.bytes[i / sizeof masks] ^= masks[i % sizeof masks];
		refused += decode(w, all.bytes, all.len) != RT_OK;
		all.bytes[i / sizeof masks] ^= masks[i % sizeof masks];
		rt_arena_reset(w->arena);
	}
	assert_true(refused > 0 && refused < all.len * sizeof masks);
	assert_int_equal(decode(w, all.bytes, all.len), RT_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_tasks),
		TEST(test_gangs),
		TEST(test_gang_labels),
		TEST(test_labels),
		TEST(test_constraints),
		TEST(test_several_constraints),
		TEST(test_mixed),
		TEST(test_nodes),
		TEST(test_busy_nodes),
		TEST(test_ending_nodes),
		TEST(test_order_of_a_pods_nodes),
		TEST(test_odd_values),
		TEST(test_too_many),
		TEST(test_prefixes),
		TEST(test_flipped_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
