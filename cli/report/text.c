/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - what is not plain ASCII and could mean something to a parser is
 * written as \uXXXX; U+2028 and U+2029 end lines in older JavaScript.
 */
#include "cli/report/text.h"

#include <math.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/utf8.h"

static bool is_special(const char *text, size_t len)
{
	if (len == 1)
		return (unsigned char)*text < 0x20 || *text == 0x7f ||
		       strchr("\"\\<>&", *text);
	return len == 3 && (memcmp(text, "\xe2\x80\xa8", 3) == 0 ||
			    memcmp(text, "\xe2\x80\xa9", 3) == 0);
}

static unsigned code(const char *text, size_t len)
{
	if (len == 1)
		return (unsigned char)*text;
	return 0x2028 + (text[2] == '\xa9');
}

void report_json_text(FILE *to, const char *text)
{
	size_t left = strlen(text);

	putc('"', to);
	for (size_t len; left > 0; text += len, left -= len) {
		len = rt_utf8_len(text, left);
		if (len == 0) {
			len = 1;
			fputs("\\ufffd", to);
		} else if (is_special(text, len)) {
			fprintf(to, "\\u%04x", code(text, len));
		} else {
			fwrite(text, 1, len, to);
		}
	}
	putc('"', to);
}

void report_csv_text(FILE *to, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, to);
		return;
	}
	putc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', to);
		putc(*text, to);
	}
	putc('"', to);
}

/* Most numbers are whole, and small; printf() is slow. */
static void whole_number(FILE *to, int64_t value)
{
	char digits[24];
	size_t len = 0;

	if (value < 0) {
		putc('-', to);
		value = -value;
	}
	do {
		digits[len++] = (char)('0' + value % 10);
	} while (value /= 10);
	while (len > 0)
		putc(digits[--len], to);
}

void report_number(FILE *to, double value)
{
	char buf[RT_F64_TEXT];

	if (trunc(value) == value && fabs(value) < 1e15)
		whole_number(to, (int64_t)value);
	else
		fputs(isfinite(value) ? rt_json_f64_text(value, buf) : "null",
		      to);
}

void report_short_number(FILE *to, double value)
{
	if (!isfinite(value))
		fputs("null", to);
	else if (trunc(value) == value && fabs(value) < 1e15)
		whole_number(to, (int64_t)value);
	else
		fprintf(to, "%.6g", value);
}
