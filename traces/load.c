/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.c - the stream as an array, for those who need all of it at once.
 */
#include "core/base/error.h"
#include "core/base/mem.h"
#include "traces/trace.h"

static enum rt_status read_all(struct trace *trace, const char *path,
			       struct rt_error *err)
{
	struct trace_job *job;
	enum rt_status status;

	while (!(status = trace_next(trace->reader, &job, err)) && job) {
		if (trace->jobs_len == TRACE_JOBS_MAX) {
			rt_fail(err, RT_ELIMIT,
				"%s:%llu: more than %d jobs; cut the trace",
				path, (unsigned long long)job->row,
				TRACE_JOBS_MAX);
			trace_job_free(&job);
			return RT_ELIMIT;
		}
		RT_GROW(trace->jobs, trace->jobs_len, trace->jobs_cap);
		trace->jobs[trace->jobs_len++] = job;
	}
	if (!status && trace->jobs_len == 0)
		status = rt_fail(err, RT_EINPUT,
				 "%s: no jobs in this trace; is it of another "
				 "format?",
				 path);
	return status;
}

enum rt_status trace_load(struct trace **out, const char *path,
			  const struct trace_options *options,
			  struct rt_error *err)
{
	struct trace *trace = rt_calloc(1, sizeof *trace);
	enum rt_status status = trace_open(&trace->reader, path, options, err);

	if (!status) {
		trace->facts = trace_facts(trace->reader);
		status = read_all(trace, path, err);
	}
	if (status)
		trace_free(&trace);
	*out = trace;
	return status;
}

void trace_free(struct trace **trace)
{
	if (!*trace)
		return;
	for (uint32_t i = 0; i < (*trace)->jobs_len; i++)
		trace_job_free(&(*trace)->jobs[i]);
	rt_free((*trace)->jobs);
	trace_close(&(*trace)->reader);
	rt_free(*trace);
	*trace = NULL;
}
