/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone.c - the C library knows the time zone database; it is asked week by week
 * what its clocks show, and where that differs the moment of the change is
 * halved out.
 */
#include "core/base/cron.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/mem.h"

#define STEP_S (7 * 86400)
#define END_S 4102444800 /* 2100-01-01 */

static int64_t ahead_at(int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm = { 0 };
	localtime_r(&t, &tm);
	return tm.tm_gmtoff;
}

/* Somewhere in (from, to] the clocks change. */
static int64_t change_between(int64_t from, int64_t to)
{
	int64_t before = ahead_at(from);
	while (to - from > 1) {
		int64_t mid = from + (to - from) / 2;
		if (ahead_at(mid) == before)
			from = mid;
		else
			to = mid;
	}
	return to;
}

static void read_changes(struct rt_arena *arena, struct rt_zone *zone)
{
	struct rt_zone_change *at = NULL;
	uint32_t cap = 0;
	zone->first_s = ahead_at(0);
	for (int64_t s = 0, ahead_s = zone->first_s; s < END_S; s += STEP_S) {
		if (ahead_at(s + STEP_S) == ahead_s)
			continue;
		ahead_s = ahead_at(s + STEP_S);
		RT_ARENA_GROW(arena, at, zone->len, cap);
		at[zone->len++] = (struct rt_zone_change){
			change_between(s, s + STEP_S),
			ahead_s,
		};
	}
	zone->changes = at;
}

/* The C library takes a name that it does not know for UTC. */
static enum rt_status find(const char *name, struct rt_error *err)
{
	const char *dir = getenv("TZDIR");
	char path[PATH_MAX];
	if (!dir || !*dir)
		dir = "/usr/share/zoneinfo";
	if (access(dir, R_OK) != 0)
		return rt_fail(err, RT_EINPUT,
			       "%s: this machine has no time zones (%s); "
			       "install tzdata",
			       name, dir);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (strstr(name, "..") || strspn(name, "/: ") || access(path, R_OK))
		return rt_fail(err, RT_EINPUT,
			       "%s: no such time zone; as in Europe/Berlin",
			       name);
	return RT_OK;
}

enum rt_status rt_zone_load(const char *name, struct rt_arena *arena,
			    struct rt_zone *out, struct rt_error *err)
{
	*out = (struct rt_zone){ .name = rt_arena_strdup(arena, name) };
	if (!*name || strcmp(name, "UTC") == 0)
		return RT_OK;
	enum rt_status status = find(name, err);
	if (status)
		return status;
	const char *own = getenv("TZ");
	char *before = own ? rt_strdup(own) : NULL;
	setenv("TZ", name, 1);
	tzset();
	read_changes(arena, out);
	if (before)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	tzset();
	rt_free(before);
	return RT_OK;
}
