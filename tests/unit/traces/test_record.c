/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_record.c - the rules by which a run becomes rows, on small recordings
 * made by hand.  Times are in seconds after T0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "traces/record.h"

#define T0 1700000000000000000
#define S 1000000000LL
#define GROUP "aa01"

static int64_t at(double seconds)
{
	return T0 + (int64_t)(seconds * (double)S);
}

struct fixture {
	struct recording rec;
	struct record_rows rows;
	struct rt_error err;
	struct record_task tasks[8];
	struct record_actor actors[2];
	struct record_bundle bundles[2];
	struct record_job jobs[1];
};

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof *f);

	f->rec.arena = rt_arena_new();
	f->rec.names = rt_names_new();
	f->rec.tasks = f->tasks;
	f->rec.tasks_cap = 8;
	f->rec.actors = f->actors;
	f->rec.actors_cap = 2;
	f->rec.bundles = f->bundles;
	f->rec.bundles_cap = 2;
	f->rec.jobs = f->jobs;
	f->rec.jobs_cap = 1;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	rt_names_free(&f->rec.names);
	rt_arena_free(&f->rec.arena);
	test_free(f);
	return 0;
}

static struct rt_res res(struct fixture *f, const char *name, double amount)
{
	struct rt_res_builder b = { .arena = f->rec.arena,
				    .names = f->rec.names };

	rt_res_add(&b, name, rt_units(amount));
	return rt_res_build(&b);
}

/* A task of 1 CPU of job "j", to be changed by the test. */
static struct record_task *add(struct fixture *f, const char *id, double demand,
			       double start, double end)
{
	struct record_task *task = &f->tasks[f->rec.tasks_len++];

	*task = (struct record_task){
		.id = id,
		.name = "work",
		.job = "j",
		.actor = "",
		.group = "",
		.res = res(f, "CPU", 1),
		.demand_ns = at(demand),
		.start_ns = start > 0 ? at(start) : 0,
		.end_ns = end > 0 ? at(end) : 0,
	};
	return task;
}

static void add_actor_task(struct fixture *f, int64_t attempt, double demand,
			   double start, double end)
{
	struct record_task *task = add(f, "create", demand, start, end);

	task->kind = RECORD_ACTOR;
	task->actor = "actor";
	task->name = "Pool.__init__";
	task->attempt = attempt;
}

static void add_bundle(struct fixture *f, int64_t index, double start)
{
	f->bundles[f->rec.bundles_len++] = (struct record_bundle){
		.group = GROUP,
		.index = index,
		.gang = GROUP ":PACK",
		.strategy = "PACK",
		.name = "pair",
		.job = "j",
		.res = res(f, "CPU", 2),
		.demand_ns = at(1),
		.start_ns = start > 0 ? at(start) : 0,
	};
}

static void make(struct fixture *f)
{
	assert_int_equal(record_rows(&f->rec, &f->rows, &f->err), RT_OK);
}

/* The row as a line of the trace. */
static void expect(struct fixture *f, uint32_t row, const char *line)
{
	assert_true(row < f->rows.len);
	cJSON *object = record_row_encode(&f->rec, &f->rows.at[row]);
	char *text = cJSON_PrintUnformatted(object);
	assert_string_equal(text, line);
	cJSON_free(text);
	cJSON_Delete(object);
}

static void test_tasks(void **state)
{
	struct fixture *f = *state;

	add(f, "t2", 3.5, 4, 6.25);
	add(f, "t1", 2, 2.0000004, 3);
	make(f);
	assert_int_equal(f->rows.len, 2);
	assert_int_equal(f->rows.tasks, 2);
	expect(f, 0,
	       "{\"submit_s\":0,\"duration_s\":1,\"resources\":{\"CPU\":1},"
	       "\"kind\":\"task\",\"name\":\"work\",\"id\":\"t1\"}");
	expect(f, 1,
	       "{\"submit_s\":1.5,\"duration_s\":2.25,\"resources\":{\"CPU\":1}"
	       ",\"kind\":\"task\",\"name\":\"work\",\"id\":\"t2\"}");
}

static void test_other_resources(void **state)
{
	struct fixture *f = *state;
	struct record_task *task = add(f, "t", 0, 1, 2);

	task->res = res(f, "GPU", 0.5);
	make(f);
	expect(f, 0,
	       "{\"submit_s\":0,\"duration_s\":1,\"resources\":{\"GPU\":0.5},"
	       "\"kind\":\"task\",\"name\":\"work\",\"id\":\"t\"}");
}

static void test_labels(void **state)
{
	struct fixture *f = *state;
	struct record_task *task = add(f, "t", 0, 1, 2);
	struct rt_labels_builder labels = { .arena = f->rec.arena,
					    .names = f->rec.names };

	rt_labels_add(&labels, "zone", "!in(a,b)");
	task->labels = rt_labels_build(&labels);
	make(f);
	expect(f, 0,
	       "{\"submit_s\":0,\"duration_s\":1,\"resources\":{\"CPU\":1},"
	       "\"label_selector\":{\"zone\":\"!in(a,b)\"},"
	       "\"kind\":\"task\",\"name\":\"work\",\"id\":\"t\"}");
}

static void test_attempts(void **state)
{
	struct fixture *f = *state;

	add(f, "t", 0, 1, 2)->failed = true;
	add(f, "t", 2, 3, 5)->attempt = 1;
	make(f);
	assert_int_equal(f->rows.tasks, 2);
	assert_int_equal(f->rows.failed, 1);
	assert_string_equal(f->rows.at[0].id, "t");
	assert_string_equal(f->rows.at[1].id, "t#1");
}

static void test_what_is_left_out(void **state)
{
	struct fixture *f = *state;

	add(f, "good", 0, 1, 2);
	add(f, "waits", 0, 0, 0);
	add(f, "runs", 0, 1, 0);
	add(f, "cancelled", 0, 0, 1);
	add(f, "call", 0, 1, 2)->kind = RECORD_CALL;
	add(f, "driver", 0, 1, 9)->kind = RECORD_DRIVER;
	make(f);
	assert_int_equal(f->rows.len, 1);
	assert_int_equal(f->rows.unfinished, 2);
	assert_int_equal(f->rows.unstarted, 1);
	assert_int_equal(f->rows.calls, 1);
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(record_rows(&f->rec, &f->rows, &f->err), RT_EINPUT);
	assert_non_null(strstr(f->err.text, "no task came back"));
	add(f, "runs", 0, 1, 0);
	assert_int_equal(record_rows(&f->rec, &f->rows, &f->err), RT_EINPUT);
	assert_non_null(strstr(f->err.text, "none of 1 attempts"));
}

/* Of a restarted actor the first attempt that ran counts; its end is in the
 * table. */
static void test_actor(void **state)
{
	struct fixture *f = *state;

	add_actor_task(f, 0, 1, 0, 2); /* its node died before it ran */
	add_actor_task(f, 2, 5, 6, 7); /* a restart */
	add_actor_task(f, 1, 2, 3, 4);
	f->actors[f->rec.actors_len++] = (struct record_actor){
		.id = "actor",
		.name = "Pool",
		.job = "j",
		.group = "",
		.alive_ns = at(6.5),
		.end_ns = at(9),
	};
	make(f);
	assert_int_equal(f->rows.actors, 1);
	assert_int_equal(f->rows.len, 1);
	expect(f, 0,
	       "{\"submit_s\":0,\"duration_s\":6,\"resources\":{\"CPU\":1},"
	       "\"kind\":\"actor\",\"name\":\"Pool\",\"id\":\"actor\"}");
}

/* Without the table it lives to the last time seen. */
static void test_actor_without_table(void **state)
{
	struct fixture *f = *state;

	add_actor_task(f, 0, 0, 1, 2);
	add(f, "last", 0, 1, 8);
	make(f);
	assert_int_equal(f->rows.at[0].duration_ns, 7 * S);
}

/* Its creation is no longer among the tasks. */
static void test_actor_from_table_alone(void **state)
{
	struct fixture *f = *state;

	add(f, "t", 0, 1, 2);
	f->actors[f->rec.actors_len++] = (struct record_actor){
		.id = "actor",
		.name = "Pool",
		.job = "j",
		.group = "",
		.alive_ns = at(3),
		.end_ns = at(5),
	};
	f->actors[f->rec.actors_len++] = (struct record_actor){
		.id = "waits",
		.name = "Pool",
		.job = "j",
		.group = "",
	};
	make(f);
	assert_int_equal(f->rows.len, 2);
	assert_int_equal(f->rows.at[1].submit_ns, 3 * S);
	assert_int_equal(f->rows.at[1].duration_ns, 2 * S);
	assert_int_equal(f->rows.unfinished, 1);
}

static void test_placement_group(void **state)
{
	struct fixture *f = *state;
	struct record_task *task = add(f, "t", 2, 3, 4);

	task->group = GROUP;
	task->res = res(f, "CPU_group_" GROUP, 1);
	add_bundle(f, 1, 1.5);
	add_bundle(f, 0, 1.5);
	f->jobs[f->rec.jobs_len++] = (struct record_job){ "j", at(9.5) };
	make(f);
	assert_int_equal(f->rows.gangs, 1);
	expect(f, 0,
	       "{\"submit_s\":0,\"duration_s\":8,\"bundles\":[{\"resources\":{"
	       "\"CPU\":2}},{\"resources\":{\"CPU\":2}}],\"strategy\":\"PACK\","
	       "\"kind\":\"gang\",\"name\":\"pair\",\"id\":\"aa01\","
	       "\"gang\":\"aa01:PACK\"}");
	expect(f, 1,
	       "{\"submit_s\":1,\"duration_s\":1,\"resources\":{},"
	       "\"kind\":\"task\",\"name\":\"work\",\"id\":\"t\","
	       "\"gang\":\"aa01:PACK\"}");
}

/* Where no table of groups is at hand, tasks ask for themselves. */
static void test_group_unknown(void **state)
{
	struct fixture *f = *state;
	struct record_task *task = add(f, "t", 0, 1, 2);
	struct rt_res_builder b = { .arena = f->rec.arena,
				    .names = f->rec.names };

	rt_res_add(&b, "CPU_group_0_" GROUP, rt_units(3));
	rt_res_add(&b, "CPU_group_" GROUP, rt_units(3));
	rt_res_add(&b, "bundle_group_" GROUP, rt_units(0.001));
	rt_res_add(&b, "bundle_group_0_" GROUP, rt_units(0.001));
	task->group = GROUP;
	task->res = rt_res_build(&b);
	make(f);
	expect(f, 0,
	       "{\"submit_s\":0,\"duration_s\":1,\"resources\":{\"CPU\":3},"
	       "\"kind\":\"task\",\"name\":\"work\",\"id\":\"t\"}");
}

static void test_group_never_placed(void **state)
{
	struct fixture *f = *state;

	add(f, "t", 0, 1, 2);
	add_bundle(f, 0, 0);
	make(f);
	assert_int_equal(f->rows.len, 1);
	assert_int_equal(f->rows.unfinished, 1);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_tasks),
		TEST(test_other_resources),
		TEST(test_labels),
		TEST(test_attempts),
		TEST(test_what_is_left_out),
		TEST(test_nothing),
		TEST(test_actor),
		TEST(test_actor_without_table),
		TEST(test_actor_from_table_alone),
		TEST(test_placement_group),
		TEST(test_group_unknown),
		TEST(test_group_never_placed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
