/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantity.c - a quantity is digits x 10^a x 2^b; only whole numbers are
 * computed with, so nothing is lost before the rounding.
 */
#include "core/model/quantity.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(RT_UNITS == 10000, "four decimals");

struct suffix {
	const char *text;
	int ten; /* power of 10 */
	int two; /* power of 2 */
};

static const struct suffix suffixes[] = {
	{ "", 0, 0 },    { "n", -9, 0 },  { "u", -6, 0 },  { "m", -3, 0 },
	{ "k", 3, 0 },   { "M", 6, 0 },   { "G", 9, 0 },   { "T", 12, 0 },
	{ "P", 15, 0 },  { "E", 18, 0 },  { "Ki", 0, 10 }, { "Mi", 0, 20 },
	{ "Gi", 0, 30 }, { "Ti", 0, 40 }, { "Pi", 0, 50 }, { "Ei", 0, 60 },
};

static bool find_suffix(const char *text, int *ten, int *two)
{
	char *end;

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (strcmp(text, suffixes[i].text) == 0) {
			*ten += suffixes[i].ten;
			*two = suffixes[i].two;
			return true;
		}
	if ((text[0] != 'e' && text[0] != 'E') || text[1] == '\0' ||
	    text[1 + strspn(text + 1, "+-0123456789")])
		return false;
	long exponent = strtol(text + 1, &end, 10);
	if (*end || exponent < -30 || exponent > 30)
		return false;
	*ten += (int)exponent;
	return true;
}

static bool power(int64_t *value, int64_t base, int times)
{
	while (times-- > 0)
		if (__builtin_mul_overflow(*value, base, value))
			return false;
	return true;
}

/* In units of 10^-decimals. */
static bool parse(const char *text, int decimals, int64_t *out)
{
	int64_t digits = 0;
	int ten = decimals, two = 0, seen = 0;
	bool fraction = false;
	const char *s = text + (*text == '+');

	for (; (*s >= '0' && *s <= '9') || (*s == '.' && !fraction); s++) {
		if (*s == '.') {
			fraction = true;
			continue;
		}
		seen++;
		ten -= fraction;
		if (__builtin_mul_overflow(digits, 10, &digits) ||
		    __builtin_add_overflow(digits, *s - '0', &digits))
			return false;
	}
	if (!seen || !find_suffix(s, &ten, &two))
		return false;

	int64_t divisor = 1;
	if (!power(&digits, 2, two) || !power(&digits, 10, ten))
		return false;
	if (!power(&divisor, 10, -ten)) {
		*out = digits > 0; /* less than one of anything */
		return true;
	}
	*out = digits / divisor + (digits % divisor > 0);
	return true;
}

bool rt_quantity_parse(const char *text, int64_t *out)
{
	return parse(text, 0, out);
}

bool rt_quantity_units(const char *text, int64_t *out)
{
	return parse(text, 4, out) && *out <= RT_AMOUNT_MAX;
}

static bool parse_whole(const char *text, int64_t *out)
{
	return rt_quantity_parse(text, out) && *out <= RT_AMOUNT_MAX / RT_UNITS;
}

static enum rt_status read_by(bool (*parse_text)(const char *, int64_t *),
			      const struct rt_json *item, int64_t *out,
			      struct rt_error *err)
{
	char number[RT_F64_TEXT];
	const char *text = number;

	if (cJSON_IsString(item->node))
		text = item->node->valuestring;
	else if (cJSON_IsNumber(item->node))
		rt_json_f64_text(item->node->valuedouble, number);
	else
		return rt_json_fail(item, err, "a quantity is needed");
	if (!parse_text(text, out))
		return rt_json_fail(item, err,
				    "\"%.40s\" is no quantity, or too large; "
				    "as in 2, 500m, 4Gi",
				    text);
	return RT_OK;
}

enum rt_status rt_quantity_read(const struct rt_json *item, int64_t *out,
				struct rt_error *err)
{
	return read_by(rt_quantity_units, item, out, err);
}

enum rt_status rt_quantity_read_whole(const struct rt_json *item, int64_t *out,
				      struct rt_error *err)
{
	return read_by(parse_whole, item, out, err);
}
