/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_write.c - writes beside the file and renames.
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
	int why = errno;

	if (file->stream)
		fclose(file->stream);
	if (file->temporary[0])
		remove(file->temporary);
	return rt_fail(err, RT_EIO, "%s: cannot be written: %s", file->path,
		       strerror(why));
}

static enum rt_status file_open(struct file *file, const char *dir,
				const char *name, struct rt_error *err)
{
	*file = (struct file){ 0 };
	int len = snprintf(file->path, sizeof file->path, "%s/%s", dir, name);
	if (len < 0 || len >= PATH_MAX - 8)
		return rt_fail(err, RT_EINPUT, "%s: the path is too long", dir);
	memcpy(file->temporary, file->path, (size_t)len);
	strcpy(file->temporary + len, ".new");
	file->stream = fopen(file->temporary, "we");
	if (file->stream)
		return RT_OK;
	file->temporary[0] = '\0';
	return fail(file, err);
}

static enum rt_status file_close(struct file *file, struct rt_error *err)
{
	if (ferror(file->stream) || fflush(file->stream) != 0)
		return fail(file, err);
	int closed = fclose(file->stream);
	file->stream = NULL;
	if (closed != 0 || rename(file->temporary, file->path) != 0)
		return fail(file, err);
	return RT_OK;
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

static enum rt_status write_jobs(const char *dir,
				 const struct sim_result *result,
				 const struct trace *trace,
				 struct rt_error *err)
{
	struct rt_buf line = RT_BUF(RT_LINE_MAX * 3);
	struct file file;

	if (file_open(&file, dir, "jobs.csv", err))
		return err->status;
	fputs(sim_report_jobs_header, file.stream);
	for (uint32_t i = 0; i < result->jobs_len; i++) {
		rt_buf_clear(&line);
		sim_report_job(result, trace, i, &line);
		fputs(line.data, file.stream);
	}
	rt_buf_free(&line);
	return file_close(&file, err);
}

enum rt_status sim_write(const char *dir, const struct sim_result *result,
			 const struct trace *trace, const char *summary,
			 struct rt_error *err)
{
	struct file file;

	if (write_jobs(dir, result, trace, err) ||
	    file_open(&file, dir, "summary.json", err))
		return err->status;
	fprintf(file.stream, "%s\n", summary);
	return file_close(&file, err);
}
