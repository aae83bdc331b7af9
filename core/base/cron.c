/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cron.c - the days around now are gone through by the zone's own calendar,
 * minute by minute of those that match; the first and the last of them on
 * either side of now are what a window needs.
 */
#include "core/base/cron.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/error.h"

#define DAY_S 86400
#define DAYS_BACK (RT_WINDOW_MAX_MS / 86400000 + 2)
#define DAYS_AHEAD 3 /* who asks is told to come again by then */
#define FIELD_MAX 64

/* ---- cron(5) ------------------------------------------------------------- */

struct field {
	const char *what;
	long min, max;
	const char *names; /* three letters each, from `min` on */
};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const struct field fields[FIELDS] = {
	[MINUTE] = { "minute", 0, 59, "" },
	[HOUR] = { "hour", 0, 23, "" },
	[DAY] = { "day", 1, 31, "" },
	[MONTH] = { "month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
	[WEEKDAY] = { "day of the week", 0, 7, "sunmontuewedthufrisat" },
};

static bool take_number(const char **s, const struct field *field, long *out)
{
	for (size_t i = 0; field->names[i]; i += 3)
		if (strncasecmp(*s, field->names + i, 3) == 0) {
			*out = field->min + (long)i / 3;
			*s += 3;
			return true;
		}
	char *end;
	if (!isdigit((unsigned char)**s))
		return false;
	*out = strtol(*s, &end, 10);
	*s = end;
	return *out >= field->min && *out <= field->max;
}

/* One of a field's parts: "*", "5", "1-5", each perhaps with a step. */
static bool take_part(const char **s, const struct field *field, uint64_t *bits)
{
	long from = field->min, to = field->max, step = 1;
	bool star = **s == '*', range = star;
	if (star) {
		++*s;
	} else if (!take_number(s, field, &from)) {
		return false;
	} else if (**s == '-') {
		++*s;
		range = true;
		if (!take_number(s, field, &to))
			return false;
	}
	if (**s == '/') {
		char *end;
		if (!range || !isdigit((unsigned char)(*s)[1]))
			return false;
		step = strtol(*s + 1, &end, 10);
		*s = end;
	} else if (!range) {
		to = from;
	}
	if (step < 1 || from > to)
		return false;
	for (long n = from; n <= to; n += step)
		*bits |= UINT64_C(1) << n;
	return true;
}

static bool parse_field(const char *s, const struct field *field,
			uint64_t *bits)
{
	*bits = 0;
	while (take_part(&s, field, bits)) {
		if (!*s)
			return true;
		if (*s++ != ',')
			return false;
	}
	return false;
}

enum rt_status rt_cron_parse(const char *text, struct rt_cron *out,
			     struct rt_error *err)
{
	char words[FIELDS][FIELD_MAX];
	uint64_t bits[FIELDS];
	int n = 0, len = 0;
	for (const char *s = text; *s || len; s++) {
		bool in_word = *s && *s != ' ' && *s != '\t';
		if (in_word && (n == FIELDS || len == FIELD_MAX - 1))
			return rt_fail(err, RT_EINPUT,
				       "%s: too long for a cron", text);
		if (in_word)
			words[n][len++] = *s;
		else if (len)
			words[n++][len] = '\0', len = 0;
		if (!*s)
			break;
	}
	if (n != FIELDS)
		return rt_fail(err, RT_EINPUT,
			       "%s: %d fields, a cron has 5: minute hour day "
			       "month day-of-week",
			       text, n);
	for (int i = 0; i < FIELDS; i++)
		if (!parse_field(words[i], &fields[i], &bits[i]))
			return rt_fail(err, RT_EINPUT,
				       "%s: %s is no %s of a cron", text,
				       words[i], fields[i].what);
	*out = (struct rt_cron){
		.minutes = bits[MINUTE],
		.hours = (uint32_t)bits[HOUR],
		.days = (uint32_t)bits[DAY],
		.months = (uint32_t)bits[MONTH],
		/* Sunday is 0 and 7. */
		.weekdays =
			(uint8_t)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f),
		.any_day = words[DAY][0] == '*',
		.any_weekday = words[WEEKDAY][0] == '*',
	};
	return RT_OK;
}

/* ---- the calendar -------------------------------------------------------- */

/* Month and day of a day counted from 1970-01-01, in the Gregorian calendar:
 * years begin in March, so that leap days end them, and 400 of them repeat. */
static void date_of(int64_t day, unsigned *month, unsigned *mday)
{
	int64_t z = day + 719468; /* from 0000-03-01 */
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*mday = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
}

static bool day_matches(const struct rt_cron *cron, int64_t day)
{
	unsigned month, mday;
	date_of(day, &month, &mday);
	unsigned weekday = (unsigned)(((day + 4) % 7 + 7) % 7); /* a Thursday */
	bool by_mday = cron->days >> mday & 1;
	bool by_weekday = cron->weekdays >> weekday & 1;
	if (!(cron->months >> month & 1))
		return false;
	if (cron->any_day || cron->any_weekday)
		return by_mday && by_weekday;
	return by_mday || by_weekday;
}

static int64_t ahead_at(const struct rt_zone *zone, int64_t s)
{
	uint32_t from = 0, to = zone->len; /* changes before `from` are over */
	while (from < to) {
		uint32_t mid = from + (to - from) / 2;
		if (zone->changes[mid].at_s <= s)
			from = mid + 1;
		else
			to = mid;
	}
	return from ? zone->changes[from - 1].ahead_s : zone->first_s;
}

/* When the zone's clocks first show `local_s`; when they leave it out, the
 * moment of the change. */
static int64_t utc_of(const struct rt_zone *zone, int64_t local_s)
{
	int64_t before = ahead_at(zone, local_s - DAY_S);
	int64_t after = ahead_at(zone, local_s + DAY_S);
	int64_t early = local_s - before, late = local_s - after;
	if (ahead_at(zone, early) == before)
		return early;
	if (ahead_at(zone, late) == after)
		return late;
	for (uint32_t i = 0; i < zone->len; i++)
		if (zone->changes[i].at_s > late)
			return zone->changes[i].at_s;
	return early;
}

/* ---- windows ------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The last opening of the day up to `now_s`; or, with `next`, the first one
 * after it.  INT64_MIN: there is none. */
static int64_t opening_in(const struct rt_window *w, int64_t day, int64_t now_s,
			  bool next)
{
	if (!day_matches(&w->cron, day))
		return INT64_MIN;
	for (int i = 0; i < 24 * 60; i++) {
		int minute = next ? i : 24 * 60 - 1 - i;
		if (!(w->cron.hours >> minute / 60 & 1) ||
		    !(w->cron.minutes >> minute % 60 & 1))
			continue;
		int64_t at_s = utc_of(&w->zone, day * DAY_S + minute * 60);
		if (next ? at_s > now_s : at_s <= now_s)
			return at_s;
	}
	return INT64_MIN;
}

bool rt_window_is_open(const struct rt_window *w, int64_t now_ms,
		       int64_t *change_ms)
{
	int64_t now_s = floor_div(now_ms, 1000);
	int64_t today = floor_div(now_s + ahead_at(&w->zone, now_s), DAY_S);
	int64_t opened_s = INT64_MIN, opens_s = INT64_MIN;
	for (int64_t d = 1; d >= -DAYS_BACK && opened_s == INT64_MIN; d--)
		opened_s = opening_in(w, today + d, now_s, false);
	for (int64_t d = -1; d <= DAYS_AHEAD && opens_s == INT64_MIN; d++)
		opens_s = opening_in(w, today + d, now_s, true);
	*change_ms = opens_s == INT64_MIN
			     ? (now_s + (DAYS_AHEAD - 1) * DAY_S) * 1000
			     : opens_s * 1000;
	if (opened_s == INT64_MIN || now_ms >= opened_s * 1000 + w->for_ms)
		return false;
	/* It may open once more before it closes, and then stays open. */
	if (opened_s * 1000 + w->for_ms < *change_ms)
		*change_ms = opened_s * 1000 + w->for_ms;
	return true;
}
