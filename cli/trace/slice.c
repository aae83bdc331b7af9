/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice.c - raytide trace slice: chance is a function of the seed and of a
 * job's place in the trace, so that another window keeps the same jobs of it.
 * A request is no load but a state: it is kept once, and the one that stands
 * when the window begins is its first.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cli/trace/input.h"
#include "cli/trace/picks.h"
#include "cli/trace/trace.h"
#include "core/base/param.h"
#include "core/base/rng.h"

struct slice {
	struct trace_input input;
	const char *out;
	double from_s, to_s;
	double time_scale, run_scale, load_scale;
	int64_t seed;
	struct trace_picks picks;
	struct trace_job *standing; /* the request of before the window */
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
	  "multiply times of submission, and users' thinking: 0.5 is twice\n"
	  "as dense",
	  take_time_scale },
	{ "run-scale", "X", "multiply run times and estimates",
	  take_run_scale },
	{ "seed", "N", "of the chance (default 1)", take_seed },
	{ "out", "FILE", "write the trace there (standard output)", take_out },
	TRACE_INPUT_OPTIONS,
	{ 0 },
};

/* How often this job of the window is written. */
static uint64_t copies(const struct slice *slice, const struct trace_job *job)
{
	double whole = floor(slice->load_scale);
	double rest = slice->load_scale - whole;
	uint64_t many = (uint64_t)whole;

	if (job->kind == TRACE_REQUEST)
		return 1;
	if (rest > 0) {
		struct rt_rng rng = rt_rng_open((uint64_t)slice->seed, "slice",
						slice->input.progress.jobs);
		many += rt_rng_unit(&rng) < rest;
	}
	return many;
}

static void scale(const struct slice *slice, struct trace_job *job)
{
	job->submit_s = fmax(0, job->submit_s - slice->from_s);
	job->submit_s *= slice->time_scale;
	if (job->think_s > 0)
		job->think_s *= slice->time_scale;
	if (job->run_s > 0)
		job->run_s *= slice->run_scale;
	if (job->estimate_s > 0)
		job->estimate_s *= slice->run_scale;
}

static enum rt_status pick(struct slice *slice, struct trace_job *job,
			   struct rt_error *err)
{
	uint64_t many = copies(slice, job);

	scale(slice, job);
	return trace_picks_add(&slice->picks, job, many, err);
}

/* A job of before the window. */
static enum rt_status pass(struct slice *slice, struct trace_job *job,
			   struct rt_error *err)
{
	if (job->kind != TRACE_REQUEST)
		return trace_picks_add(&slice->picks, job, 0, err);
	trace_job_free(&slice->standing);
	slice->standing = job;
	return RT_OK;
}

static enum rt_status take(struct slice *slice, struct trace_job *job,
			   struct rt_error *err)
{
	struct trace_job *first = slice->standing;

	if (job->submit_s < slice->from_s)
		return pass(slice, job, err);
	slice->standing = NULL;
	if (!first || job->kind == TRACE_REQUEST) {
		trace_job_free(&first);
		return pick(slice, job, err);
	}
	enum rt_status status = pick(slice, first, err);
	if (status)
		trace_job_free(&job);
	return status ? status : pick(slice, job, err);
}

static void tell(const struct slice *slice)
{
	char text[RT_ERROR_TEXT];
	uint64_t struck = slice->picks.struck;

	snprintf(text, sizeof text,
		 "%" PRIu64 " %s for a job that is not in the slice %s taken "
		 "away",
		 struck, struck == 1 ? "wait" : "waits",
		 struck == 1 ? "was" : "were");
	if (struck > 0)
		trace_input_note(slice->input.path, text);
}

static enum rt_status cut(struct slice *slice, struct trace_output *to,
			  struct rt_error *err)
{
	struct trace_job *job;
	enum rt_status status;

	trace_picks_open(&slice->picks, trace_facts(slice->input.reader), to);
	while (!(status = trace_input_next(&slice->input, &job, err)) && job) {
		if (job->submit_s >= slice->to_s) {
			trace_job_free(&job);
			trace_input_end(&slice->input);
			break;
		}
		if ((status = take(slice, job, err)))
			return status;
	}
	if (!status)
		status = trace_picks_end(&slice->picks, err);
	if (!status)
		status = trace_output_publish(to, err);
	if (!status)
		tell(slice);
	return status;
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
	trace_picks_close(&slice.picks);
	trace_job_free(&slice.standing);
	trace_output_close(&output);
	trace_input_close(&slice.input);
	return status;
}
