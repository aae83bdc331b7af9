/* SPDX-License-Identifier: Apache-2.0 */
/* test_resize.c - what is made of a pod that may be resized in place. */
#include "core/controller/resize.h"
#include "tests/unit/core/controller/fixture.h"

#define CPUS(n) ((int64_t)(n)*RT_UNITS)
#define TIMEOUT_S 30

static const struct rt_resize_caps caps = { CPUS(8), CPUS(16) };
static struct rt_pod_size size;
static struct rt_amount amounts[2]; /* of the raylet */
static const struct rt_amount offered[2] = { { 0, CPUS(2) }, { 1, CPUS(4) } };

static struct rt_measure measure(int64_t asked, int64_t has)
{
	return (struct rt_measure){
		asked - CPUS(1), asked, has - CPUS(1), has, 0, RT_NONE
	};
}

/* A running worker of 2 CPUs and a memory of 4, for which nothing is under
 * way. */
static struct world *begin(void **state)
{
	struct world *w = *state;

	w->groups[1].resize = &caps;
	w->groups[1].res = (struct rt_res){ 2, offered };
	w->specs[1].memory_name = 1;
	w->specs[1].resize_timeout_s = TIMEOUT_S;
	w->specs[1].start_cpu = CPUS(2);
	w->specs[1].start_memory = CPUS(4);
	size = (struct rt_pod_size){
		.cpu = measure(CPUS(2), CPUS(2)),
		.memory = measure(CPUS(4), CPUS(4)),
		.error = "",
		.note = { NULL, RT_NONE, RT_NONE, RT_NONE, RT_NONE, NULL },
	};
	memcpy(amounts, offered, sizeof amounts);
	start_worker(w)->total = (struct rt_res){ 2, amounts };
	w->pods[1].size = &size;
	return w;
}

static const struct rt_resize *look(struct world *w)
{
	run(w);
	return script.seen[1].resize;
}

static const struct rt_resizable *resizable(const struct world *w)
{
	return rt_controller_instances(w->controller)->at[1]->resizable;
}

static void test_nothing_is_under_way(void **state)
{
	struct world *w = begin(state);
	const struct rt_resize *r = look(w);

	assert_int_equal(r->current_cpu, CPUS(2));
	assert_int_equal(r->desired_memory, CPUS(4));
	assert_int_equal(r->status, RT_RESIZE_NONE);
	assert_int_equal(r->max_cpu, RT_NONE);
	assert_int_equal(r->resizing_at_s, RT_NONE);
	assert_string_equal(r->raylet_id, "01");
	assert_int_equal(w->actions->len, 0);
	w->groups[1].resize = NULL;
	assert_null(look(w));
	w->groups[1].resize = &caps;
	w->pods[1].size = NULL;
	assert_null(look(w));
}

static void test_ray_is_told_when_it_is_done(void **state)
{
	struct world *w = begin(state);

	size.cpu = measure(CPUS(6), CPUS(2));
	size.note.resizing_at_s = w->obs.now_ms / 1000;
	size.note.max_cpu = CPUS(7);
	size.status = RT_RESIZE_INPROGRESS;
	assert_int_equal(look(w)->desired_cpu, CPUS(6));
	assert_int_equal(w->actions->len, 0);
	size.cpu = measure(CPUS(6), CPUS(6));
	run(w);
	assert_int_equal(w->actions->len, 0); /* memory is not yet */
	size.status = RT_RESIZE_NONE;
	run(w);
	assert_int_equal(w->actions->len, 1);
	const struct rt_action *tell = &w->actions->at[0];
	assert_int_equal(tell->kind, RT_ACTION_TELL);
	assert_string_equal(tell->ray_node_id, "01");
	assert_int_equal(tell->size->cpu, CPUS(6));
	assert_int_equal(tell->size->memory, CPUS(4));
	assert_int_equal(tell->size->note.resizing_at_s, RT_NONE);
	assert_int_equal(tell->size->note.max_cpu, CPUS(7));
	assert_string_equal(tell->size->note.raylet_id, "01");
	w->rays[1].status = RT_RAY_DRAINING;
	script.remove = 1;
	run(w);
	note(w, RT_OUTCOME_ACCEPTED);
	run(w);
	assert_int_equal(w->actions->len, 0); /* the node is going */
}

/* The raylet still has what the pod began with. */
static void test_a_note_that_was_lost(void **state)
{
	struct world *w = begin(state);

	size.cpu = measure(CPUS(6), CPUS(6));
	run(w);
	assert_int_equal(w->actions->len, 1);
	assert_int_equal(w->actions->at[0].kind, RT_ACTION_TELL);
	amounts[0].units = CPUS(6);
	run(w);
	assert_int_equal(w->actions->len, 0);
	amounts[0].units = CPUS(5); /* as somebody told it to have */
	run(w);
	assert_int_equal(w->actions->len, 0);
}

static void test_room(void **state)
{
	struct world *w = begin(state);

	size.cpu = measure(CPUS(8), CPUS(2));
	size.cpu.room = CPUS(5);
	size.cpu.beside = CPUS(2);
	size.status = RT_RESIZE_DEFERRED;
	size.note.resizing_at_s = w->obs.now_ms / 1000;
	const struct rt_resize *r = look(w);
	assert_int_equal(r->status, RT_RESIZE_NEW);
	assert_int_equal(r->desired_cpu, CPUS(4)); /* 5 + 1 - 2 */
	assert_int_equal(r->max_cpu, CPUS(4));
	assert_int_equal(r->resizing_at_s, RT_NONE);
	assert_int_equal(resizable(w)->note.max_cpu, CPUS(4));
	size.cpu.asked_limit = CPUS(4); /* that it is asked for already */
	r = look(w);
	assert_int_equal(r->status, RT_RESIZE_DEFERRED);
	size.cpu.room = 0;
	assert_int_equal(look(w)->desired_cpu, 0);
}

static void test_it_takes_too_long(void **state)
{
	struct world *w = begin(state);
	int64_t asked_s = (w->obs.now_ms + 5000) / 1000;

	size.cpu = measure(CPUS(8), CPUS(2));
	size.status = RT_RESIZE_INPROGRESS;
	size.note.resizing_at_s = asked_s;
	assert_int_equal(look(w)->status, RT_RESIZE_INPROGRESS);
	assert_int_equal(resizable(w)->due_ms, (asked_s + TIMEOUT_S) * 1000);
	w->obs.now_ms += TIMEOUT_S * 1000 - 5000;
	assert_int_equal(look(w)->failed_at_s, RT_NONE);
	w->obs.now_ms += 1 - 5000;
	const struct rt_resize *r = look(w);
	assert_int_equal(r->status, RT_RESIZE_NEW);
	assert_int_equal(r->desired_cpu, CPUS(2));
	assert_int_equal(r->failed_at_s, w->obs.now_ms / 1000);
	assert_string_equal(resizable(w)->note.failed_why,
			    "Pod resize timed out");
	/* The first failure stays. */
	size.note.failed_at_s = 7;
	size.note.failed_why = "before";
	assert_int_equal(look(w)->failed_at_s, 7);
	assert_string_equal(resizable(w)->note.failed_why, "before");
}

static void test_it_fails(void **state)
{
	struct world *w = begin(state);

	size.cpu = measure(CPUS(8), CPUS(2));
	size.status = RT_RESIZE_ERROR;
	assert_int_equal(look(w)->desired_cpu, CPUS(2));
	assert_string_equal(resizable(w)->note.failed_why, "Pod resize failed");
	size.error = "no luck";
	run(w);
	assert_string_equal(resizable(w)->note.failed_why, "no luck");
}

/* Nobody resizes, and nobody counts on it, for a while; longer each time. */
static void test_calls_that_fail(void **state)
{
	struct world *w = begin(state);

	size.cpu = measure(CPUS(6), CPUS(6));
	run(w);
	note(w, RT_OUTCOME_FAILED);
	for (int64_t pause_s = 60; pause_s <= 240; pause_s *= 2) {
		assert_null(look(w));
		assert_null(script.seen_groups[1].resize);
		assert_int_equal(w->decision->notes_len, 1);
		assert_int_equal(w->decision->notes[0].why.code,
				 RT_WHY_GUARD_RESIZE);
		assert_int_equal(w->actions->len, 0);
		w->obs.now_ms += pause_s * 1000 - 10000;
		assert_non_null(look(w));
		assert_int_equal(w->actions->len, 1);
		note(w, RT_OUTCOME_FAILED);
	}
	w->obs.now_ms += 480000;
	run(w);
	note(w, RT_OUTCOME_DONE);
	assert_non_null(look(w));
	assert_int_equal(w->decision->notes_len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_under_way),
		TEST(test_ray_is_told_when_it_is_done),
		TEST(test_a_note_that_was_lost),
		TEST(test_room),
		TEST(test_it_takes_too_long),
		TEST(test_it_fails),
		TEST(test_calls_that_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
