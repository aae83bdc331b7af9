/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_trace.c - a trace: of the format that the program's name ends in, as in
 * fuzz_trace_swf, whatever the first line says; else of the one that it does.
 * What is read makes sense, and is the same when it was written and read again.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/model/res.h"
#include "tests/fuzz/fuzz.h"
#include "traces/format.h"
#include "traces/native.h"

#define JOBS_MAX 1000 /* a row may stand for millions */
#define TEXT_MAX (256u << 20)

static char format[64]; /* "": by the content */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char before[] = "fuzz_trace_";
	const char *name = strstr((*argv)[0], before);

	(void)argc;
	snprintf(format, sizeof format, "%s",
		 name ? name + sizeof before - 1 : "");
	for (char *c = format; *c; c++)
		if (*c == '_')
			*c = '-';
	return 0;
}

static void check(const struct trace_facts *facts, const struct trace_job *job)
{
	bool request = job->kind == TRACE_REQUEST;

	if (!(job->submit_s >= 0) || isinf(job->submit_s) ||
	    isinf(job->run_s) || !(job->run_s >= (request ? -1 : 0)))
		abort();
	if (job->asks_len == 0 && !request)
		abort();
	for (uint32_t i = 0; i < job->asks_len; i++) {
		if (job->asks[i].shape >= facts->shapes_len)
			abort();
		struct rt_res res = facts->shapes[job->asks[i].shape].res;
		for (uint32_t k = 0; k < res.len; k++)
			if (res.at[k].units <= 0 ||
			    res.at[k].units > RT_AMOUNT_MAX)
				abort();
	}
}

/* As native lines; false: it was refused, or is long. */
static bool read_all(const void *data, size_t size, const char *as,
		     struct rt_buf *out)
{
	struct trace_options options = { .format = as };
	struct trace_reader *reader;
	struct trace_job *job = NULL;
	struct rt_error err = { 0 };
	int fd = memfd_create("trace", 0), jobs = 0;
	double last_s = 0;
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	enum rt_status status = trace_open(&reader, path, &options, &err);
	while (!status && jobs < JOBS_MAX) {
		status = trace_next(reader, &job, &err);
		if (status || !job)
			break;
		check(trace_facts(reader), job);
		if (job->submit_s < last_s)
			abort();
		last_s = job->submit_s;
		native_write(trace_facts(reader), job, out);
		trace_job_free(&job);
		jobs++;
	}
	if (status && (!strstr(err.text, path) || strchr(err.text, '\n')))
		abort();
	trace_close(&reader);
	close(fd);
	return !status && jobs < JOBS_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rt_buf first = RT_BUF(TEXT_MAX), second = RT_BUF(TEXT_MAX);

	if (read_all(data, size, *format ? format : NULL, &first) &&
	    first.len > 0) {
		if (!read_all(first.data, first.len, "native", &second) ||
		    second.len != first.len ||
		    memcmp(first.data, second.data, first.len) != 0)
			abort();
	}
	rt_buf_free(&first);
	rt_buf_free(&second);
	return 0;
}
