/* SPDX-License-Identifier: Apache-2.0 */
/* test_codec_snapshot.c - defaults, exact amounts, errors that name the path,
 * and that what is written reads back as the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/model/codec_snapshot.h"
#include "core/model/res.h"

#define CONFIG "\"config\":{\"node_types\":[" TYPE "]}"
#define TYPE "{\"name\":\"a\",\"resources\":{\"CPU\":4},\"max_workers\":2}"
#define NODE "{\"instance_id\":\"i\",\"type\":\"a\",\"status\":\"QUEUED\"}"

#define SIZED(id, type, more)                                                  \
	"{\"instance_id\":\"" id "\",\"type\":\"" type "\"" more               \
	",\"status\":\"QUEUED\",\"ippr\":{\"current_cpu\":1,"                  \
	"\"current_memory\":2,\"desired_cpu\":3,\"desired_memory\":4}}"

struct fixture {
	struct rt_names *names;
	struct rt_arena *arena;
	cJSON *doc;
	struct rt_snapshot *snapshot;
	struct rt_error err;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .names = rt_names_new(),
			      .arena = rt_arena_new() };
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cJSON_Delete(f->doc);
	rt_arena_free(&f->arena);
	rt_names_free(&f->names);
	return 0;
}

static enum rt_status decode(struct fixture *f, const char *text)
{
	cJSON_Delete(f->doc);
	f->doc = NULL;
	if (rt_json_parse(text, strlen(text), &f->doc, &f->err))
		fail_msg("%s: %s", f->err.text, text);
	return rt_snapshot_decode(f->doc, f->names, f->arena, &f->snapshot,
				  &f->err);
}

/* A snapshot with these members beside version and time. */
static enum rt_status decode_members(struct fixture *f, const char *members)
{
	char text[2048];

	snprintf(text, sizeof text, "{\"version\":1,\"now_ms\":5,%s}", members);
	return decode(f, text);
}

static void test_defaults(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode_members(f, CONFIG ",\"nodes\":[" NODE "]"),
			 RT_OK);
	const struct rt_snapshot *s = f->snapshot;
	assert_null(s->id);
	assert_int_equal(s->now_ms, 5);
	assert_int_equal(s->max_workers, RT_NONE);
	assert_int_equal(s->idle_timeout_ms, RT_NONE);
	assert_int_equal(s->pending_idle_timeout_ms, RT_NONE);
	assert_true(s->conserve_gpu);
	assert_null(s->unneeded);
	const struct rt_group *g = &s->groups[0];
	assert_false(g->is_head);
	assert_int_equal(g->min_nodes, 0);
	assert_int_equal(g->idle_timeout_ms, RT_NONE);
	assert_int_equal(g->num_of_hosts, 1);
	assert_true(g->availability == 1 && g->recoverable_availability == 1);
	const struct rt_node *node = &s->nodes[0];
	assert_null(node->pod);
	assert_int_equal(node->group, 0);
	assert_false(node->is_head);
	assert_false(node->known);
	assert_string_equal(node->ray_node_id, "");
	assert_int_equal(node->ray_status, RT_RAY_UNKNOWN);
}

static void test_null_is_absent(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		decode_members(
			f,
			"\"id\":null,\"nodes\":null,\"demand\":null,"
			"\"state\":null,\"unheard\":[1],"
			"\"config\":{\"max_workers\":null,"
			"\"node_types\":[{\"name\":\"a\",\"labels\":null}]}"),
		RT_OK);
	assert_int_equal(f->snapshot->max_workers, RT_NONE);
	assert_int_equal(f->snapshot->groups[0].labels.len, 0);
}

static void test_amounts_are_exact_and_sorted(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode_members(f, CONFIG
					",\"demand\":{\"tasks\":[{"
					"\"resources\":{\"memory\":"
					"17179869184,\"GPU\":0,\"CPU\":0.3333,"
					"\"a\":0.1}}]}"),
			 RT_OK);
	struct rt_res res = f->snapshot->demand.tasks[0].res;
	const int64_t units[] = { 3333, 0, 1000, 171798691840000 };
	const char *const names[] = { "CPU", "GPU", "a", "memory" };
	assert_int_equal(res.len, 4);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(res.at[i].units, units[i]);
		assert_string_equal(rt_name_text(f->names, res.at[i].name),
				    names[i]);
	}
	assert_int_equal(f->snapshot->demand.tasks[0].count, 1);
}

static void test_timeouts_may_be_fractions(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode_members(f, "\"config\":{\"idle_timeout_s\":0.5,"
					   "\"pending_idle_timeout_s\":0,"
					   "\"node_types\":[]}"),
			 RT_OK);
	assert_int_equal(f->snapshot->idle_timeout_ms, 500);
	assert_int_equal(f->snapshot->pending_idle_timeout_ms, 0);
}

static void test_state_of_removed_types_is_dropped(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode_members(f, CONFIG
					",\"state\":{\"pending_unneeded_since_"
					"ms\":{\"gone\":[1],\"a\":[2,3]}}"),
			 RT_OK);
	assert_int_equal(f->snapshot->unneeded[0].len, 2);
	assert_int_equal(f->snapshot->unneeded[0].at[1], 3);
}

static void test_nodes_of_removed_types_have_no_group(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode_members(f, CONFIG
					",\"nodes\":[{\"instance_id\":\"i\","
					"\"type\":\"gone\","
					"\"status\":\"QUEUED\"}]"),
			 RT_OK);
	assert_int_equal(f->snapshot->nodes[0].group, RT_NO_GROUP);
	assert_string_equal(f->snapshot->nodes[0].type, "gone");
}

/* Members of a snapshot that are wrong, and what is said of them. */
static const struct {
	const char *members, *error;
} wrong[] = {
	{ "\"x\":1", "config: is missing" },
	{ "\"config\":[]", "config: is an array, not an object" },
	{ "\"config\":{}", "config.node_types: is missing" },
	{ "\"config\":{\"max_workers\":-1,\"node_types\":[]}",
	  "config.max_workers: -1: not between 0 and 9007199254740991" },
	{ "\"config\":{\"conserve_gpu\":1,\"node_types\":[]}",
	  "config.conserve_gpu: is a number, not true or false" },
	{ "\"config\":{\"node_types\":[{}]}",
	  "config.node_types[0].name: is missing" },
	{ "\"config\":{\"node_types\":[" TYPE "," TYPE "]}",
	  "config.node_types[1]: the name \"a\" is there twice" },
	{ "\"config\":{\"node_types\":[{\"name\":\"a\",\"min_workers\":2,"
	  "\"max_workers\":1}]}",
	  "config.node_types[0]: min_workers is above max_workers" },
	{ "\"config\":{\"node_types\":[{\"name\":\"a\",\"resources\":"
	  "{\"x y\":-1}}]}",
	  "config.node_types[0].resources[\"x y\"]: -1: not between 0 and "
	  "1e+14" },
	{ "\"config\":{\"node_types\":[{\"name\":\"a\",\"labels\":"
	  "{\"zone\":1}}]}",
	  "config.node_types[0].labels.zone: is a number, not a string" },
	{ "\"config\":{\"node_types\":[{\"name\":\"a\",\"num_of_hosts\":0}]}",
	  "config.node_types[0].num_of_hosts: 0: not between 1 and "
	  "2147483647" },
	{ CONFIG ",\"nodes\":{}", "nodes: is an object, not an array" },
	{ CONFIG ",\"nodes\":[{\"instance_id\":\"\"}]",
	  "nodes[0].instance_id: is empty" },
	{ CONFIG ",\"nodes\":[" NODE "," NODE "]",
	  "nodes[1]: instance_id \"i\" is there twice" },
	{ CONFIG ",\"nodes\":[{\"instance_id\":\"i\",\"type\":\"a\"}]",
	  "nodes[0].status: is missing" },
	{ CONFIG ",\"nodes\":[{\"instance_id\":\"i\",\"type\":\"a\","
		 "\"status\":\"QUEUED\",\"kind\":\"boss\"}]",
	  "nodes[0].kind: \"boss\" is unknown; known: worker, head" },
	{ CONFIG ",\"nodes\":[{\"instance_id\":\"i\",\"type\":\"a\","
		 "\"status\":\"QUEUED\",\"ray_status\":\"BUSY\"}]",
	  "nodes[0].ray_status: \"BUSY\" is unknown; known: RUNNING, IDLE, "
	  "DRAINING, DEAD" },
	{ CONFIG ",\"nodes\":[{\"instance_id\":\"i\",\"type\":\"a\","
		 "\"status\":\"QUEUED\",\"idle_ms\":0.5}]",
	  "nodes[0].idle_ms: 0.5: not a whole number" },
	{ CONFIG ",\"demand\":{\"tasks\":[{\"count\":-1}]}",
	  "demand.tasks[0].count: -1: not between 0 and 100000000" },
	{ CONFIG ",\"demand\":{\"tasks\":[{\"label_selectors\":[{}]}]}",
	  "demand.tasks[0].label_selectors[0]: is an object, not an array" },
	{ CONFIG ",\"demand\":{\"tasks\":[{\"label_selectors\":[[{\"key\":"
		 "\"z\",\"op\":\"is\",\"values\":[]}]]}]}",
	  "demand.tasks[0].label_selectors[0][0].op: \"is\" is unknown; known: "
	  "in, not_in" },
	{ CONFIG ",\"demand\":{\"tasks\":[{\"label_selectors\":[[{\"key\":"
		 "\"z\"}]]}]}",
	  "demand.tasks[0].label_selectors[0][0].values: is missing" },
	{ CONFIG ",\"demand\":{\"gangs\":[{\"bundles\":[{\"placement\":"
		 "[{\"kind\":\"near\",\"label\":\"x\"}]}]}]}",
	  "demand.gangs[0].bundles[0].placement[0].kind: \"near\" is unknown; "
	  "known: affinity, anti_affinity" },
	{ CONFIG ",\"demand\":{\"constraints\":[{},7]}",
	  "demand.constraints[1]: is a number, not an object" },
	{ CONFIG ",\"nodes\":[{\"instance_id\":\"i\",\"type\":\"a\","
		 "\"status\":\"QUEUED\",\"ippr\":{\"current_cpu\":1}}]",
	  "nodes[0].ippr.current_memory: is missing" },
	{ CONFIG ",\"state\":{\"pending_unneeded_since_ms\":{\"a\":[null]}}",
	  "state.pending_unneeded_since_ms.a[0]: is null, not a whole number" },
};

static void test_errors_name_the_path(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(decode_members(f, wrong[i].members),
				 RT_EINPUT);
		assert_string_equal(f->err.text, wrong[i].error);
	}
}

static void test_version_and_time_are_needed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode(f, "{\"now_ms\":5," CONFIG "}"), RT_EINPUT);
	assert_string_equal(f->err.text, "version: is missing");
	assert_int_equal(decode(f, "{\"version\":2,\"now_ms\":5," CONFIG "}"),
			 RT_EINPUT);
	assert_string_equal(f->err.text, "version: 2: not between 1 and 1");
	assert_int_equal(decode(f, "{\"version\":1," CONFIG "}"), RT_EINPUT);
	assert_string_equal(f->err.text, "now_ms: is missing");
	assert_int_equal(decode(f, "[]"), RT_EINPUT);
	assert_string_equal(f->err.text, "is an array, not an object");
}

static void test_too_many_entries(void **state)
{
	struct fixture *f = *state;
	cJSON *doc = cJSON_Parse("{\"version\":1,\"now_ms\":5,\"config\":{"
				 "\"node_types\":[{\"name\":\"a\"}]}}");
	cJSON *type = cJSON_GetObjectItem(doc, "config")->child->child;
	cJSON *res = cJSON_AddObjectToObject(type, "resources");

	for (int i = 0; i <= 10000; i++) {
		char name[16];
		snprintf(name, sizeof name, "r%d", i);
		cJSON_AddNumberToObject(res, name, 1);
	}
	assert_int_equal(rt_snapshot_decode(doc, f->names, f->arena,
					    &f->snapshot, &f->err),
			 RT_ELIMIT);
	assert_string_equal(f->err.text, "config.node_types[0].resources: "
					 "10001 entries, at most 10000 are "
					 "read");
	cJSON_Delete(doc);
}

static void test_what_cannot_be_resized(void **state)
{
	static const char members[] =
		"\"config\":{\"node_types\":[{\"name\":\"a\",\"ippr\":"
		"{\"max_cpu\":8,\"max_memory\":9}},{\"name\":\"b\"}]},"
		"\"nodes\":[" SIZED("1", "a", ",\"pod\":\"p\"") "," SIZED(
			"2", "a", "") "," SIZED("3", "b", ",\"pod\":\"q\"") "]";
	struct fixture *f = *state;

	assert_int_equal(decode_members(f, members), RT_OK);
	const struct rt_resize *r = f->snapshot->nodes[0].resize;
	assert_int_equal(r->desired_cpu, 3 * RT_UNITS);
	assert_int_equal(r->max_cpu, RT_NONE);
	assert_int_equal(r->resizing_at_s, RT_NONE);
	assert_int_equal(r->failed_at_s, RT_NONE);
	assert_int_equal(r->status, RT_RESIZE_NONE);
	assert_null(r->raylet_id);
	assert_null(f->snapshot->nodes[1].resize); /* no pod */
	assert_null(f->snapshot->nodes[2].resize); /* no limits */
}

static void test_what_is_written_reads_back(void **state)
{
	static const char full[] =
		"{\"version\":1,\"id\":\"x\",\"now_ms\":1700000000000,"
		"\"config\":{\"max_workers\":10,\"idle_timeout_s\":0.5,"
		"\"pending_idle_timeout_s\":60,\"conserve_gpu\":false,"
		"\"node_types\":[{\"name\":\"a\",\"is_head\":true,"
		"\"resources\":{\"CPU\":0.0625},\"labels\":{\"z\":\"x\"},"
		"\"min_workers\":1,\"max_workers\":2,\"idle_timeout_s\":3,"
		"\"priority\":-1,\"num_of_hosts\":2,\"availability\":0.5,"
		"\"recoverable_availability\":0.25,"
		"\"ippr\":{\"max_cpu\":8.5,\"max_memory\":17179869184}}]},"
		"\"nodes\":[{\"instance_id\":\"i\",\"pod\":\"p\",\"type\":\"a\""
		",\"kind\":\"head\",\"status\":\"RAY_RUNNING\","
		"\"ray_node_id\":\"ff\","
		"\"ippr\":{\"current_cpu\":4,\"current_memory\":10,"
		"\"desired_cpu\":5,\"desired_memory\":11,"
		"\"suggested_max_cpu\":6,\"suggested_max_memory\":12,"
		"\"resizing_at\":13,\"last_failed_at\":14,"
		"\"k8s_status\":\"deferred\",\"raylet_id\":\"f0\"},"
		"\"ray_status\":\"IDLE\","
		"\"total\":{\"CPU\":0.0625},\"available\":{},"
		"\"labels\":{\"z\":\"y\"},\"idle_ms\":7}],"
		"\"demand\":{\"tasks\":[{\"count\":3,"
		"\"resources\":{\"CPU\":0.0001},\"label_selectors\":[[{\"key\":"
		"\"z\",\"op\":\"not_in\",\"values\":[\"x\",\"y\"]}],[]]}],"
		"\"gangs\":[{\"details\":\"g\",\"bundles\":[{"
		"\"resources\":{},\"placement\":[{\"kind\":\"anti_affinity\","
		"\"label\":\"_PG_1\",\"value\":\"\"}]}]}],"
		"\"constraints\":[{\"requests\":[{\"count\":1,"
		"\"resources\":{\"CPU\":1}}]},{\"requests\":[]}]},"
		"\"state\":{\"pending_unneeded_since_ms\":{\"a\":[1,2]}}}";
	struct fixture *f = *state;

	assert_int_equal(decode(f, full), RT_OK);
	cJSON *json = rt_snapshot_encode(f->snapshot);
	char *text = cJSON_PrintUnformatted(json);
	assert_string_equal(text, full);
	cJSON_free(text);
	cJSON_Delete(json);
}

/* One that stands for many, as the simulator's do. */
static void test_bundles_are_written_one_by_one(void **state)
{
	static const struct rt_request bundles[] = { { .count = 2 },
						     { .count = 1 } };
	static const struct rt_gang gang = { "g", 2, bundles };
	struct fixture *f = *state;

	assert_int_equal(decode_members(f, CONFIG), RT_OK);
	f->snapshot->demand.gangs_len = 1;
	f->snapshot->demand.gangs = &gang;
	cJSON *json = rt_snapshot_encode(f->snapshot);
	char *text = rt_json_print(json);
	assert_int_equal(decode(f, text), RT_OK);
	assert_int_equal(f->snapshot->demand.gangs[0].len, 3);
	assert_int_equal(rt_gang_size(f->snapshot->demand.gangs), 3);
	cJSON_free(text);
	cJSON_Delete(json);
}

static void test_timeouts_read_back_as_they_were(void **state)
{
	struct fixture *f = *state;

	for (int ms = 0; ms < 2000; ms += 7) {
		char config[128];
		snprintf(config, sizeof config,
			 "\"config\":{\"idle_timeout_s\":%d.%03d5,"
			 "\"node_types\":[]}",
			 ms / 1000, ms % 1000);
		assert_int_equal(decode_members(f, config), RT_OK);
		assert_int_equal(f->snapshot->idle_timeout_ms, ms);
		cJSON *json = rt_snapshot_encode(f->snapshot);
		char *text = rt_json_print(json);
		assert_int_equal(decode(f, text), RT_OK);
		assert_int_equal(f->snapshot->idle_timeout_ms, ms);
		cJSON_free(text);
		cJSON_Delete(json);
	}
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_defaults),
		UNIT(test_null_is_absent),
		UNIT(test_amounts_are_exact_and_sorted),
		UNIT(test_timeouts_may_be_fractions),
		UNIT(test_state_of_removed_types_is_dropped),
		UNIT(test_nodes_of_removed_types_have_no_group),
		UNIT(test_errors_name_the_path),
		UNIT(test_version_and_time_are_needed),
		UNIT(test_too_many_entries),
		UNIT(test_what_cannot_be_resized),
		UNIT(test_what_is_written_reads_back),
		UNIT(test_bundles_are_written_one_by_one),
		UNIT(test_timeouts_read_back_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
