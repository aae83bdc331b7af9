/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - raytide-trace-record, which `raytide trace record` starts: reads
 * what Ray remembers, from a head or from standard input, makes rows of it and
 * only then writes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "autoscaler/gcs/gcs_login.h"
#include "cli/record/record_gcs.h"
#include "cli/trace/record.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "traces/record_state.h"

#define CALL_MS 60000
#define INPUT_MAX (256u << 20) /* bytes from a head's call or from stdin */

/* ---- reading ------------------------------------------------------------ */

static enum rt_status from_head(const char *address, struct recording *rec,
				struct rt_error *err)
{
	struct grpc_login login;
	struct http *http = http_open(-1);
	struct grpc to = {
		.http = http,
		.login = &login,
		.address = address,
		.timeout_ms = CALL_MS,
		.max = INPUT_MAX,
	};
	struct gcs_history history;
	enum rt_status status = gcs_login_find(&login, rec->arena, err);

	if (!status)
		status = gcs_history(&to, rec->arena, &history, err);
	if (!status)
		record_gcs(&history, rec);
	http_close(&http);
	return status;
}

static enum rt_status read_input(struct rt_buf *all, struct rt_error *err)
{
	char part[65536];

	for (;;) {
		ssize_t n = read(STDIN_FILENO, part, sizeof part);
		if (n == 0)
			return RT_OK;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return rt_fail(err, RT_EIO, "%s", strerror(errno));
		if (!rt_buf_add(all, part, (size_t)n))
			return rt_fail(err, RT_ELIMIT,
				       "more than %u bytes; record from the "
				       "head with --ray-address",
				       INPUT_MAX);
	}
}

/* No protobuf message of ours begins with a bracket. */
static bool is_json(const struct rt_buf *all)
{
	char first = all->data[strspn(all->data, " \t\r\n")];

	return first == '[' || first == '{';
}

static enum rt_status from_text(const struct rt_buf *all, struct recording *rec,
				struct rt_error *err)
{
	cJSON *doc;
	enum rt_status status = rt_json_parse(all->data, all->len, &doc, err);

	if (status)
		return status;
	status = record_state(doc, rec, err);
	cJSON_Delete(doc);
	return status;
}

static enum rt_status from_input(struct recording *rec, struct rt_error *err)
{
	struct rt_buf all = RT_BUF(INPUT_MAX);
	struct gcs_history history;
	enum rt_status status = read_input(&all, err);

	if (!status && all.len == 0)
		status = rt_fail(err, RT_EINPUT,
				 "is empty; name a head with --ray-address");
	if (status)
		goto out;
	if (is_json(&all)) {
		status = from_text(&all, rec, err);
		goto out;
	}
	if (gcs_history_unpack(all.data, all.len, rec->arena, &history, NULL))
		status = rt_fail(err, RT_EINPUT,
				 "neither JSON nor a GetTaskEventsReply");
	else
		record_gcs(&history, rec);
out:
	rt_buf_free(&all);
	return status ? rt_wrap(err, "standard input") : RT_OK;
}

/* ---- writing ------------------------------------------------------------ */

static bool write_rows(const struct recording *rec,
		       const struct record_rows *rows, FILE *to)
{
	bool good = true;

	for (uint32_t i = 0; good && i < rows->len; i++) {
		cJSON *line = record_row_encode(rec, &rows->at[i]);
		char *text = cJSON_PrintUnformatted(line);
		good = fprintf(to, "%s\n", text) > 0;
		cJSON_free(text);
		cJSON_Delete(line);
	}
	return good && fflush(to) == 0;
}

static enum rt_status write_trace(const struct recording *rec,
				  const struct record_rows *rows,
				  const char *path, struct rt_error *err)
{
	FILE *to = path ? fopen(path, "w") : stdout;
	bool good = to && write_rows(rec, rows, to);

	if (to && to != stdout)
		good = fclose(to) == 0 && good;
	if (!good)
		return rt_fail(err, RT_EIO, "%s: %s",
			       path ? path : "standard output",
			       strerror(errno));
	return RT_OK;
}

static void tell(const struct recording *rec, const struct record_rows *rows)
{
	fprintf(stderr,
		"recorded %llu tasks (%llu of them failed), %llu actors, %llu "
		"placement groups; left out: %llu calls of actors, "
		"%llu that wait or run, %llu that never ran\n",
		(unsigned long long)rows->tasks,
		(unsigned long long)rows->failed,
		(unsigned long long)rows->actors,
		(unsigned long long)rows->gangs,
		(unsigned long long)rows->calls,
		(unsigned long long)rows->unfinished,
		(unsigned long long)rows->unstarted);
	if (rec->lost > 0)
		fprintf(stderr,
			"the trace has gaps: %llu more attempts are not in "
			"what Ray gave\n",
			(unsigned long long)rec->lost);
}

static enum rt_status record(const struct trace_record_conf *conf,
			     struct rt_error *err)
{
	struct recording rec = { .arena = rt_arena_new(),
				 .names = rt_names_new() };
	struct record_rows rows;
	enum rt_status status = conf->address
					? from_head(conf->address, &rec, err)
					: from_input(&rec, err);

	if (!status)
		status = record_rows(&rec, &rows, err);
	if (!status)
		status = write_trace(&rec, &rows, conf->out, err);
	if (!status)
		tell(&rec, &rows);
	rt_names_free(&rec.names);
	rt_arena_free(&rec.arena);
	return status;
}

int main(int argc, char **argv)
{
	struct trace_record_conf conf = { 0 };
	struct rt_error err = { 0 };
	enum rt_status status = trace_record_parse(&conf, argc, argv, &err);

	if (!status)
		status = record(&conf, &err);
	if (status)
		fprintf(stderr, "raytide: %s\n", err.text);
	return rt_status_exit_code(status);
}
