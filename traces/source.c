/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.c - one row of functions for each kind of archive.  zlib and libzstd
 * are fed from a buffer of the file's bytes; libzip reads the file itself, as
 * the list of what is in an archive stands at its end.
 */
#include "traces/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <zip.h>
#include <zlib.h>
#include <zstd.h>

#include "core/base/error.h"
#include "core/base/mem.h"

#define IN_SIZE ((size_t)1 << 16)
#define ZSTD_WINDOW_LOG_MAX 27 /* 128 MiB: what `zstd` itself takes */

struct packing {
	const char *name;
	const char *magic;
	size_t magic_len;
	enum rt_status (*open)(struct trace_source *, struct rt_error *err);
	enum rt_status (*read)(struct trace_source *, char *to, size_t size,
			       size_t *len, struct rt_error *err);
	void (*close)(struct trace_source *);
};

struct trace_source {
	const char *path; /* as errors name it */
	int fd;
	const struct packing *packing;
	bool at_eof; /* of the file */
	bool cut;    /* it ended too early */
	size_t start, end;
	unsigned char in[IN_SIZE];
	z_stream gzip;
	bool between; /* members of a gzip file, frames of a Zstandard one */
	ZSTD_DCtx *zstd;
	zip_t *zip;
	zip_file_t *member;
};

static enum rt_status read_file(struct trace_source *s, void *to, size_t size,
				size_t *len, struct rt_error *err)
{
	ssize_t n;

	do
		n = read(s->fd, to, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return rt_fail(err, errno == EISDIR ? RT_EINPUT : RT_EIO,
			       "%s: cannot be read: %s", s->path,
			       strerror(errno));
	*len = (size_t)n;
	return RT_OK;
}

/* Some bytes at `start`, unless the file is at its end. */
static enum rt_status fill(struct trace_source *s, struct rt_error *err)
{
	size_t n = 0;

	if (s->start < s->end || s->at_eof)
		return RT_OK;
	s->start = s->end = 0;
	enum rt_status status = read_file(s, s->in, IN_SIZE, &n, err);
	s->end = n;
	s->at_eof = n == 0;
	return status;
}

static enum rt_status damaged(const struct trace_source *s, const char *why,
			      struct rt_error *err)
{
	return rt_fail(err, RT_EINPUT, "%s: the %s archive is damaged: %s",
		       s->path, s->packing->name, why);
}

static enum rt_status cut_short(struct trace_source *s, struct rt_error *err)
{
	s->cut = true;
	return damaged(s, "it is cut short", err);
}

/* ---- not packed --------------------------------------------------------- */

static enum rt_status plain_read(struct trace_source *s, char *to, size_t size,
				 size_t *len, struct rt_error *err)
{
	size_t n = s->end - s->start;

	if (n == 0)
		return read_file(s, to, size, len, err);
	*len = n < size ? n : size;
	memcpy(to, s->in + s->start, *len);
	s->start += *len;
	return RT_OK;
}

/* ---- gzip --------------------------------------------------------------- */

static enum rt_status gzip_open(struct trace_source *s, struct rt_error *err)
{
	(void)err;
	if (inflateInit2(&s->gzip, MAX_WBITS + 16) != Z_OK)
		rt_oom();
	return RT_OK;
}

/* Between two members there may be zeros. */
static void skip_zeros(struct trace_source *s)
{
	while (s->between && s->start < s->end && s->in[s->start] == 0)
		s->start++;
}

static enum rt_status gzip_read(struct trace_source *s, char *to, size_t size,
				size_t *len, struct rt_error *err)
{
	enum rt_status status;

	*len = 0;
	while (*len == 0) {
		if ((status = fill(s, err)))
			return status;
		skip_zeros(s);
		if (s->start == s->end && s->at_eof)
			return s->between ? RT_OK : cut_short(s, err);
		if (s->start == s->end)
			continue;
		s->between = false;
		s->gzip.next_in = s->in + s->start;
		s->gzip.avail_in = (uInt)(s->end - s->start);
		s->gzip.next_out = (unsigned char *)to;
		s->gzip.avail_out = (uInt)size;
		int answer = inflate(&s->gzip, Z_NO_FLUSH);
		s->start = s->end - s->gzip.avail_in;
		*len = size - s->gzip.avail_out;
		if (answer == Z_STREAM_END) {
			s->between = true;
			inflateReset(&s->gzip);
		} else if (answer == Z_MEM_ERROR) {
			rt_oom();
		} else if (answer != Z_OK && answer != Z_BUF_ERROR) {
			return damaged(
				s, s->gzip.msg ? s->gzip.msg : "no gzip data",
				err);
		}
	}
	return RT_OK;
}

static void gzip_close(struct trace_source *s)
{
	inflateEnd(&s->gzip);
}

/* ---- Zstandard ---------------------------------------------------------- */

static enum rt_status zstd_open(struct trace_source *s, struct rt_error *err)
{
	(void)err;
	s->zstd = ZSTD_createDCtx();
	if (!s->zstd)
		rt_oom();
	ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax,
			       ZSTD_WINDOW_LOG_MAX);
	return RT_OK;
}

static enum rt_status zstd_read(struct trace_source *s, char *to, size_t size,
				size_t *len, struct rt_error *err)
{
	ZSTD_outBuffer out = { to, size, 0 };

	while (out.pos == 0) {
		enum rt_status status = fill(s, err);
		if (status)
			return status;
		ZSTD_inBuffer in = { s->in, s->end, s->start };
		size_t answer = ZSTD_decompressStream(s->zstd, &out, &in);
		if (ZSTD_isError(answer))
			return damaged(s, ZSTD_getErrorName(answer), err);
		bool stuck = s->start == s->end && s->at_eof && out.pos == 0;
		s->start = in.pos;
		/* With nothing put in it asks for the next frame's header. */
		if (stuck)
			break;
		s->between = answer == 0;
	}
	*len = out.pos;
	return out.pos > 0 || s->between ? RT_OK : cut_short(s, err);
}

static void zstd_close(struct trace_source *s)
{
	ZSTD_freeDCtx(s->zstd);
}

/* ---- zip ---------------------------------------------------------------- */

/* The one file among the entries, folders aside. */
static enum rt_status find_member(struct trace_source *s, zip_uint64_t *member,
				  struct rt_error *err)
{
	zip_int64_t entries = zip_get_num_entries(s->zip, 0);
	zip_int64_t files = 0;

	for (zip_int64_t i = 0; i < entries; i++) {
		const char *name = zip_get_name(s->zip, (zip_uint64_t)i, 0);
		size_t len = name ? strlen(name) : 0;
		if (len && name[len - 1] == '/')
			continue;
		*member = (zip_uint64_t)i;
		files++;
	}
	if (files == 1)
		return RT_OK;
	return rt_fail(err, RT_EINPUT,
		       "%s: the zip archive holds %lld files; unpack it and "
		       "name the one that is meant",
		       s->path, (long long)files);
}

static enum rt_status zip_begin(struct trace_source *s, struct rt_error *err)
{
	zip_uint64_t member = 0;
	zip_error_t why;
	int code, fd = dup(s->fd);

	if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		return rt_fail(err, RT_EINPUT,
			       "%s: a zip archive cannot be read from a pipe; "
			       "name the file",
			       s->path);
	}
	s->zip = zip_fdopen(fd, 0, &code);
	if (!s->zip) {
		close(fd);
		zip_error_init_with_code(&why, code);
		damaged(s, zip_error_strerror(&why), err);
		zip_error_fini(&why);
		return RT_EINPUT;
	}
	enum rt_status status = find_member(s, &member, err);
	if (status)
		return status;
	s->member = zip_fopen_index(s->zip, member, 0);
	return s->member ? RT_OK : damaged(s, zip_strerror(s->zip), err);
}

static enum rt_status zip_read(struct trace_source *s, char *to, size_t size,
			       size_t *len, struct rt_error *err)
{
	zip_int64_t n = zip_fread(s->member, to, size);

	if (n < 0)
		return damaged(s, zip_file_strerror(s->member), err);
	*len = (size_t)n;
	return RT_OK;
}

static void zip_end(struct trace_source *s)
{
	if (s->member)
		zip_fclose(s->member);
	if (s->zip)
		zip_discard(s->zip);
}

/* ---- all of them -------------------------------------------------------- */

static const struct packing packings[] = {
	{ "gzip", "\x1F\x8B", 2, gzip_open, gzip_read, gzip_close },
	{ "Zstandard", "\x28\xB5\x2F\xFD", 4, zstd_open, zstd_read,
	  zstd_close },
	/* What parallel compressors put first, to be skipped. */
	{ "Zstandard", "\x50\x2A\x4D\x18", 4, zstd_open, zstd_read,
	  zstd_close },
	{ "zip", "PK\x03\x04", 4, zip_begin, zip_read, zip_end },
	{ "zip", "PK\x05\x06", 4, zip_begin, zip_read, zip_end }, /* empty */
	{ "", "", 0, NULL, plain_read, NULL },
};

/* A pipe may give the first bytes one by one. */
static enum rt_status look(struct trace_source *s, struct rt_error *err)
{
	const size_t enough = 4;
	size_t n;

	while (s->end < enough && !s->at_eof) {
		enum rt_status status =
			read_file(s, s->in + s->end, IN_SIZE - s->end, &n, err);
		if (status)
			return status;
		s->end += n;
		s->at_eof = n == 0;
	}
	s->packing = packings;
	while (s->packing->magic_len > s->end ||
	       memcmp(s->in, s->packing->magic, s->packing->magic_len) != 0)
		s->packing++;
	return s->packing->open ? s->packing->open(s, err) : RT_OK;
}

enum rt_status trace_source_open(struct trace_source **out, const char *path,
				 struct rt_error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	*out = NULL;
	if (fd < 0)
		return rt_fail(err, RT_EINPUT, "%s: cannot be opened: %s", path,
			       strerror(errno));
	struct trace_source *s = rt_calloc(1, sizeof *s);
	s->path = is_stdin ? "standard input" : path;
	s->fd = fd;
	enum rt_status status = look(s, err);
	if (status)
		trace_source_close(&s);
	*out = s;
	return status;
}

void trace_source_close(struct trace_source **source)
{
	struct trace_source *s = *source;

	if (!s)
		return;
	if (s->packing && s->packing->close)
		s->packing->close(s);
	if (s->fd != STDIN_FILENO)
		close(s->fd);
	rt_free(s);
	*source = NULL;
}

enum rt_status trace_source_read(struct trace_source *s, char *to, size_t size,
				 size_t *len, struct rt_error *err)
{
	return s->packing->read(s, to, size, len, err);
}

bool trace_source_is_cut(const struct trace_source *s)
{
	return s->cut;
}
