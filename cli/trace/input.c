/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.c - a format's settings have its name before theirs, as those of
 * a policy do.
 */
#include "cli/trace/input.h"

#include <inttypes.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/param.h"

uint32_t trace_input_groups(const struct trace_settings *settings,
			    struct rt_setting_group groups[TRACE_GROUPS_MAX])
{
	uint32_t len = 0;

	for (size_t i = 0; trace_formats[i] && len < TRACE_GROUPS_MAX; i++)
		if (trace_formats[i]->params)
			groups[len++] = (struct rt_setting_group){
				trace_formats[i]->params,
				trace_settings_of(settings, i),
				trace_formats[i]->name,
			};
	return len;
}

void trace_input_help(FILE *to)
{
	fprintf(to, "\nformats of traces:\n");
	for (size_t i = 0; trace_formats[i]; i++)
		fprintf(to, "  %-29s  %s\n", trace_formats[i]->name,
			trace_formats[i]->summary);
	fprintf(to, "\nsettings of the formats (--set):\n");
	for (size_t i = 0; trace_formats[i]; i++) {
		char prefix[64];
		snprintf(prefix, sizeof prefix, "%s.", trace_formats[i]->name);
		if (trace_formats[i]->params)
			rt_params_help(trace_formats[i]->params, prefix, to);
	}
}

/* As an error's text it is one line. */
void trace_input_note(const char *path, const char *text)
{
	struct rt_error note;

	rt_fail(&note, RT_OK, "note: %s: %s", path, text);
	fprintf(stderr, "raytide: %s\n", note.text);
}

static void tell_ignored(const char *path, const struct trace_facts *facts)
{
	struct rt_buf text = RT_BUF(RT_ERROR_TEXT);

	if (facts->ignored_len == 0)
		return;
	for (uint32_t i = 0; i < facts->ignored_len; i++)
		rt_buf_addf(
			&text, "%s%.40s",
			i ? ", " : "not known, not read: ", facts->ignored[i]);
	if (facts->ignored_len == TRACE_IGNORED_MAX)
		rt_buf_addf(&text, ", ...");
	trace_input_note(path, text.data);
	rt_buf_free(&text);
}

void trace_input_tell(const char *path, const struct trace_facts *facts)
{
	tell_ignored(path, facts);
	for (uint32_t i = 0; i < facts->notes_len; i++) {
		const struct trace_note *note = &facts->notes[i];
		char text[RT_ERROR_TEXT];
		bool one = note->count == 1;
		const char *left_out =
			one ? " and was left out" : " and were left out";
		snprintf(text, sizeof text, "%" PRIu64 " %s %s%s", note->count,
			 one ? "row" : "rows", note->text,
			 note->left_out ? left_out : "");
		trace_input_note(path, text);
	}
}

/* ---- options ------------------------------------------------------------ */

enum rt_status trace_input_format(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	((struct trace_input *)conf)->format = value;
	return RT_OK;
}

enum rt_status trace_input_sort(void *conf, const char *value,
				struct rt_error *err)
{
	(void)err;
	(void)value;
	((struct trace_input *)conf)->sort = true;
	return RT_OK;
}

enum rt_status trace_input_set(void *conf, const char *value,
			       struct rt_error *err)
{
	struct trace_input *input = conf;

	if (input->sets_len == TRACE_SETS_MAX)
		return rt_fail(err, RT_ELIMIT, "more than %d", TRACE_SETS_MAX);
	input->sets[input->sets_len++] = value;
	return RT_OK;
}

enum rt_status trace_input_parse(struct trace_input *input, const char *name,
				 const struct rt_option *options, int argc,
				 char **argv, struct rt_error *err)
{
	int operands;
	enum rt_status status =
		rt_opt_parse(options, argc, argv, input, &operands, err);

	if (status)
		return status;
	if (operands != 1)
		return rt_fail(err, RT_EINPUT,
			       "%s: one file is needed; `raytide trace %s "
			       "FILE`, - is standard input",
			       operands ? argv[2] : name, name);
	input->path = argv[1];
	return RT_OK;
}

/* ---- reading ------------------------------------------------------------ */

enum rt_status trace_input_open(struct trace_input *input, struct rt_error *err)
{
	struct rt_setting_group groups[TRACE_GROUPS_MAX];
	struct rt_chain chain = { 0 };

	input->settings = trace_settings_new();
	const struct rt_settings settings = {
		&chain, trace_input_groups(input->settings, groups), groups
	};
	for (uint32_t i = 0; i < input->sets_len; i++)
		if (rt_settings_set(&settings, input->sets[i], err))
			return rt_wrap(err, "--set");
	const struct trace_options how = { input->format, input->sort,
					   input->settings };
	return trace_open(&input->reader, input->path, &how, err);
}

enum rt_status trace_input_next(struct trace_input *input,
				struct trace_job **job, struct rt_error *err)
{
	enum rt_status status = trace_next(input->reader, job, err);

	if (*job)
		trace_progress_step(&input->progress);
	if (status || *job)
		return status;
	if (input->progress.jobs == 0)
		return rt_fail(err, RT_EINPUT,
			       "%s: no jobs in this trace; is it of another "
			       "format?",
			       input->path);
	trace_input_end(input);
	return RT_OK;
}

void trace_input_end(struct trace_input *input)
{
	trace_progress_clear(&input->progress);
	trace_input_tell(input->path, trace_facts(input->reader));
}

void trace_input_close(struct trace_input *input)
{
	trace_progress_clear(&input->progress);
	trace_close(&input->reader);
	trace_settings_free(&input->settings);
}
