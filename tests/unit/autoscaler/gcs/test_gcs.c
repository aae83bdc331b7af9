/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_gcs.c - requests that would abort the GCS never leave the process.  The
 * address is of a port where nobody listens: what is sent fails with RT_EAWAY.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "autoscaler/gcs/gcs.h"
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

static void test_drain_guard(void **state)
{
	struct world *w = *state;
	uint8_t id[29] = { 0 };
	Gcs__DrainNodeRequest request = GCS__DRAIN_NODE_REQUEST__INIT;
	request.node_id = (ProtobufCBinaryData){ 28, id };
	for (int reason = -1; reason <= 3; reason++) {
		request.reason = (Gcs__DrainReason)reason;
		bool good = reason == 1 || reason == 2;
		assert_int_equal(gcs_check_drain(&request, &w->err),
				 good ? RT_OK : RT_EINPUT);
	}
	request.reason = GCS__DRAIN_REASON__DRAIN_IDLE_TERMINATION;
	request.deadline_timestamp_ms = -1;
	assert_int_equal(gcs_check_drain(&request, &w->err), RT_EINPUT);
	request.deadline_timestamp_ms = 0;
	assert_int_equal(gcs_check_drain(&request, &w->err), RT_OK);
	static const size_t lengths[] = { 0, 1, 27, 29, 56 };
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		request.node_id.len = lengths[i];
		assert_int_equal(gcs_check_drain(&request, &w->err), RT_EINPUT);
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
	assert_int_equal(resize(w, NODE, 1, 1), RT_EIO);
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
	unsigned char *bytes = test_malloc(2 * EMPTY_NODES);
	for (size_t i = 0; i < 2 * EMPTY_NODES; i += 2) {
		bytes[i] = 3 << 3 | 2;
		bytes[i + 1] = 0;
	}
	ProtobufCMessage *message;
	assert_int_equal(grpc_unpack(bytes, 2 * EMPTY_NODES,
				     &gcs__cluster_resource_state__descriptor,
				     w->arena, &message, &w->err),
			 RT_EREMOTE);
	test_free(bytes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_node_ids),
		TEST(test_drain_guard),
		TEST(test_sizes),
		TEST(test_report_version),
		TEST(test_unpacked_size_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
