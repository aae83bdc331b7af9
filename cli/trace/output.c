/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.c - a file is written beside its place and moved there at the end; a
 * pipe or a device stays where it is and is written to.
 */
#include "cli/trace/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/error.h"
#include "traces/native.h"

#define FLUSH_SIZE ((size_t)1 << 16)

static enum rt_status fail(const struct trace_output *out, struct rt_error *err)
{
	return rt_fail(err, RT_EIO, "%s: cannot be written: %s",
		       out->path ? out->path : "standard output",
		       strerror(errno));
}

static bool is_special(const char *path)
{
	struct stat is;

	return stat(path, &is) == 0 && !S_ISREG(is.st_mode) &&
	       !S_ISDIR(is.st_mode);
}

enum rt_status trace_output_open(struct trace_output *out, const char *path,
				 struct rt_error *err)
{
	*out = (struct trace_output){ .path = path,
				      .stream = stdout,
				      .text = RT_BUF(RT_LINE_MAX * 4u) };
	if (!path)
		return RT_OK;
	bool moved = !is_special(path);
	int len = snprintf(out->temporary, sizeof out->temporary, "%s%s", path,
			   moved ? ".new" : "");
	if (len < 0 || (size_t)len >= sizeof out->temporary) {
		out->stream = NULL;
		return rt_fail(err, RT_EINPUT,
			       "%.100s...: the path is too long", path);
	}
	out->stream = fopen(out->temporary, "we");
	if (!moved)
		out->temporary[0] = '\0';
	return out->stream ? RT_OK : fail(out, err);
}

static enum rt_status flush(struct trace_output *out, struct rt_error *err)
{
	size_t len = out->text.len;

	if (len && fwrite(out->text.data, 1, len, out->stream) != len)
		return fail(out, err);
	rt_buf_clear(&out->text);
	return RT_OK;
}

enum rt_status trace_output_job(struct trace_output *out,
				const struct trace_facts *facts,
				const struct trace_job *job,
				struct rt_error *err)
{
	native_write(facts, job, &out->text);
	return out->text.len < FLUSH_SIZE ? RT_OK : flush(out, err);
}

enum rt_status trace_output_text(struct trace_output *out, const char *text,
				 struct rt_error *err)
{
	rt_buf_add(&out->text, text, strlen(text));
	return flush(out, err);
}

enum rt_status trace_output_publish(struct trace_output *out,
				    struct rt_error *err)
{
	enum rt_status status = flush(out, err);

	if (status)
		return status;
	if (fflush(out->stream) != 0 || ferror(out->stream))
		return fail(out, err);
	if (out->temporary[0] && rename(out->temporary, out->path) != 0)
		return fail(out, err);
	return RT_OK;
}

void trace_output_close(struct trace_output *out)
{
	rt_buf_free(&out->text);
	if (!out->path || !out->stream)
		return;
	fclose(out->stream);
	if (out->temporary[0])
		remove(out->temporary);
}
