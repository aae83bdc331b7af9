/* SPDX-License-Identifier: Apache-2.0 */
/*
 * convert.c - raytide trace convert: job by job from any format to native.
 */
#include "cli/trace/input.h"
#include "cli/trace/output.h"
#include "cli/trace/trace.h"

struct convert {
	struct trace_input input;
	const char *out;
};

static enum rt_status take_out(void *conf, const char *value,
			       struct rt_error *err)
{
	(void)err;
	((struct convert *)conf)->out = value;
	return RT_OK;
}

const struct rt_option trace_convert_options[] = {
	{ "out", "FILE", "write the trace there (standard output)", take_out },
	TRACE_INPUT_OPTIONS,
	{ 0 },
};

static enum rt_status copy(struct trace_input *from, struct trace_output *to,
			   struct rt_error *err)
{
	struct trace_job *job;
	enum rt_status status;

	while (!(status = trace_input_next(from, &job, err)) && job) {
		status = trace_output_job(to, trace_facts(from->reader), job,
					  err);
		trace_job_free(&job);
		if (status)
			return status;
	}
	return status ? status : trace_output_publish(to, err);
}

enum rt_status trace_convert(int argc, char **argv, struct rt_error *err)
{
	struct convert convert = { 0 };
	struct trace_input *input = &convert.input;
	struct trace_output output = { 0 };
	enum rt_status status = trace_input_parse(
		input, "convert", trace_convert_options, argc, argv, err);

	if (!status)
		status = trace_input_open(input, err);
	if (!status)
		status = trace_output_open(&output, convert.out, err);
	if (!status)
		status = copy(input, &output, err);
	trace_output_close(&output);
	trace_input_close(input);
	return status;
}
