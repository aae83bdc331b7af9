/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.c - archives are unpacked by traces/source.h; what is cut short there
 * is no error here.
 */
#include "cli/replay/input.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/mem.h"
#include "traces/source.h"

struct input {
	uint32_t len, at; /* `at`: of the next file */
	char **paths;
	struct trace_source *source;
	struct rt_lines *lines; /* NULL: no file is open */
	bool over;              /* all of the file was read, */
	bool ends;              /* and its last byte ends a line */
};

static enum rt_status add_path(struct input *in, const char *folder,
			       const char *name, struct rt_error *err)
{
	char path[4096];
	int len = snprintf(path, sizeof path, "%s%s%s", folder,
			   *folder ? "/" : "", name);

	if (len < 0 || (size_t)len >= sizeof path)
		return rt_fail(err, RT_EINPUT, "%.200s: too long for a path",
			       folder);
	in->paths = rt_realloc(in->paths, (in->len + 1) * sizeof *in->paths);
	in->paths[in->len++] = rt_strdup(path);
	return RT_OK;
}

static int is_recording(const struct dirent *entry)
{
	const char *dot = strstr(entry->d_name, ".jsonl");

	return dot && (!dot[6] || strcmp(dot + 6, ".zst") == 0 ||
		       strcmp(dot + 6, ".gz") == 0);
}

static enum rt_status add_folder(struct input *in, const char *folder,
				 struct rt_error *err)
{
	struct dirent **found;
	int len = scandir(folder, &found, is_recording, alphasort);
	enum rt_status status = RT_OK;

	if (len < 0)
		return rt_fail(err, RT_EINPUT, "%s: cannot be read: %s", folder,
			       strerror(errno));
	for (int i = 0; i < len; i++) {
		if (!status)
			status = add_path(in, folder, found[i]->d_name, err);
		free(found[i]);
	}
	free(found);
	if (!status && len == 0)
		status = rt_fail(err, RT_EINPUT,
				 "%s: no recording in it; its files are "
				 "called *.jsonl.zst",
				 folder);
	return status;
}

enum rt_status input_open(struct input **out, const char *path,
			  struct rt_error *err)
{
	struct stat found;
	struct input *in = rt_calloc(1, sizeof *in);
	bool is_folder = stat(path, &found) == 0 && S_ISDIR(found.st_mode);
	enum rt_status status = is_folder ? add_folder(in, path, err)
					  : add_path(in, "", path, err);

	if (status)
		input_close(&in);
	*out = in;
	return status;
}

static void close_file(struct input *in)
{
	rt_lines_close(&in->lines);
	trace_source_close(&in->source);
}

void input_close(struct input **slot)
{
	struct input *in = *slot;

	if (!in)
		return;
	close_file(in);
	for (uint32_t i = 0; i < in->len; i++)
		rt_free(in->paths[i]);
	rt_free(in->paths);
	rt_free(in);
	*slot = NULL;
}

static enum rt_status read_bytes(void *from, char *to, size_t size, size_t *len,
				 struct rt_error *err)
{
	struct input *in = from;
	enum rt_status status =
		trace_source_read(in->source, to, size, len, err);

	if (status && trace_source_is_cut(in->source)) {
		*len = 0;
		status = RT_OK;
	}
	in->over = !status && !*len;
	if (!status && *len)
		in->ends = to[*len - 1] == '\n';
	return status;
}

static enum rt_status next_file(struct input *in, struct rt_error *err)
{
	const char *path = in->paths[in->at];
	enum rt_status status = trace_source_open(&in->source, path, err);

	in->at++;
	in->over = false;
	in->ends = true;
	if (!status)
		in->lines = rt_lines_over((struct rt_bytes){ in, read_bytes },
					  path);
	return status;
}

enum rt_status input_next(struct input *in, char **line, struct rt_error *err)
{
	enum rt_status status;

	*line = NULL;
	while (in->lines || in->at < in->len) {
		if (!in->lines && (status = next_file(in, err)))
			return status;
		if ((status = rt_lines_next(in->lines, line, err)) || *line)
			return status;
		if (!rt_lines_number(in->lines))
			return rt_fail(err, RT_EINPUT, "%s: it is empty",
				       input_file(in));
		close_file(in);
	}
	return RT_OK;
}

const char *input_file(const struct input *in)
{
	return in->at ? in->paths[in->at - 1] : "";
}

uint32_t input_files(const struct input *in)
{
	return in->at;
}

/* An unfinished line is the last of its file, and what is wrong with it is that
 * it is not whole. */
enum rt_status input_wrong(const struct input *in, struct rt_error *err)
{
	if (in->over && !in->ends)
		return rt_fail(err, RT_EINPUT,
			       "%s:%" PRIu64 ": the line is cut short; those "
			       "before it are whole",
			       input_file(in), rt_lines_number(in->lines));
	return rt_wrap(err, "%s:%" PRIu64, input_file(in),
		       rt_lines_number(in->lines));
}
