/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_trace.c - a trace in each format, whatever its first line says, and a
 * list of nodes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "traces/format.h"
#include "traces/node_list.h"

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

static void load_nodes(const char *path)
{
	struct rt_arena *arena = rt_arena_new();
	struct trace_node_form *forms;
	uint32_t len;
	struct rt_error err;

	trace_node_list(path, arena, &forms, &len, &err);
	rt_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("trace", 0);
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	load(path, NULL);
	load_nodes(path);
	for (size_t i = 0; trace_formats[i]; i++)
		load(path, trace_formats[i]->name);
	close(fd);
	return 0;
}
