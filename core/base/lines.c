/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.c - lines out of a buffer that is read into at its end and taken from
 * at its start.  It grows only for a line that does not fit, and what a pipe
 * has is handed on at once, so a peer may wait for the answer to each line.
 */
#include "core/base/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/mem.h"

#define FIRST_SIZE ((size_t)1 << 16)

struct rt_lines {
	int fd;
	char *path; /* as errors name it */
	uint64_t number;
	char *data;
	size_t start, seen, end; /* of `data`; no line end before `seen` */
	size_t size;
	bool at_eof;
};

enum rt_status rt_lines_open(struct rt_lines **out, const char *path,
			     struct rt_error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	*out = NULL;
	if (fd < 0)
		return rt_fail(err, RT_EINPUT, "%s: cannot be opened: %s", path,
			       strerror(errno));
	struct rt_lines *lines = rt_calloc(1, sizeof *lines);
	lines->fd = fd;
	lines->path = rt_strdup(is_stdin ? "standard input" : path);
	lines->size = FIRST_SIZE;
	lines->data = rt_realloc(NULL, lines->size);
	*out = lines;
	return RT_OK;
}

void rt_lines_close(struct rt_lines **lines)
{
	if (!*lines)
		return;
	if ((*lines)->fd != STDIN_FILENO)
		close((*lines)->fd);
	rt_free((*lines)->path);
	rt_free((*lines)->data);
	rt_free(*lines);
	*lines = NULL;
}

uint64_t rt_lines_number(const struct rt_lines *lines)
{
	return lines->number;
}

const char *rt_lines_path(const struct rt_lines *lines)
{
	return lines->path;
}

/* Room behind the last byte, for one more and a NUL. */
static void make_room(struct rt_lines *lines)
{
	if (lines->start > 0) {
		lines->end -= lines->start;
		lines->seen -= lines->start;
		memmove(lines->data, lines->data + lines->start, lines->end);
		lines->start = 0;
	}
	if (lines->end + 1 < lines->size)
		return;
	lines->size *= 2;
	lines->data = rt_realloc(lines->data, lines->size);
}

static enum rt_status read_more(struct rt_lines *lines, struct rt_error *err)
{
	make_room(lines);
	ssize_t n;
	do
		n = read(lines->fd, lines->data + lines->end,
			 lines->size - lines->end - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return rt_fail(err, errno == EISDIR ? RT_EINPUT : RT_EIO,
			       "%s:%" PRIu64 ": cannot be read: %s",
			       lines->path, lines->number, strerror(errno));
	lines->at_eof = n == 0;
	lines->end += (size_t)n;
	return RT_OK;
}

/* Finds the end of the line at `start`, reading as needed.  Of a line that is
 * too long only the last part is kept. */
static enum rt_status find_end(struct rt_lines *lines, char **end,
			       bool *too_long, struct rt_error *err)
{
	for (;;) {
		*end = memchr(lines->data + lines->seen, '\n',
			      lines->end - lines->seen);
		lines->seen = lines->end;
		if (*end)
			return RT_OK;
		if (lines->at_eof) {
			*end = lines->data + lines->end;
			return RT_OK;
		}
		if (lines->end - lines->start > RT_LINE_MAX) {
			*too_long = true;
			lines->start = lines->end;
		}
		enum rt_status status = read_more(lines, err);
		if (status)
			return status;
	}
}

enum rt_status rt_lines_next(struct rt_lines *lines, char **line,
			     struct rt_error *err)
{
	*line = NULL;
	lines->number++;
	char *end;
	bool too_long = false;
	enum rt_status status = find_end(lines, &end, &too_long, err);
	if (status)
		return status;
	char *start = lines->data + lines->start;
	size_t len = (size_t)(end - start);
	bool ended = end < lines->data + lines->end;
	lines->start += len + ended;
	lines->seen = lines->start;
	if (!len && !ended && !too_long) {
		lines->number--;
		return RT_OK;
	}
	if (lines->number == 1 && len >= 3 &&
	    memcmp(start, "\xEF\xBB\xBF", 3) == 0) {
		start += 3;
		len -= 3;
	}
	*line = start; /* good or bad, it is behind us */
	if (too_long || len > RT_LINE_MAX)
		return rt_fail(err, RT_ELIMIT,
			       "%s:%" PRIu64 ": the line is longer than %u MiB",
			       lines->path, lines->number, RT_LINE_MAX >> 20);
	if (memchr(start, '\0', len))
		return rt_fail(err, RT_EINPUT,
			       "%s:%" PRIu64 ": a NUL byte; is this a text?",
			       lines->path, lines->number);
	if (len && start[len - 1] == '\r')
		len--;
	start[len] = '\0';
	return RT_OK;
}
