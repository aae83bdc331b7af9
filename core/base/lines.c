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
	int fd; /* -1: `bytes` are of somebody else */
	struct rt_bytes bytes;
	char *path; /* as errors name it */
	uint64_t number;
	char *data;
	size_t start, seen, end; /* of `data`; no line end before `seen` */
	size_t size;
	bool at_eof;
};

static enum rt_status read_fd(void *from, char *to, size_t size, size_t *len,
			      struct rt_error *err)
{
	struct rt_lines *lines = from;
	ssize_t n;

	do
		n = read(lines->fd, to, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return rt_fail(err, errno == EISDIR ? RT_EINPUT : RT_EIO,
			       "%s:%" PRIu64 ": cannot be read: %s",
			       lines->path, lines->number, strerror(errno));
	*len = (size_t)n;
	return RT_OK;
}

static struct rt_lines *lines_new(int fd, const char *path)
{
	struct rt_lines *lines = rt_calloc(1, sizeof *lines);

	lines->fd = fd;
	lines->bytes = (struct rt_bytes){ lines, read_fd };
	lines->path =
		rt_strdup(strcmp(path, "-") == 0 ? "standard input" : path);
	lines->size = FIRST_SIZE;
	lines->data = rt_realloc(NULL, lines->size);
	return lines;
}

enum rt_status rt_lines_open(struct rt_lines **out, const char *path,
			     struct rt_error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	*out = NULL;
	if (fd < 0)
		return rt_fail(err, RT_EINPUT, "%s: cannot be opened: %s", path,
			       strerror(errno));
	*out = lines_new(fd, path);
	return RT_OK;
}

struct rt_lines *rt_lines_over(struct rt_bytes bytes, const char *path)
{
	struct rt_lines *lines = lines_new(-1, path);

	lines->bytes = bytes;
	return lines;
}

void rt_lines_close(struct rt_lines **lines)
{
	if (!*lines)
		return;
	if ((*lines)->fd >= 0 && (*lines)->fd != STDIN_FILENO)
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
	size_t n = 0;

	make_room(lines);
	enum rt_status status =
		lines->bytes.read(lines->bytes.from, lines->data + lines->end,
				  lines->size - lines->end - 1, &n, err);
	lines->at_eof = n == 0;
	lines->end += n;
	return status;
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
			*end = lines->data + lines->end;
			if (lines->fd < 0)
				return RT_OK;
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
