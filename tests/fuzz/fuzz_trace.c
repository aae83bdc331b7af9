/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_trace.c - a trace in each format, whatever its first line says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "traces/format.h"

#define JOBS_MAX 100000 /* a row may stand for millions */

static void load(const char *path, const char *format)
{
	struct trace_options options = { .format = format };
	struct trace_reader *reader;
	struct trace_job *job;
	struct rt_error err;

	if (trace_open(&reader, path, &options, &err))
		return;
	for (int i = 0; i < JOBS_MAX; i++) {
		if (trace_next(reader, &job, &err) || !job)
			break;
		trace_job_free(&job);
	}
	trace_close(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("trace", 0);
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	load(path, NULL);
	for (size_t i = 0; trace_formats[i]; i++)
		load(path, trace_formats[i]->name);
	close(fd);
	return 0;
}
