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

static void load(const char *path, const char *format)
{
	struct trace *trace = NULL;
	struct trace_options options = { .format = format };
	struct rt_error err;

	trace_load(&trace, path, &options, &err);
	trace_free(&trace);
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
