/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scribe_file.c - each text is flushed out of libzstd, so that a process that
 * is killed leaves all of them readable; what was said before is referred to,
 * so that rounds which are alike take little.
 */
#include "autoscaler/scribe_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <zstd.h>

#include "core/base/error.h"
#include "core/base/mem.h"

#define SUFFIX ".jsonl.zst"
#define SHARES 16 /* files that all are to consist of */
#define OUT_SIZE ((size_t)1 << 17)
#define LEVEL 1
#define WINDOW_LOG 22 /* 4 MiB to refer to */

struct scribe_file {
	const char *dir;
	uint64_t bytes_max;
	char stem[32]; /* DATE-TIME of this process */
	uint32_t part; /* the next one */
	int fd;        /* -1: none */
	char path[PATH_MAX];
	uint64_t bytes; /* of this file */
	uint64_t whole; /* of these, up to the end of the last text */
	ZSTD_CCtx *zstd;
	char out[OUT_SIZE];
};

uint64_t scribe_file_share(uint64_t bytes_max)
{
	return bytes_max / SHARES;
}

struct scribe_file *scribe_file_open(const char *dir, uint64_t bytes_max)
{
	struct scribe_file *f = rt_calloc(1, sizeof *f);
	time_t now = time(NULL);
	struct tm utc;
	f->dir = dir;
	f->bytes_max = bytes_max;
	f->fd = -1;
	f->zstd = ZSTD_createCCtx();
	if (!f->zstd)
		rt_oom();
	ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_windowLog, WINDOW_LOG);
	strftime(f->stem, sizeof f->stem, "%Y%m%d-%H%M%S",
		 gmtime_r(&now, &utc));
	return f;
}

/* ---- bytes --------------------------------------------------------------- */

static enum rt_status put(struct scribe_file *f, size_t len,
			  struct rt_error *err)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(f->fd, f->out + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return rt_fail(err, RT_EIO, "%s: %s", f->path,
				       strerror(errno));
		done += (size_t)n;
		f->bytes += (uint64_t)n;
	}
	return RT_OK;
}

static enum rt_status pack(struct scribe_file *f, const char *text, size_t len,
			   ZSTD_EndDirective how, struct rt_error *err)
{
	ZSTD_inBuffer in = { text, len, 0 };
	enum rt_status status = RT_OK;
	size_t left;
	do {
		ZSTD_outBuffer out = { f->out, OUT_SIZE, 0 };
		left = ZSTD_compressStream2(f->zstd, &out, &in, how);
		if (ZSTD_isError(left))
			return rt_fail(err, RT_EIO, "%s: %s", f->path,
				       ZSTD_getErrorName(left));
		status = put(f, out.pos, err);
	} while (left && !status);
	return status;
}

/* What is not whole is of no use. */
static void give_up(struct scribe_file *f)
{
	if (ftruncate(f->fd, (off_t)f->whole) != 0 || !f->whole)
		unlink(f->path);
	close(f->fd);
	f->fd = -1;
}

enum rt_status scribe_file_write(struct scribe_file *f, const char *text,
				 size_t len, struct rt_error *err)
{
	if (f->fd < 0)
		return rt_fail(err, RT_EIO, "%s: no file is open", f->dir);
	enum rt_status status = pack(f, text, len, ZSTD_e_flush, err);
	if (status)
		give_up(f);
	else
		f->whole = f->bytes;
	return status;
}

static void end_file(struct scribe_file *f)
{
	struct rt_error ignored; /* nothing is lost but the frame's end */
	if (f->fd < 0)
		return;
	if (!pack(f, "", 0, ZSTD_e_end, &ignored))
		f->whole = f->bytes;
	give_up(f);
}

uint64_t scribe_file_bytes(const struct scribe_file *f)
{
	return f->bytes;
}

void scribe_file_close(struct scribe_file **slot)
{
	struct scribe_file *f = *slot;
	if (!f)
		return;
	end_file(f);
	ZSTD_freeCCtx(f->zstd);
	rt_free(f);
	*slot = NULL;
}

/* ---- the folder ---------------------------------------------------------- */

/* 20260301-081500-0000.jsonl.zst */
static int is_ours(const struct dirent *entry)
{
	const char *form = "dddddddd-dddddd-", *name = entry->d_name;
	for (; *form; form++, name++)
		if (*form == 'd' ? *name < '0' || *name > '9' : *name != *form)
			return 0;
	size_t digits = strspn(name, "0123456789");
	return digits >= 4 && strcmp(name + digits, SUFFIX) == 0;
}

static int path_of(const struct scribe_file *f, const char *name,
		   char path[PATH_MAX])
{
	int len = snprintf(path, PATH_MAX, "%s/%s", f->dir, name);
	return len > 0 && len < PATH_MAX ? 0 : -1;
}

static uint64_t size_of(const struct scribe_file *f, const char *name)
{
	char path[PATH_MAX];
	struct stat found;
	if (path_of(f, name, path) || stat(path, &found))
		return 0;
	return (uint64_t)found.st_size;
}

/* The oldest come first in the order of the names. */
static void make_room(const struct scribe_file *f)
{
	struct dirent **names;
	uint64_t sum = scribe_file_share(f->bytes_max);
	int len = scandir(f->dir, &names, is_ours, alphasort);
	char path[PATH_MAX];
	for (int i = 0; i < len; i++)
		sum += size_of(f, names[i]->d_name);
	for (int i = 0; i < len; i++) {
		if (sum > f->bytes_max) {
			sum -= size_of(f, names[i]->d_name);
			if (!path_of(f, names[i]->d_name, path))
				unlink(path);
		}
		free(names[i]);
	}
	if (len >= 0)
		free(names);
}

static enum rt_status open_next(struct scribe_file *f, struct rt_error *err)
{
	char name[64];
	do {
		snprintf(name, sizeof name, "%s-%04" PRIu32 SUFFIX, f->stem,
			 f->part++);
		if (path_of(f, name, f->path))
			return rt_fail(err, RT_EIO, "%s: too long for a path",
				       f->dir);
		f->fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			     0644);
	} while (f->fd < 0 && errno == EEXIST);
	if (f->fd < 0)
		return rt_fail(err, RT_EIO, "%s: %s", f->path, strerror(errno));
	return RT_OK;
}

enum rt_status scribe_file_begin(struct scribe_file *f, struct rt_error *err)
{
	end_file(f);
	f->bytes = f->whole = 0;
	if (mkdir(f->dir, 0755) != 0 && errno != EEXIST)
		return rt_fail(err, RT_EIO, "%s: cannot be made: %s", f->dir,
			       strerror(errno));
	make_room(f);
	ZSTD_CCtx_reset(f->zstd, ZSTD_reset_session_only);
	return open_next(f, err);
}
