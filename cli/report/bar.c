/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bar.c - one line that is written over; what is left is told once there is
 * something to go by.
 */
#include "cli/report/bar.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WIDTH 24
#define EVERY_MS 500
#define TELL_LEFT_MS 2000
#define TEXT_MAX 128

static double clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

void bar_begin(struct bar *bar, double done, double after_ms)
{
	double now_ms = clock_ms();

	*bar = (struct bar){
		.terminal = isatty(STDERR_FILENO),
		.began_ms = now_ms,
		.shown_ms = now_ms + after_ms - EVERY_MS,
		.before = done,
	};
}

static void tell_left(double s)
{
	if (s < 100)
		fprintf(stderr, ", %.0f s left", s);
	else if (s < 6000)
		fprintf(stderr, ", %.0f min left", s / 60);
	else
		fprintf(stderr, ", %.1f h left", s / 3600);
}

void bar_show(struct bar *bar, double done, double total, const char *fmt, ...)
{
	double now_ms = bar->terminal ? clock_ms() : 0;
	double took_ms = now_ms - bar->began_ms;
	double share = total > 0 ? done / total : 1;
	char line[WIDTH + 1], text[TEXT_MAX];
	va_list args;

	if (!bar->terminal || now_ms - bar->shown_ms < EVERY_MS)
		return;
	bar->shown_ms = now_ms;
	bar->shown = true;
	memset(line, '.', WIDTH);
	memset(line, '#', (size_t)(share * WIDTH));
	line[WIDTH] = '\0';
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	fprintf(stderr, "\r\033[K[%s] %3.0f %%, %s", line, share * 100, text);
	if (took_ms >= TELL_LEFT_MS && done > bar->before)
		tell_left(took_ms / 1e3 * (total - done) /
			  (done - bar->before));
	fflush(stderr);
}

void bar_end(struct bar *bar)
{
	if (bar->shown)
		fputs("\r\033[K", stderr);
	bar->shown = false;
}
