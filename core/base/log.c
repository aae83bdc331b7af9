/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c - a line is put together first and written at once, so that lines of
 * several processes do not mix.
 */
#include "core/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 4096

static enum rt_level lowest = RT_INFO;
static void (*also)(void *arg, const char *line, unsigned long len);
static void *also_arg;

void rt_log_level(enum rt_level level)
{
	lowest = level;
}

void rt_log_also(void (*write)(void *arg, const char *line, unsigned long len),
		 void *arg)
{
	also = write;
	also_arg = arg;
}

static size_t put_time(char *line, size_t size)
{
	struct timespec now;
	struct tm tm;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	size_t len = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return len + (size_t)snprintf(line + len, size - len, ".%03ldZ",
				      now.tv_nsec / 1000000);
}

void rt_log(enum rt_level level, const char *event, const char *fmt, ...)
{
	static const char *const names[] = { "DEBUG", "INFO", "WARN", "ERROR" };
	if (level < lowest)
		return;
	char line[LINE_MAX_BYTES];
	const size_t size = sizeof line - 1; /* and the line end */
	size_t len = put_time(line, size);
	len += (size_t)snprintf(line + len, size - len, " %s %s", names[level],
				event);
	if (fmt && len + 1 < size) {
		line[len++] = ' ';
		va_list args;
		va_start(args, fmt);
		vsnprintf(line + len, size - len, fmt, args);
		va_end(args);
	}
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	len = strlen(line);
	line[len] = '\n';
	fwrite(line, 1, len + 1, stderr);
	if (also)
		also(also_arg, line, len + 1);
}

const char *rt_log_quote(const char *text, char *buf, unsigned long size)
{
	size_t len = 0;
	buf[len++] = '"';
	for (; *text && len + 3 < size; text++) {
		if (*text == '"' || *text == '\\')
			buf[len++] = '\\';
		buf[len++] = *text;
	}
	buf[len++] = '"';
	buf[len] = '\0';
	return buf;
}
