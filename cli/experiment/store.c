/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - the lock is one on the folder of runs, which ends with the process.
 */
#include "cli/experiment/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/report/folder.h"

void store_folder(const struct store *store, const char *id, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/runs/%s", store->path, id);
}

static enum rt_status make(const char *path, struct rt_error *err)
{
	struct stat st;

	if (mkdir(path, 0777) == 0 ||
	    (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return RT_OK;
	return rt_fail(err, RT_EINPUT, "%s: cannot be made a directory: %s",
		       path, strerror(errno));
}

/* What runs left that were killed in their midst. */
static void clear(const char *runs)
{
	DIR *dir = opendir(runs);
	struct dirent *entry;
	char path[PATH_MAX * 2];

	while (dir && (entry = readdir(dir))) {
		if (!strstr(entry->d_name, REPORT_FOLDER_STAGING))
			continue;
		snprintf(path, sizeof path, "%s/%s", runs, entry->d_name);
		report_folder_remove(path);
	}
	if (dir)
		closedir(dir);
}

static enum rt_status lock(struct store *store, const char *runs,
			   struct rt_error *err)
{
	store->lock = open(runs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->lock < 0)
		return rt_fail(err, RT_EIO, "%s: cannot be opened: %s", runs,
			       strerror(errno));
	if (flock(store->lock, LOCK_EX | LOCK_NB) != 0)
		return rt_fail(err, RT_EIO,
			       "%s: another program is at work there; wait for "
			       "it, or give another --out",
			       store->path);
	return RT_OK;
}

enum rt_status store_open(struct store *store, const char *path,
			  const char *experiment, struct rt_error *err)
{
	const char *slash = strrchr(experiment, '/');
	const char *dot = strrchr(slash ? slash : experiment, '.');
	char runs[PATH_MAX];
	int len;
	enum rt_status status;

	if (path)
		len = snprintf(store->path, sizeof store->path, "%s", path);
	else
		len = snprintf(store->path, sizeof store->path, "%.*s.results",
			       dot ? (int)(dot - experiment)
				   : (int)strlen(experiment),
			       experiment);
	if (len <= 0 || (size_t)len >= sizeof store->path)
		return rt_fail(err, RT_EINPUT, "--out: no path, or too long");
	snprintf(runs, sizeof runs, "%s/runs", store->path);
	if ((status = make(store->path, err)) || (status = make(runs, err)) ||
	    (status = lock(store, runs, err)))
		return status;
	clear(runs);
	report_folder_clear(store->path);
	return RT_OK;
}

void store_close(struct store *store)
{
	if (store->lock >= 0)
		close(store->lock);
}
