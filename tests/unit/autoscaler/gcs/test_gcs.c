/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_gcs.c - requests that would abort the GCS never leave the process.  The
 * address is of a port where nobody listens: what is sent fails with RT_EAWAY.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "autoscaler/gcs/gcs.h"
#include "autoscaler/gcs/gcs_guard.h"
#include "gcs_node.pb-c.h"
#include "tests/unit/autoscaler/gcs/fixture.h"

#define NODE "8398f3e3912e6a28dad0cfe8b432893f978e970d207ac572a3756b43"

struct world {
	struct rt_arena *arena;
	struct http *http;
	struct grpc gcs;
	struct rt_error err;
};

static int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof *w);
	w->arena = rt_arena_new();
	w->http = http_open(-1);
	w->gcs = (struct grpc){
		.http = w->http,
		.address = "127.0.0.1:1",
		.timeout_ms = 5000,
		.max = 1 << 20,
	};
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	rt_arena_free(&w->arena);
	http_close(&w->http);
	test_free(w);
	return 0;
}

static enum rt_status drain(struct world *w, const char *id)
{
	bool accepted = false;
	enum rt_status status = gcs_drain_idle(&w->gcs, w->arena, id, 61000,
					       &accepted, &w->err);
	assert_int_equal(gcs_stop(&w->gcs, w->arena, id, NULL), status);
	assert_false(accepted);
	return status;
}

static void test_node_ids(void **state)
{
	struct world *w = *state;
	assert_int_equal(drain(w, NODE), RT_EAWAY);
	assert_int_equal(drain(w, ""), RT_EINPUT);
	assert_int_equal(drain(w, NULL), RT_EINPUT);
	assert_int_equal(drain(w, NODE "00"), RT_EINPUT);
	assert_int_equal(drain(w, &NODE[2]), RT_EINPUT);
	assert_int_equal(drain(w, &NODE[1]), RT_EINPUT);
	char wrong[] = NODE;
	wrong[20] = 'g';
	assert_int_equal(drain(w, wrong), RT_EINPUT);
	wrong[20] = 'A'; /* ours are in lower case */
	assert_int_equal(drain(w, wrong), RT_EINPUT);
}

/* ---- the guard, whoever made the request --------------------------- */

static uint8_t bytes[56];
static const size_t lengths[] = { 0, 1, 27, 29, 56 };
#define LENGTHS (sizeof lengths / sizeof *lengths)

static ProtobufCBinaryData id_of(size_t len)
{
	return (ProtobufCBinaryData){ len, bytes };
}

/* What passes is sent, and nobody listens. */
static void expect(struct world *w, const ProtobufCMessage *request, bool good)
{
	ProtobufCMessage *reply;
	assert_int_equal(gcs_guard(request, &w->err), good ? RT_OK : RT_EINPUT);
	assert_int_equal(grpc_call(&w->gcs, "a.B/C", request,
				   &gcs__empty__descriptor, w->arena, &reply,
				   &w->err),
			 good ? RT_EAWAY : RT_EINPUT);
}

static void test_guarded_drains(void **state)
{
	static const int64_t late[] = { -1, INT64_MIN };
	struct world *w = *state;
	Gcs__DrainNodeRequest request = GCS__DRAIN_NODE_REQUEST__INIT;
	request.node_id = id_of(28);
	for (int reason = -1; reason <= 3; reason++) {
		request.reason = (Gcs__DrainReason)reason;
		expect(w, &request.base, reason == 1 || reason == 2);
	}
	request.reason = GCS__DRAIN_REASON__DRAIN_IDLE_TERMINATION;
	for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
		request.deadline_timestamp_ms = late[i];
		expect(w, &request.base, false);
	}
	request.deadline_timestamp_ms = INT64_MAX;
	expect(w, &request.base, true);
	for (size_t i = 0; i < LENGTHS; i++) {
		request.node_id = id_of(lengths[i]);
		expect(w, &request.base, false);
	}
	request.node_id = (ProtobufCBinaryData){ 28, NULL };
	expect(w, &request.base, false);
}

/* The second of two is looked at as well. */
static void test_guarded_stops(void **state)
{
	struct world *w = *state;
	Gcs__StopNodeData nodes[2] = { GCS__STOP_NODE_DATA__INIT,
				       GCS__STOP_NODE_DATA__INIT };
	Gcs__StopNodeData *list[2] = { &nodes[0], &nodes[1] };
	Gcs__StopNodeRequest request = GCS__STOP_NODE_REQUEST__INIT;
	request.n_drain_node_data = 2;
	request.drain_node_data = list;
	nodes[0].node_id = nodes[1].node_id = id_of(28);
	expect(w, &request.base, true);
	for (size_t i = 0; i < LENGTHS; i++) {
		nodes[1].node_id = id_of(lengths[i]);
		expect(w, &request.base, false);
	}
}

static void test_guarded_sizes(void **state)
{
	static const double amounts[] = { 0, -1, NAN, INFINITY, -INFINITY };
	struct world *w = *state;
	char name[] = "CPU";
	Gcs__Amount one = GCS__AMOUNT__INIT, *list[] = { &one };
	Gcs__ResizeRequest request = GCS__RESIZE_REQUEST__INIT;
	request.node_id = id_of(28);
	request.n_resources = 1;
	request.resources = list;
	one.name = name;
	one.amount = 0.5;
	expect(w, &request.base, true);
	for (size_t i = 0; i < LENGTHS; i++) {
		request.node_id = id_of(lengths[i]);
		expect(w, &request.base, false);
	}
	request.node_id = id_of(28);
	for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
		one.amount = amounts[i];
		expect(w, &request.base, false);
	}
}

static enum rt_status resize(struct world *w, const char *id, int64_t cpu,
			     int64_t memory)
{
	return gcs_resize(&w->gcs, w->arena, id, &cpu, &memory, &w->err);
}

static void test_sizes(void **state)
{
	struct world *w = *state;
	assert_int_equal(resize(w, NODE, 1, 1), RT_EAWAY);
	assert_int_equal(resize(w, NODE, 0, 1), RT_EINPUT);
	assert_int_equal(resize(w, NODE, 1, 0), RT_EINPUT);
	assert_int_equal(resize(w, NODE, -1, 1), RT_EINPUT);
	assert_int_equal(resize(w, NODE, INT64_MIN, 1), RT_EINPUT);
	assert_int_equal(resize(w, NODE "00", 1, 1), RT_EINPUT);
	assert_int_equal(resize(w, &NODE[2], 1, 1), RT_EINPUT);
	assert_int_equal(resize(w, NULL, 1, 1), RT_EINPUT);
}

/* A report that came back as it was sent: the versions are read. */
static void test_report_version(void **state)
{
	struct world *w = *state;
	struct fixture reply =
		fixture_read("ray-2.60/cluster_status_after_report");
	ProtobufCMessage *message;
	assert_int_equal(grpc_unpack(reply.bytes, reply.len,
				     &gcs__get_cluster_status_reply__descriptor,
				     w->arena, &message, &w->err),
			 RT_OK);
	const Gcs__AutoscalingState *report =
		((Gcs__GetClusterStatusReply *)message)->autoscaling_state;
	assert_int_equal(report->autoscaler_state_version, 3);
	assert_int_equal(report->n_pending_instance_requests, 1);
	assert_int_equal(report->pending_instance_requests[0]->count, 3);
	assert_string_equal(report->pending_instances[0]->instance_id,
			    "demo-gpu-worker-bbbbb");
}

/* Small on the wire, large in memory. */
static void test_unpacked_size_is_bounded(void **state)
{
	enum { EMPTY_NODES = 1 << 20 };
	struct world *w = *state;
	unsigned char *packed = test_malloc(2 * EMPTY_NODES);
	for (size_t i = 0; i < 2 * EMPTY_NODES; i += 2) {
		packed[i] = 3 << 3 | 2;
		packed[i + 1] = 0;
	}
	ProtobufCMessage *message;
	assert_int_equal(grpc_unpack(packed, 2 * EMPTY_NODES,
				     &gcs__cluster_resource_state__descriptor,
				     w->arena, &message, &w->err),
			 RT_EREMOTE);
	test_free(packed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_node_ids),
		TEST(test_guarded_drains),
		TEST(test_guarded_stops),
		TEST(test_guarded_sizes),
		TEST(test_sizes),
		TEST(test_report_version),
		TEST(test_unpacked_size_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
