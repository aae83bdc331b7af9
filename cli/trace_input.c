/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_input.c - a format's settings have its name before theirs, as those of
 * a policy do.
 */
#include "cli/trace_input.h"

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

/* As an error's text it is one line, whatever the names hold. */
static void tell(const char *path, const char *text)
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
	tell(path, text.data);
	rt_buf_free(&text);
}

void trace_input_tell(const char *path, const struct trace_facts *facts)
{
	tell_ignored(path, facts);
	for (uint32_t i = 0; i < facts->notes_len; i++) {
		const struct trace_note *note = &facts->notes[i];
		char text[RT_ERROR_TEXT];
		snprintf(text, sizeof text, "%" PRIu64 " %s %s", note->count,
			 note->count == 1 ? "row" : "rows", note->text);
		tell(path, text);
	}
}
