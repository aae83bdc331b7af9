/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.c - texts are formatted into a local buffer first, so that the old text
 * may be an argument of the new one, and tidied: an error is always one line of
 * valid UTF-8, whatever it quotes.
 */
#include "core/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/utf8.h"

__attribute__((format(printf, 2, 0))) static void
set_text(struct rt_error *err, const char *fmt, va_list args)
{
	char text[RT_ERROR_TEXT];
	vsnprintf(text, sizeof text, fmt, args);
	rt_utf8_tidy(text);
	memcpy(err->text, text, strlen(text) + 1);
}

enum rt_status rt_fail(struct rt_error *err, enum rt_status status,
		       const char *fmt, ...)
{
	if (!err)
		return status;
	err->status = status;
	va_list args;
	va_start(args, fmt);
	set_text(err, fmt, args);
	va_end(args);
	return status;
}

enum rt_status rt_wrap(struct rt_error *err, const char *fmt, ...)
{
	struct rt_error why = *err;
	va_list args;
	va_start(args, fmt);
	set_text(err, fmt, args);
	va_end(args);
	struct rt_error context = *err;
	return rt_fail(err, why.status, "%s: %s", context.text, why.text);
}

int rt_status_exit_code(enum rt_status status)
{
	static const int codes[] = {
#define RT_STATUS(name, exit_code, text) [RT_##name] = exit_code,
#include <raytide/status.def>
#undef RT_STATUS
	};
	return codes[status];
}

_Noreturn void rt_bug(const char *file, int line, const char *text)
{
	fprintf(stderr, "raytide: bug at %s:%d: %s\n", file, line, text);
	abort();
}
