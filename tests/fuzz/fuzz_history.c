/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_history.c - what `raytide trace record` is given: a GetTaskEventsReply.
 * Of any bytes it makes no rows, or rows that are read as a trace.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/record/record_gcs.h"
#include "core/base/buf.h"
#include "tests/fuzz/fuzz.h"
#include "traces/trace.h"

#define TEXT_MAX (256u << 20)

static void put_rows(const struct recording *rec,
		     const struct record_rows *rows, struct rt_buf *to)
{
	for (uint32_t i = 0; i < rows->len; i++) {
		cJSON *line = record_row_encode(rec, &rows->at[i]);
		char *text = cJSON_PrintUnformatted(line);
		if (!text)
			abort();
		rt_buf_addf(to, "%s\n", text);
		cJSON_free(text);
		cJSON_Delete(line);
	}
}

static void check(const struct rt_buf *text, uint32_t jobs)
{
	struct trace_options options = { .format = "native" };
	struct trace *trace;
	struct rt_error err;
	int fd = memfd_create("trace", 0);
	char path[64];

	if (fd < 0 || write(fd, text->data, text->len) != (ssize_t)text->len)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (trace_load(&trace, path, &options, &err) || trace->jobs_len != jobs)
		abort();
	trace_free(&trace);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording rec = { .arena = rt_arena_new(),
				 .names = rt_names_new() };
	struct rt_buf text = RT_BUF(TEXT_MAX);
	struct gcs_history history;
	struct record_rows rows;
	struct rt_error err;

	if (!gcs_history_unpack(data, size, rec.arena, &history, &err)) {
		record_gcs(&history, &rec);
		if (!record_rows(&rec, &rows, &err)) {
			put_rows(&rec, &rows, &text);
			check(&text, rows.len);
		}
	}
	rt_buf_free(&text);
	rt_names_free(&rec.names);
	rt_arena_free(&rec.arena);
	return 0;
}
