/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder.c - the files begin in a new folder beside the path, which then takes
 * its name; or, where there is one already, in a new one within it.
 */
#include "cli/report/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"

#define FILES_MAX 8
#define NAME_MAX_LEN 64

struct report_folder {
	char path[PATH_MAX];
	char staging[PATH_MAX + NAME_MAX_LEN];
	bool exists; /* the path, before us */
	bool published;
	const char *dropped; /* a name, or NULL */
	int files_len;
	struct {
		const char *name;
		FILE *stream;
	} files[FILES_MAX];
};

static enum rt_status fail(const struct report_folder *f, const char *name,
			   int why, struct rt_error *err)
{
	return rt_fail(err, RT_EIO, "%s/%s: cannot be written: %s", f->path,
		       name, strerror(why));
}

static enum rt_status make_staging(struct report_folder *f,
				   struct rt_error *err)
{
	mode_t mask = umask(0);

	umask(mask);
	snprintf(f->staging, sizeof f->staging, "%s%s%sXXXXXX", f->path,
		 f->exists ? "/" : "", REPORT_FOLDER_STAGING);
	if (mkdtemp(f->staging) && chmod(f->staging, 0777 & ~mask) == 0)
		return RT_OK;
	return rt_fail(err, RT_EINPUT, "%s: cannot be made a directory: %s",
		       f->path, strerror(errno));
}

enum rt_status report_folder_open(struct report_folder **out, const char *path,
				  struct rt_error *err)
{
	struct report_folder *f = rt_calloc(1, sizeof *f);
	size_t len = strlen(path);
	struct stat st;
	enum rt_status status = RT_OK;

	while (len > 1 && path[len - 1] == '/')
		len--;
	snprintf(f->path, sizeof f->path, "%.*s", (int)len, path);
	f->exists = stat(f->path, &st) == 0;
	if (len == 0 || len >= PATH_MAX)
		status = rt_fail(err, RT_EINPUT,
				 "%.40s: cannot be made a directory: %s", path,
				 strerror(len ? ENAMETOOLONG : ENOENT));
	else if (f->exists && !S_ISDIR(st.st_mode))
		status = rt_fail(err, RT_EINPUT,
				 "%s: cannot be made a directory: %s", f->path,
				 strerror(EEXIST));
	else
		status = make_staging(f, err);
	if (status)
		rt_free(f);
	else
		*out = f;
	return status;
}

static void staged(const struct report_folder *f, const char *name,
		   char out[PATH_MAX * 2])
{
	snprintf(out, PATH_MAX * 2, "%s/%s", f->staging, name);
}

enum rt_status report_folder_add(struct report_folder *f, const char *name,
				 FILE **to, struct rt_error *err)
{
	char path[PATH_MAX * 2];

	if (f->files_len == FILES_MAX)
		RT_BUG("too many files");
	staged(f, name, path);
	*to = fopen(path, "we");
	if (!*to)
		return fail(f, name, errno, err);
	f->files[f->files_len].name = name;
	f->files[f->files_len++].stream = *to;
	return RT_OK;
}

void report_folder_drop(struct report_folder *f, const char *name)
{
	f->dropped = name;
}

/* All of it is on its way to the disk. */
static enum rt_status flush(const struct report_folder *f, int i,
			    struct rt_error *err)
{
	FILE *stream = f->files[i].stream;

	errno = 0;
	if (fflush(stream) != 0 || ferror(stream))
		return fail(f, f->files[i].name, errno ? errno : EIO, err);
	return RT_OK;
}

/* What cannot be replaced is found before anything is. */
static enum rt_status check_place(const struct report_folder *f, int i,
				  struct rt_error *err)
{
	char path[PATH_MAX * 2];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s", f->path, f->files[i].name);
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return fail(f, f->files[i].name, EISDIR, err);
	return RT_OK;
}

static enum rt_status move(const struct report_folder *f, int i,
			   struct rt_error *err)
{
	char from[PATH_MAX * 2], to[PATH_MAX * 2];

	staged(f, f->files[i].name, from);
	snprintf(to, sizeof to, "%s/%s", f->path, f->files[i].name);
	if (rename(from, to) != 0)
		return fail(f, f->files[i].name, errno, err);
	return RT_OK;
}

enum rt_status report_folder_publish(struct report_folder *f,
				     struct rt_error *err)
{
	enum rt_status status = RT_OK;

	for (int i = 0; i < f->files_len && !status; i++)
		if (!(status = flush(f, i, err)))
			status = check_place(f, i, err);
	if (status)
		return status;
	if (!f->exists && rename(f->staging, f->path) == 0) {
		f->published = true;
		return RT_OK;
	}
	if (!f->exists) /* somebody else has made it meanwhile */
		return rt_fail(err, RT_EIO, "%s: cannot be written: %s",
			       f->path, strerror(errno));
	for (int i = 0; i < f->files_len && !status; i++)
		status = move(f, i, err);
	if (f->dropped && !status) {
		char path[PATH_MAX * 2];
		snprintf(path, sizeof path, "%s/%s", f->path, f->dropped);
		remove(path); /* or it was not there */
	}
	return status;
}

void report_folder_remove(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char file[PATH_MAX * 2];

	while (dir && (entry = readdir(dir))) {
		snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
		unlink(file); /* not "." and ".." */
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

void report_folder_close(struct report_folder **folder)
{
	struct report_folder *f = *folder;
	char path[PATH_MAX * 2];

	if (!f)
		return;
	for (int i = 0; i < f->files_len; i++) {
		fclose(f->files[i].stream);
		staged(f, f->files[i].name, path);
		if (!f->published)
			remove(path); /* or it was moved */
	}
	if (!f->published)
		rmdir(f->staging);
	rt_free(f);
	*folder = NULL;
}
