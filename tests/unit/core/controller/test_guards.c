/* SPDX-License-Identifier: Apache-2.0 */
/* test_guards.c - nothing is removed on doubtful evidence, and replicas of
 * several hosts go whole. */
#include "tests/unit/core/controller/fixture.h"

static enum rt_reason last_reason(const struct world *w)
{
	assert_true(w->decision->notes_len > 0);
	return w->decision->notes[w->decision->notes_len - 1].why.code;
}

static void assert_held(const struct world *w, enum rt_reason code)
{
	assert_true(w->decision->held);
	assert_int_equal(w->actions->len, 0);
	assert_int_equal(w->decision->removals_len, 0);
	assert_int_equal(w->decision->launch[1], 0);
	assert_int_equal(last_reason(w), code);
}

static void wish(void)
{
	script.launch[1] = 1;
	script.remove = 1;
}

static void test_the_head_must_be_seen(void **state)
{
	struct world *w = *state;

	start_worker(w);
	w->rays[0].status = RT_RAY_DEAD;
	wish();
	run(w);
	assert_held(w, RT_WHY_GUARD_HEAD);
}

static void test_only_our_own_head(void **state)
{
	struct world *w = *state;

	start_worker(w);
	w->obs.own_head = "head";
	wish();
	run(w);
	assert_false(w->decision->held);
	assert_int_equal(w->actions->len, 3);
	w->obs.own_head = "head-of-before";
	wish();
	run(w);
	assert_held(w, RT_WHY_GUARD_OWN_HEAD);
	w->obs.own_head = "head";
	w->pods[0].deleting = true; /* it is being replaced */
	wish();
	run(w);
	assert_true(w->decision->held);
}

static void test_an_empty_list_of_pods(void **state)
{
	struct world *w = *state;

	start_worker(w);
	w->obs.pods_len = 1;
	script.launch[1] = 1;
	run(w);
	assert_held(w, RT_WHY_GUARD_PODS);
	w->rays[1].status = RT_RAY_DEAD; /* then it is true */
	script.launch[1] = 1;
	run(w);
	assert_false(w->decision->held);
}

/* Busy a moment ago, and now idle for long: a GCS that was restarted. */
static void test_a_claim_that_cannot_be(void **state)
{
	struct world *w = *state;
	struct rt_ray_node *ray = start_worker(w);

	w->groups[1].idle_timeout_ms = 60000;
	ray->idle_ms = 0;
	run(w);
	run(w);
	ray->idle_ms = 60000;
	script.remove = 1;
	run(w);
	assert_int_equal(w->actions->len, 0);
	assert_int_equal(last_reason(w), RT_WHY_GUARD_CLAIM);
	w->obs.now_ms += 60000;
	ray->idle_ms = 65000;
	script.remove = 1;
	run(w);
	assert_int_equal(w->actions->len, 2);
}

/* The same when it was busy in rounds that were not decided anew. */
static void test_a_claim_after_repeated_rounds(void **state)
{
	struct world *w = *state;
	struct rt_ray_node *ray = start_worker(w);

	w->groups[1].idle_timeout_ms = 60000;
	ray->idle_ms = 0;
	for (int i = 0; i < 20; i++)
		run(w);
	ray->idle_ms = 90000;
	script.remove = 1;
	run(w);
	assert_int_equal(last_reason(w), RT_WHY_GUARD_CLAIM);
}

/* A raylet counts from its own start, long before the GCS has its first report
 * and lists it as if it had work.  Its claim is never what we have seen, but it
 * goes once we have seen it idle for long enough. */
static void test_a_claim_from_before_it_was_seen(void **state)
{
	struct world *w = *state;
	struct rt_ray_node *ray = start_worker(w);

	w->groups[1].idle_timeout_ms = 60000;
	ray->idle_ms = 0;
	run(w);
	for (ray->idle_ms = 20000; ray->idle_ms < 75000;) {
		ray->idle_ms += 5000;
		script.remove = 1;
		run(w);
		assert_int_equal(w->actions->len, 0);
		assert_int_equal(last_reason(w), RT_WHY_GUARD_CLAIM);
	}
	ray->idle_ms = 80000;
	script.remove = 1;
	run(w);
	assert_int_equal(w->actions->len, 2);
}

/* Two replicas of two hosts, all idle: nodes 1 to 4. */
static void start_hosts(struct world *w)
{
	static const char *const pods[] = { "a1", "b1", "a2", "b2" };
	static const char *const ids[] = { "01", "02", "03", "04" };

	w->groups[1].num_of_hosts = 2;
	w->specs[1].replicas = 2;
	for (int i = 0; i < 4; i++) {
		add_pod(w, pods[i], "small");
		w->pods[1 + i].replica = i % 2 ? "b" : "a";
		add_ray(w, pods[i], ids[i])->idle_ms = 10000 * (i + 1);
	}
	run(w);
	assert_int_equal(table_len(w), 5);
}

static void test_a_replica_is_as_idle_as_its_busiest_host(void **state)
{
	struct world *w = *state;

	start_hosts(w);
	assert_int_equal(script.seen[1].idle_ms, 10000);
	assert_int_equal(script.seen[3].idle_ms, 10000);
	assert_int_equal(script.seen[2].idle_ms, 20000);
	assert_int_equal(script.seen[4].idle_ms, 20000);
	w->rays[4].idle_ms = 0;
	run(w);
	assert_int_equal(script.seen[2].idle_ms, 0);
}

static void test_half_a_replica_stays(void **state)
{
	struct world *w = *state;

	start_hosts(w);
	script.remove = 1; /* a1, b1 and a2 */
	script.remove_more = 2;
	run(w);
	assert_int_equal(w->decision->removals_len, 2);
	assert_int_equal(w->actions->len, 4);
	assert_string_equal(w->actions->at[0].pod, "a1");
	assert_string_equal(w->actions->at[2].pod, "a2");
	assert_int_equal(last_reason(w), RT_WHY_GUARD_REPLICA);
}

/* A host that is on its way already does not hold the others. */
static void test_the_rest_of_a_replica_goes(void **state)
{
	struct world *w = *state;

	start_hosts(w);
	w->rays[1].status = RT_RAY_DEAD;
	script.remove = 3; /* a2 */
	run(w);
	assert_int_equal(w->decision->removals_len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_head_must_be_seen),
		TEST(test_only_our_own_head),
		TEST(test_an_empty_list_of_pods),
		TEST(test_a_claim_that_cannot_be),
		TEST(test_a_claim_after_repeated_rounds),
		TEST(test_a_claim_from_before_it_was_seen),
		TEST(test_a_replica_is_as_idle_as_its_busiest_host),
		TEST(test_half_a_replica_stays),
		TEST(test_the_rest_of_a_replica_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
