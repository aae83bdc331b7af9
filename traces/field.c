/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field.c - up to 15 digits are a whole number that a double holds exactly, and
 * so is the power of ten that divides it: their quotient is rounded once, which
 * is what strtod() gives.  What is longer or has an exponent is left to it, and
 * nothing else of what it would take: no blanks, no hexadecimals, no words.
 */
#include "traces/field.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"

#define DIGITS_MAX 15

static const double tens[DIGITS_MAX + 1] = { 1e0,  1e1,  1e2,  1e3, 1e4,  1e5,
					     1e6,  1e7,  1e8,  1e9, 1e10, 1e11,
					     1e12, 1e13, 1e14, 1e15 };

bool trace_decimal(const char *text, double *out)
{
	const char *c = text;
	int64_t number = 0;
	int digits = 0, fraction = 0;
	bool minus = *c == '-';

	for (c += minus; *c >= '0' && *c <= '9' && digits <= DIGITS_MAX; c++) {
		number = number * 10 + (*c - '0');
		digits++;
	}
	if (*c == '.')
		for (c++; *c >= '0' && *c <= '9' && digits <= DIGITS_MAX; c++) {
			number = number * 10 + (*c - '0');
			digits++;
			fraction++;
		}
	if (*c == '\0' && digits > 0 && digits <= DIGITS_MAX) {
		double value = (double)number / tens[fraction];
		*out = minus ? -value : value;
		return true;
	}
	char *end;
	if (text[strspn(text, "+-.0123456789eE")])
		return false;
	*out = strtod(text, &end);
	return end != text && !*end && isfinite(*out);
}

enum rt_status trace_number(const char *text, const char *what, double min,
			    double max, double *out, struct rt_error *err)
{
	double number;

	if (!trace_decimal(text, &number))
		return rt_fail(err, RT_EINPUT, "%s: \"%.40s\" is not a number",
			       what, text);
	if (number < min || number > max)
		return rt_fail(err, RT_EINPUT, "%s: %.40s is not from %g to %g",
			       what, text, min, max);
	*out = number;
	return RT_OK;
}

enum rt_status trace_number_or_none(const char *text, const char *what,
				    double max, double *out,
				    struct rt_error *err)
{
	*out = -1;
	if (!*text || (*text == '-' && trace_decimal(text, out) && *out < 0))
		return RT_OK;
	return trace_number(text, what, 0, max, out, err);
}

/* ---- times -------------------------------------------------------------- */

/* So many digits, then a character of `ends` if there are any, which is taken,
 * too. */
static bool digits(const char **at, int count, const char *ends, int *out)
{
	*out = 0;
	for (int i = 0; i < count; i++, (*at)++) {
		if (!isdigit((unsigned char)**at))
			return false;
		*out = *out * 10 + (**at - '0');
	}
	if (!*ends)
		return true;
	return **at && strchr(ends, *(*at)++);
}

/* Days from 1970-01-01 in the Gregorian calendar, for years from 1 on: whole
 * years begin in March, so that the leap day is their last. */
static int64_t days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	       1 - 719468;
}

static int month_days(int year, int month)
{
	return (int)(days(year, month + 1, 1) - days(year, month, 1));
}

/* ".25", if there is one. */
static void fraction(const char **at, int64_t *ticks)
{
	int64_t scale = TRACE_TICKS_PER_S;

	if (**at != '.')
		return;
	for ((*at)++; isdigit((unsigned char)**at); (*at)++) {
		scale /= 10;
		*ticks += (**at - '0') * scale;
	}
}

/* "Z", "+02:00" or nothing, and the end. */
static bool zone(const char *at, int64_t *ticks)
{
	int hours, minutes, sign = *at == '-' ? 1 : -1;

	if (*at == 'Z') {
		at++;
	} else if (*at == '+' || *at == '-') {
		at++;
		if (!digits(&at, 2, ":", &hours) ||
		    !digits(&at, 2, "", &minutes) || hours > 23 || minutes > 59)
			return false;
		*ticks += sign * (hours * 60 + minutes) * 60 *
			  (int64_t)TRACE_TICKS_PER_S;
	}
	return *at == '\0';
}

bool trace_timestamp(const char *text, int64_t *ticks)
{
	int year, month, day, hour, minute, second;

	if (!digits(&text, 4, "-", &year) || !digits(&text, 2, "-", &month) ||
	    !digits(&text, 2, " T", &day) || !digits(&text, 2, ":", &hour) ||
	    !digits(&text, 2, ":", &minute) || !digits(&text, 2, "", &second))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month) || hour > 23 || minute > 59 ||
	    second > 60)
		return false;
	*ticks = (((days(year, month, day) * 24 + hour) * 60 + minute) * 60 +
		  second) *
		 TRACE_TICKS_PER_S;
	fraction(&text, ticks);
	return zone(text, ticks);
}

enum rt_status trace_clock_read(struct trace_clock *clock, const char *text,
				const char *what, double *seconds,
				struct rt_error *err)
{
	int64_t ticks;

	if (!trace_timestamp(text, &ticks))
		return rt_fail(err, RT_EINPUT,
			       "%s: \"%.40s\" is no time like 2017-10-09 "
			       "07:01:55",
			       what, text);
	if (!clock->started)
		clock->first = ticks;
	clock->started = true;
	*seconds = (double)(ticks - clock->first) / TRACE_TICKS_PER_S;
	return RT_OK;
}
