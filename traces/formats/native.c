/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native.c - raytide's own format, as CSV with a header or as JSON lines with
 * the same keys (docs/formats/native-trace.md).
 */
#include <string.h>

#include "traces/native.h"
#include "traces/seen.h"
#include "traces/timeline.h"

struct native {
	enum { UNKNOWN, CSV, JSONL } form;
	struct native_columns columns;
};

static bool is_json(const char *line)
{
	return line[strspn(line, " \t")] == '{';
}

/* What Ray tells of tasks is JSON, too, and so is a recording. */
static bool native_sniff(const char *line)
{
	if (!is_json(line))
		return strstr(line, "submit_s");
	return !trace_is_ray(line) && !trace_is_recording(line);
}

static enum rt_status native_take(void *state, char *line,
				  struct trace_reader *reader,
				  struct rt_error *err)
{
	struct native *native = state;

	if (native->form == CSV)
		return native_csv_row(&native->columns, line, reader, err);
	if (native->form == JSONL || is_json(line)) {
		native->form = JSONL;
		return native_json_row(line, reader, err);
	}
	native->form = CSV;
	return native_csv_header(&native->columns, line, reader, err);
}

const struct trace_format trace_format_native = {
	.name = "native",
	.summary = "raytide's own: CSV with a header, or JSON lines",
	.sniff = native_sniff,
	.state_size = sizeof(struct native),
	.take = native_take,
};
