/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice.c - raytide trace slice: chance is a function of the seed and of a
 * job's place in the trace, so that another window keeps the same jobs of it.
 */
#include <math.h>

#include "cli/trace/input.h"
#include "cli/trace/output.h"
#include "cli/trace/trace.h"
#include "core/base/param.h"
#include "core/base/rng.h"

struct slice {
	struct trace_input input;
	const char *out;
	double from_s, to_s;
	double time_scale, run_scale, load_scale;
	int64_t seed;
};

static enum rt_status take_out(void *conf, const char *value,
			       struct rt_error *err)
{
	(void)err;
	((struct slice *)conf)->out = value;
	return RT_OK;
}

/* The options that are numbers, with their bounds. */
static const struct rt_param numbers[] = {
#define ROW(field, row_type, ...)                                              \
	{                                                                      \
		.name = #field, .type = (row_type),                            \
		.offset = offsetof(struct slice, field), .unit = "",           \
		__VA_ARGS__                                                    \
	}
	ROW(from_s, RT_PARAM_DOUBLE, .max = 1e10),
	ROW(to_s, RT_PARAM_DOUBLE, .def = INFINITY, .max = INFINITY),
	ROW(time_scale, RT_PARAM_DOUBLE, .def = 1, .min = 1e-6, .max = 1e6),
	ROW(run_scale, RT_PARAM_DOUBLE, .def = 1, .min = 0, .max = 1e6),
	ROW(load_scale, RT_PARAM_DOUBLE, .def = 1, .min = 0, .max = 1e6),
	ROW(seed, RT_PARAM_INT, .def = 1, .max = 1e18),
	{ .name = NULL },
};

#define TAKE(field)                                                            \
	static enum rt_status take_##field(void *conf, const char *value,      \
					   struct rt_error *err)               \
	{                                                                      \
		return rt_param_set(rt_param_find(numbers, #field), conf,      \
				    value, err);                               \
	}
TAKE(from_s)
TAKE(to_s)
TAKE(time_scale)
TAKE(run_scale)
TAKE(load_scale)
TAKE(seed)

const struct rt_option trace_slice_options[] = {
	{ "from", "S", "of what was submitted at this second or later",
	  take_from_s },
	{ "to", "S", "and before this one; times then count from --from",
	  take_to_s },
	{ "load-scale", "X",
	  "so many copies of each job; what is behind the point is\n"
	  "the chance of one more: 0.1 is a sample of a tenth",
	  take_load_scale },
	{ "time-scale", "X",
	  "multiply times of submission: 0.5 is twice as dense",
	  take_time_scale },
	{ "run-scale", "X", "multiply run times and estimates",
	  take_run_scale },
	{ "seed", "N", "of the chance (default 1)", take_seed },
	{ "out", "FILE", "write the trace there (standard output)", take_out },
	TRACE_INPUT_OPTIONS,
	{ 0 },
};

/* How often the n-th job of the trace is written. */
static uint64_t copies(const struct slice *slice, uint64_t n)
{
	double whole = floor(slice->load_scale);
	double rest = slice->load_scale - whole;
	uint64_t many = (uint64_t)whole;

	if (rest > 0) {
		struct rt_rng rng =
			rt_rng_open((uint64_t)slice->seed, "slice", n);
		many += rt_rng_unit(&rng) < rest;
	}
	return many;
}

static void scale(const struct slice *slice, struct trace_job *job)
{
	job->submit_s = (job->submit_s - slice->from_s) * slice->time_scale;
	if (job->run_s > 0)
		job->run_s *= slice->run_scale;
	if (job->estimate_s > 0)
		job->estimate_s *= slice->run_scale;
}

static enum rt_status put(struct slice *slice, struct trace_output *to,
			  struct trace_job *job, struct rt_error *err)
{
	uint64_t left = copies(slice, slice->input.progress.jobs);
	enum rt_status status = RT_OK;

	scale(slice, job);
	for (; left > 0 && !status; left--)
		status = trace_output_job(to, trace_facts(slice->input.reader),
					  job, err);
	return status;
}

static enum rt_status cut(struct slice *slice, struct trace_output *to,
			  struct rt_error *err)
{
	struct trace_job *job;
	enum rt_status status;

	while (!(status = trace_input_next(&slice->input, &job, err)) && job) {
		bool inside = job->submit_s >= slice->from_s;
		bool behind = job->submit_s >= slice->to_s;
		if (inside && !behind)
			status = put(slice, to, job, err);
		trace_job_free(&job);
		if (status)
			return status;
		if (behind)
			break;
	}
	return status ? status : trace_output_publish(to, err);
}

enum rt_status trace_slice(int argc, char **argv, struct rt_error *err)
{
	struct slice slice = { 0 };
	struct trace_output output = { 0 };

	rt_params_default(numbers, &slice);
	enum rt_status status = trace_input_parse(
		&slice.input, "slice", trace_slice_options, argc, argv, err);
	if (!status)
		status = trace_input_open(&slice.input, err);
	if (!status)
		status = trace_output_open(&output, slice.out, err);
	if (!status)
		status = cut(&slice, &output, err);
	trace_output_close(&output);
	trace_input_close(&slice.input);
	return status;
}
