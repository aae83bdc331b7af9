/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - raytide trace record: a command line that is understood is handed
 * to the program beside this one.
 */
#include "cli/trace/record.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/trace/trace.h"
#include "core/base/opt.h"

#define PROGRAM "raytide-trace-record"

static enum rt_status take_address(void *conf, const char *value,
				   struct rt_error *err)
{
	const char *colon = strrchr(value, ':');

	if (!colon || colon == value || !colon[1] || strchr(value, '/'))
		return rt_fail(err, RT_EINPUT,
			       "%s: not HOST:PORT, like 127.0.0.1:6379", value);
	((struct trace_record_conf *)conf)->address = value;
	return RT_OK;
}

static enum rt_status take_out(void *conf, const char *value,
			       struct rt_error *err)
{
	(void)err;
	((struct trace_record_conf *)conf)->out = value;
	return RT_OK;
}

const struct rt_option trace_record_options[] = {
	{ "ray-address", "HOST:PORT",
	  "ask the GCS of this head; Ray's variables for tokens and TLS are\n"
	  "obeyed.  Without it, standard input is read: JSON of the State\n"
	  "API (/api/v0/tasks?detail=1, or `ray list tasks --detail --format\n"
	  "json`), or the protobuf of a GetTaskEventsReply; which one it is\n"
	  "is seen from its start",
	  take_address },
	{ "out", "FILE", "write the trace there (standard output)", take_out },
	{ 0 },
};

enum rt_status trace_record_parse(struct trace_record_conf *conf, int argc,
				  char **argv, struct rt_error *err)
{
	int operands;
	enum rt_status status = rt_opt_parse(trace_record_options, argc, argv,
					     conf, &operands, err);

	if (!status && operands)
		return rt_fail(err, RT_EINPUT,
			       "%s: not understood; it is `raytide trace "
			       "record`",
			       argv[1]);
	return status;
}

/* Where this program is, there the other one is, too. */
static void find_program(char path[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);

	self[len > 0 ? len : 0] = '\0';
	char *slash = strrchr(self, '/');
	int folder = slash ? (int)(slash + 1 - self) : 0;
	snprintf(path, PATH_MAX, "%.*s" PROGRAM, folder, self);
}

enum rt_status trace_record(int argc, char **argv, struct rt_error *err)
{
	struct trace_record_conf conf = { 0 };
	char path[PATH_MAX];
	enum rt_status status = trace_record_parse(&conf, argc, argv, err);

	if (status)
		return status;
	find_program(path);
	execv(path, argv);
	return rt_fail(err, RT_EIO, "%s: cannot be started: %s", path,
		       strerror(errno));
}
