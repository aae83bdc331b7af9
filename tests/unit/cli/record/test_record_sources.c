/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_record_sources.c - a run on a real head (tests/fixtures, "history"),
 * from the GCS's tables and from the State API's JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/record/record_gcs.h"
#include "traces/record_state.h"
#include "core/base/error.h"
#include "tests/unit/autoscaler/gcs/fixture.h"

#define FOLDER "ray-2.60/history/"
#define GROUP "18ec77244bb1265fcdfae239e90601000000"
#define NS_PER_MS 1000000

struct run {
	struct recording rec;
	struct record_rows rows;
	struct rt_error err;
};

static int setup(void **state)
{
	struct run *run = test_calloc(1, sizeof *run);

	run->rec.arena = rt_arena_new();
	run->rec.names = rt_names_new();
	*state = run;
	return 0;
}

static int teardown(void **state)
{
	struct run *run = *state;

	rt_names_free(&run->rec.names);
	rt_arena_free(&run->rec.arena);
	test_free(run);
	return 0;
}

static ProtobufCMessage *unpack(struct run *run, const char *name,
				const ProtobufCMessageDescriptor *type)
{
	ProtobufCMessage *message;
	struct fixture fixture = fixture_read(name);

	assert_int_equal(grpc_unpack(fixture.bytes, fixture.len, type,
				     run->rec.arena, &message, &run->err),
			 RT_OK);
	return message;
}

static struct gcs_history task_events(struct run *run)
{
	struct gcs_history history;
	struct fixture fixture = fixture_read(FOLDER "task_events");

	assert_int_equal(gcs_history_unpack(fixture.bytes, fixture.len,
					    run->rec.arena, &history,
					    &run->err),
			 RT_OK);
	return history;
}

static const struct record_row *find(const struct run *run, const char *kind,
				     const char *name)
{
	for (uint32_t i = 0; i < run->rows.len; i++)
		if (strcmp(run->rows.at[i].kind, kind) == 0 &&
		    strcmp(run->rows.at[i].name, name) == 0)
			return &run->rows.at[i];
	fail_msg("no %s %s", kind, name);
	return NULL;
}

/* Units of CPU that a row asks for. */
static int64_t cpu(struct run *run, const struct record_row *row)
{
	return rt_res_get(row->res, rt_name_intern(run->rec.names, "CPU"));
}

static uint32_t in_gang(const struct run *run, const char *kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < run->rows.len; i++)
		n += strcmp(run->rows.at[i].gang, GROUP ":SPREAD") == 0 &&
		     strcmp(run->rows.at[i].kind, kind) == 0;
	return n;
}

static void test_head(void **state)
{
	struct run *run = *state;
	struct gcs_history history = task_events(run);

	history.actors = (Gcs__GetAllActorInfoReply *)unpack(
		run, FOLDER "actor_info",
		&gcs__get_all_actor_info_reply__descriptor);
	history.groups = (Gcs__GetAllPlacementGroupReply *)unpack(
		run, FOLDER "placement_groups",
		&gcs__get_all_placement_group_reply__descriptor);
	history.jobs = (Gcs__GetAllJobInfoReply *)unpack(
		run, FOLDER "job_info",
		&gcs__get_all_job_info_reply__descriptor);
	record_gcs(&history, &run->rec);
	assert_int_equal(record_rows(&run->rec, &run->rows, &run->err), RT_OK);

	assert_int_equal(run->rows.tasks, 6 + 6 + 10 + 3 + 1);
	assert_int_equal(run->rows.failed, 1);
	assert_int_equal(run->rows.calls, 6);
	assert_int_equal(run->rows.unfinished + run->rows.unstarted, 0);
	assert_int_equal(run->rows.actors, 2);
	assert_int_equal(run->rows.gangs, 1);
	assert_int_equal(run->rec.lost, 0);

	/* The placement group was asked for first; the actors end by the
	 * table, the group with the job. */
	const struct record_row *gang = find(run, "gang", "stats");
	assert_int_equal(gang->submit_ns, 0);
	assert_int_equal(gang->duration_ns, 1795219816246LL * NS_PER_MS -
						    1795219809582465473 -
						    3309000);
	assert_int_equal(gang->bundles_len, 2);
	assert_string_equal(gang->strategy, "SPREAD");
	assert_int_equal(rt_res_get(gang->bundles[1].res,
				    rt_name_intern(run->rec.names, "CPU")),
			 RT_UNITS);
	assert_int_equal(in_gang(run, "gang"), 1);
	assert_int_equal(in_gang(run, "task"), 4);
	const struct record_row *actor = find(run, "actor", "Sink");
	assert_int_equal(cpu(run, actor), RT_UNITS / 2);
	assert_int_equal(actor->submit_ns,
			 1795219809832813803 - 1795219809582465473);
	assert_int_equal(actor->duration_ns,
			 1795219816240LL * NS_PER_MS - 1795219809840911059);
}

/* Tasks of the group ask for themselves when the group is not known. */
static void test_task_events_alone(void **state)
{
	struct run *run = *state;
	struct gcs_history history = task_events(run);

	record_gcs(&history, &run->rec);
	assert_int_equal(record_rows(&run->rec, &run->rows, &run->err), RT_OK);
	assert_int_equal(run->rows.tasks, 26);
	assert_int_equal(run->rows.gangs, 0);
	assert_int_equal(in_gang(run, "task"), 0);
	for (uint32_t i = 0; i < run->rows.len; i++)
		if (strcmp(run->rows.at[i].name, "checksum") == 0)
			assert_int_equal(cpu(run, &run->rows.at[i]), RT_UNITS);
	assert_int_equal(find(run, "actor", "Sink.__init__")->duration_ns,
			 1795219816239449180 - 1795219809840911059);
}

static enum rt_status read_state(struct run *run, const char *text)
{
	cJSON *doc;

	assert_int_equal(rt_json_parse(text, strlen(text), &doc, &run->err),
			 RT_OK);
	enum rt_status status = record_state(doc, &run->rec, &run->err);
	cJSON_Delete(doc);
	return status;
}

static void test_state_api(void **state)
{
	struct run *run = *state;
	char text[FIXTURE_MAX] = "";
	FILE *file =
		fopen("tests/fixtures/" FOLDER "state_api_tasks.json", "rb");

	assert_non_null(file);
	assert_true(fread(text, 1, sizeof text - 1, file) > 0);
	fclose(file);
	assert_int_equal(read_state(run, text), RT_OK);
	assert_int_equal(record_rows(&run->rec, &run->rows, &run->err), RT_OK);
	assert_int_equal(run->rec.lost, 316 - 9);
	assert_int_equal(run->rows.failed, 1);
	assert_int_equal(run->rows.calls, 1);
	assert_int_equal(run->rows.actors, 2);
	const struct record_row *task = find(run, "task", "broken");
	assert_int_equal(task->duration_ns, 5 * NS_PER_MS);
	assert_int_equal(cpu(run, task), RT_UNITS);
}

#define TASK "\"task_id\":\"a1\",\"type\":\"NORMAL_TASK\",\"name\":\"f\","
#define EVENTS                                                                 \
	"\"events\":[{\"state\":\"RUNNING\",\"created_ms\":5},"                \
	"{\"state\":\"FINISHED\",\"created_ms\":7}]"

/* The list that `ray list tasks` prints; what is absent is not asked for. */
static void test_state_list(void **state)
{
	struct run *run = *state;

	assert_int_equal(read_state(run, "[{" TASK EVENTS "}]"), RT_OK);
	assert_int_equal(record_rows(&run->rec, &run->rows, &run->err), RT_OK);
	assert_int_equal(run->rows.at[0].duration_ns, 2 * NS_PER_MS);
	assert_int_equal(cpu(run, &run->rows.at[0]), 0);
}

/* It prints dates; a fraction of 0 is left out. */
static void test_state_dates(void **state)
{
	struct run *run = *state;
	const char *text =
		"[{" TASK "\"events\":["
		"{\"state\":\"RUNNING\",\"created_ms\":\"2026-11-21 "
		"23:59:59.907000\"},{\"state\":\"FINISHED\",\"created_ms\":"
		"\"2026-11-22 00:00:01\"}]}]";

	assert_int_equal(read_state(run, text), RT_OK);
	assert_int_equal(record_rows(&run->rec, &run->rows, &run->err), RT_OK);
	assert_int_equal(run->rows.at[0].duration_ns, 1093 * NS_PER_MS);
}

static void test_state_refused(void **state)
{
	struct run *run = *state;
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "{}", "no data.result.result" },
		{ "{\"data\":{\"result\":{\"result\":3}}}",
		  "data.result.result: " },
		{ "[3]", "[0]: " },
		{ "[{}]", "[0]: type is missing" },
		{ "[{\"type\":\"X\"}]", "[0].type: X: no such type" },
		{ "[{\"type\":\"NORMAL_TASK\"}]", "[0]: task_id is missing" },
		{ "[{\"type\":\"NORMAL_TASK\",\"task_id\":7}]",
		  "[0].task_id: " },
		{ "[{" TASK "\"x\":0}]", "[0]: events is missing" },
		{ "[{" TASK "\"events\":7}]", "[0].events: " },
		{ "[{" TASK "\"events\":[{\"state\":1}]}]",
		  "[0].events[0].state: " },
		{ "[{" TASK "\"events\":[{\"created_ms\":-1}]}]",
		  "[0].events[0].created_ms: " },
		{ "[{" TASK "\"events\":[{\"created_ms\":\"soon\"}]}]",
		  "[0].events[0].created_ms: soon: not a date" },
		{ "[{" TASK "\"events\":[{\"created_ms\":\"2026-11-21 "
		  "23:59:59.x\"}]}]",
		  "[0].events[0].created_ms: " },
		{ "[{" TASK "\"events\":[{\"state\":\"RUNNING\"}]}]",
		  "[0].events[0]: created_ms is missing" },
		{ "[{" TASK "\"attempt_number\":-1," EVENTS "}]",
		  "[0].attempt_number: " },
		{ "[{" TASK "\"required_resources\":[1]," EVENTS "}]",
		  "[0].required_resources: " },
		{ "[{" TASK "\"required_resources\":{\"CPU\":\"1\"}," EVENTS
		  "}]",
		  "[0].required_resources.CPU: " },
		{ "[{" TASK "\"label_selector\":{\"zone\":1}," EVENTS "}]",
		  "[0].label_selector.zone: " },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(read_state(run, cases[i].text), RT_EINPUT);
		if (!strstr(run->err.text, cases[i].error))
			fail_msg("%s: %s", cases[i].text, run->err.text);
	}
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_head),        TEST(test_task_events_alone),
		TEST(test_state_api),   TEST(test_state_list),
		TEST(test_state_dates), TEST(test_state_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
