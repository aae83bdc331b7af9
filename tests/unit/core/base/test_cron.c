/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cron.c - what a cron matches, and when windows open and close, also
 * where clocks change.  Moments are from a calendar, not from the code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/cron.h"

#define HOUR_MS 3600000LL

static struct rt_arena *arena;
static struct rt_error err;

static int setup(void **state)
{
	(void)state;
	arena = rt_arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rt_arena_free(&arena);
	return 0;
}

static struct rt_window window(const char *cron, const char *zone,
			       int64_t for_ms)
{
	struct rt_window w = { .for_ms = for_ms };

	if (rt_cron_parse(cron, &w.cron, &err) ||
	    rt_zone_load(zone, arena, &w.zone, &err))
		fail_msg("%s", err.text);
	return w;
}

/* "2026-03-29 01:00", UTC, in ms. */
static int64_t at(const char *text)
{
	struct tm tm = { 0 };

	assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return (int64_t)timegm(&tm) * 1000;
}

static void open_from_to(const struct rt_window *w, const char *from,
			 const char *to)
{
	int64_t change;

	assert_false(rt_window_is_open(w, at(from) - 1, &change));
	assert_true(change <= at(from));
	assert_true(change >= at(from) - 1000);
	assert_true(rt_window_is_open(w, at(from), &change));
	assert_true(change <= at(to));
	assert_true(rt_window_is_open(w, at(to) - 1, &change));
	assert_true(change <= at(to));
	assert_false(rt_window_is_open(w, at(to), &change));
	assert_true(change > at(to));
}

static void test_working_hours(void **state)
{
	struct rt_window w = window("0 8 * * 1-5", "UTC", 10 * HOUR_MS);
	int64_t change;
	(void)state;

	open_from_to(&w, "2026-11-20 08:00", "2026-11-20 18:00"); /* Friday */
	assert_false(rt_window_is_open(&w, at("2026-11-21 12:00"), &change));
	assert_int_equal(change, at("2026-11-23 08:00")); /* Monday */
}

static void test_zones(void **state)
{
	struct rt_window berlin = window("0 8 * * *", "Europe/Berlin", HOUR_MS);
	struct rt_window kolkata = window("0 8 * * *", "Asia/Kolkata", HOUR_MS);
	(void)state;

	open_from_to(&berlin, "2026-01-15 07:00", "2026-01-15 08:00");
	open_from_to(&berlin, "2026-07-15 06:00", "2026-07-15 07:00");
	open_from_to(&kolkata, "2026-07-15 02:30", "2026-07-15 03:30");
}

/* In Berlin clocks went from 02:00 to 03:00 at 01:00 UTC of 2026-03-29, and
 * from 03:00 back to 02:00 at 01:00 UTC of 2026-10-25. */
static void test_clocks_change(void **state)
{
	struct rt_window w = window("30 2 * * *", "Europe/Berlin", HOUR_MS);
	int64_t change;
	(void)state;

	open_from_to(&w, "2026-03-28 01:30", "2026-03-28 02:30");
	open_from_to(&w, "2026-03-29 01:00", "2026-03-29 02:00"); /* left out */
	open_from_to(&w, "2026-03-30 00:30", "2026-03-30 01:30");
	open_from_to(&w, "2026-10-25 00:30",
		     "2026-10-25 01:30"); /* the first */
	assert_false(rt_window_is_open(&w, at("2026-10-25 01:45"), &change));
	/* By the clock on the wall it is open for an hour less, or more. */
	struct rt_window night =
		window("0 0 * * *", "Europe/Berlin", 6 * HOUR_MS);
	open_from_to(&night, "2026-03-28 23:00", "2026-03-29 05:00");
}

static void test_windows_that_meet(void **state)
{
	struct rt_window w = window("*/20 * * * *", "", 30 * 60000);
	int64_t now = at("2026-05-01 00:00"), change;
	(void)state;

	for (int i = 0; i < 48; i++, now += HOUR_MS / 2)
		assert_true(rt_window_is_open(&w, now, &change));
}

static void test_days(void **state)
{
	struct rt_window either = window("0 0 13 * fri", "", HOUR_MS);
	struct rt_window leap = window("0 12 29 feb *", "", HOUR_MS);
	struct rt_window sunday = window("0 0 * * 7", "", HOUR_MS);
	int64_t change;
	(void)state;

	/* The 13th and Fridays: cron(5) takes either. */
	assert_true(rt_window_is_open(&either, at("2026-05-13 00:00"),
				      &change)); /* a Wednesday */
	assert_true(rt_window_is_open(&either, at("2026-05-15 00:00"),
				      &change)); /* a Friday */
	assert_false(
		rt_window_is_open(&either, at("2026-05-14 00:00"), &change));
	open_from_to(&leap, "2028-02-29 12:00", "2028-02-29 13:00");
	open_from_to(&sunday, "2026-11-22 00:00", "2026-11-22 01:00");
}

/* Open or not, by the definition: it opened at some minute of the last hours.
 */
static void test_against_the_definition(void **state)
{
	struct rt_window w =
		window("5,50 3-9/2 * * *", "America/New_York", 80 * 60000);
	int64_t from = at("2026-03-07 00:00"), change;
	(void)state;

	for (int64_t now = from; now < from + 72 * HOUR_MS; now += 60000) {
		bool open = false;
		for (int64_t t = now; t > now - w.for_ms; t -= 60000) {
			/* Clocks changed at 07:00 UTC of the 8th. */
			int64_t ahead = t < at("2026-03-08 07:00") ? -5 : -4;
			int64_t minute =
				(t + ahead * HOUR_MS) / 60000 % (24 * 60);
			int64_t hour = minute / 60;
			open |= hour >= 3 && hour <= 9 && hour % 2 &&
				(minute % 60 == 5 || minute % 60 == 50);
		}
		assert_int_equal(rt_window_is_open(&w, now, &change), open);
		assert_true(change > now);
	}
}

static void test_wrong(void **state)
{
	static const char *const wrong[] = {
		"",
		"* * * *",
		"* * * * * *",
		"60 * * * *",
		"* 24 * * *",
		"* * 0 * *",
		"* * * 13 *",
		"* * * * 8",
		"5-1 * * * *",
		"1/2 * * * *",
		"*/0 * * * *",
		"a * * * *",
		"1, * * * *",
		"-1 * * * *",
		"1- * * * *",
		"* * * foo *",
		"1;2 * * * *",
		"99999999999999999999 * * * *",
	};
	struct rt_cron cron;
	struct rt_zone zone;
	(void)state;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (!rt_cron_parse(wrong[i], &cron, &err))
			fail_msg("%s: was taken", wrong[i]);
	assert_int_equal(rt_zone_load("Europe/Berln", arena, &zone, &err),
			 RT_EINPUT);
	assert_int_equal(
		rt_zone_load("../../../etc/passwd", arena, &zone, &err),
		RT_EINPUT);
	assert_int_equal(rt_zone_load("/etc/passwd", arena, &zone, &err),
			 RT_EINPUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_working_hours), TEST(test_zones),
		TEST(test_clocks_change), TEST(test_windows_that_meet),
		TEST(test_days),          TEST(test_against_the_definition),
		TEST(test_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
