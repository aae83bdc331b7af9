/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_write.c - both files are written beside their places and only then moved
 * there.
 */
#include "cli/sim_write.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "sim/report.h"

struct file {
	char path[PATH_MAX];
	char temporary[PATH_MAX];
	FILE *stream;
};

static enum rt_status fail(const struct file *file, struct rt_error *err)
{
	return rt_fail(err, RT_EIO, "%s: cannot be written: %s", file->path,
		       strerror(errno));
}

static enum rt_status file_open(struct file *file, const char *dir,
				const char *name, struct rt_error *err)
{
	int len = snprintf(file->path, sizeof file->path, "%s/%s", dir, name);

	if (len < 0 || len >= PATH_MAX - 8)
		return rt_fail(err, RT_EINPUT, "%s: the path is too long", dir);
	memcpy(file->temporary, file->path, (size_t)len);
	strcpy(file->temporary + len, ".new");
	file->stream = fopen(file->temporary, "we");
	return file->stream ? RT_OK : fail(file, err);
}

/* All of it is on its way to the disk. */
static enum rt_status file_flush(struct file *file, struct rt_error *err)
{
	if (ferror(file->stream) || fflush(file->stream) != 0)
		return fail(file, err);
	return RT_OK;
}

static enum rt_status file_publish(struct file *file, struct rt_error *err)
{
	if (rename(file->temporary, file->path) != 0)
		return fail(file, err);
	return RT_OK;
}

/* What was not published is gone. */
static void file_close(struct file *file)
{
	if (!file->stream)
		return;
	fclose(file->stream);
	remove(file->temporary);
}

enum rt_status sim_write_dir(const char *dir, struct rt_error *err)
{
	struct stat st;

	if (mkdir(dir, 0777) == 0)
		return RT_OK;
	int why = errno;
	if (why == EEXIST && stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
		return RT_OK;
	return rt_fail(err, RT_EINPUT, "%s: cannot be made a directory: %s",
		       dir, strerror(why));
}

static void write_jobs(FILE *to, const struct sim_result *result,
		       const struct trace *trace)
{
	struct rt_buf line = RT_BUF(RT_LINE_MAX * 3);

	fputs(sim_report_jobs_header, to);
	for (uint32_t i = 0; i < result->jobs_len; i++) {
		rt_buf_clear(&line);
		sim_report_job(result, trace, i, &line);
		fputs(line.data, to);
	}
	rt_buf_free(&line);
}

enum rt_status sim_write(const char *dir, const struct sim_result *result,
			 const struct trace *trace, const char *text,
			 struct rt_error *err)
{
	struct file jobs = { 0 }, summary = { 0 };
	enum rt_status status;

	if ((status = file_open(&jobs, dir, "jobs.csv", err)) ||
	    (status = file_open(&summary, dir, "summary.json", err)))
		goto out;
	write_jobs(jobs.stream, result, trace);
	fprintf(summary.stream, "%s\n", text);
	if (!(status = file_flush(&jobs, err)) &&
	    !(status = file_flush(&summary, err)) &&
	    !(status = file_publish(&jobs, err)))
		status = file_publish(&summary, err);
out:
	file_close(&jobs);
	file_close(&summary);
	return status;
}
