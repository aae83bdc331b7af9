/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generate.c - raytide trace generate: settings by --set, as everywhere.
 */
#include <errno.h>
#include <stdlib.h>

#include "cli/trace/output.h"
#include "cli/trace/progress.h"
#include "cli/trace/trace.h"
#include "core/base/param.h"
#include "core/host/policy_file.h"
#include "traces/generate.h"

struct generate {
	const char *out;
	uint64_t seed;
	struct trace_generate_conf conf;
};

static enum rt_status take_out(void *conf, const char *value,
			       struct rt_error *err)
{
	(void)err;
	((struct generate *)conf)->out = value;
	return RT_OK;
}

static enum rt_status take_seed(void *conf, const char *value,
				struct rt_error *err)
{
	char *end;

	errno = 0;
	((struct generate *)conf)->seed = strtoull(value, &end, 10);
	if (*end || end == value || errno || *value == '-')
		return rt_fail(err, RT_EINPUT, "%s: not a whole number", value);
	return RT_OK;
}

static enum rt_status take_set(void *conf, const char *value,
			       struct rt_error *err)
{
	struct generate *generate = conf;
	struct rt_chain none = { 0 };
	const struct rt_setting_group group = { trace_generate_params,
						&generate->conf, NULL };
	const struct rt_settings settings = { &none, 1, &group };

	return rt_settings_set(&settings, value, err);
}

const struct rt_option trace_generate_options[] = {
	{ "set", "KEY=VALUE", "a setting, see below; may be repeated",
	  take_set },
	{ "seed", "N", "of all that is random (default 1)", take_seed },
	{ "out", "FILE", "write the trace there (standard output)", take_out },
	{ 0 },
};

void trace_generate_help(FILE *to)
{
	fprintf(to, "\nsettings of what is generated (--set):\n");
	rt_params_help(trace_generate_params, "", to);
}

static enum rt_status write_all(struct trace_generator *generator,
				const char *path, struct rt_error *err)
{
	struct trace_output output;
	struct trace_progress progress = { 0 };
	const struct trace_job *job;
	enum rt_status status = trace_output_open(&output, path, err);

	while (!status && (job = trace_generator_next(generator))) {
		status = trace_output_job(
			&output, trace_generator_facts(generator), job, err);
		trace_progress_step(&progress);
	}
	trace_progress_clear(&progress);
	if (!status)
		status = trace_output_publish(&output, err);
	trace_output_close(&output);
	return status;
}

enum rt_status trace_generate(int argc, char **argv, struct rt_error *err)
{
	struct generate generate = { .seed = 1 };
	int operands;

	rt_params_default(trace_generate_params, &generate.conf);
	enum rt_status status = rt_opt_parse(trace_generate_options, argc, argv,
					     &generate, &operands, err);
	if (status)
		return status;
	if (operands)
		return rt_fail(err, RT_EINPUT,
			       "%s: not understood; a trace is generated of "
			       "settings alone",
			       argv[1]);
	struct trace_generator *generator =
		trace_generator_new(&generate.conf, generate.seed);
	status = write_all(generator, generate.out, err);
	trace_generator_free(&generator);
	return status;
}
