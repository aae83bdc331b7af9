/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field.c - up to 15 digits are a whole number that a double holds exactly, and
 * so is the power of ten that divides it: their quotient is rounded once, which
 * is what strtod() gives.  What is longer or has an exponent is left to it.
 */
#include "traces/field.h"

#include <math.h>
#include <stdlib.h>

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
