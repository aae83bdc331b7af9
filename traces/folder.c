/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder.c - the names are sorted, so that a process's parts and processes are
 * in the order of their times.
 */
#include "traces/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/error.h"

static bool ends_in(const char *name, const char *ending)
{
	size_t len = strlen(name), n = strlen(ending);

	return len > n && strcmp(name + len - n, ending) == 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum rt_status trace_folder_list(const char *path, struct rt_arena *arena,
				 const char *const **files, uint32_t *len,
				 struct rt_error *err)
{
	const char **list = NULL;
	uint32_t cap = 0;
	struct dirent *entry;
	struct stat is;

	*len = 0;
	if (stat(path, &is) != 0 || !S_ISDIR(is.st_mode)) {
		RT_ARENA_GROW(arena, list, *len, cap);
		list[(*len)++] = path;
		*files = list;
		return RT_OK;
	}
	DIR *folder = opendir(path);
	if (!folder)
		return rt_fail(err, RT_EINPUT, "%s: cannot be opened: %s", path,
			       strerror(errno));
	while ((entry = readdir(folder)) && *len < TRACE_FILES_MAX) {
		if (!ends_in(entry->d_name, ".jsonl.zst") &&
		    !ends_in(entry->d_name, ".jsonl"))
			continue;
		RT_ARENA_GROW(arena, list, *len, cap);
		list[(*len)++] =
			rt_arena_printf(arena, "%s/%s", path, entry->d_name);
	}
	closedir(folder);
	if (*len == 0)
		return rt_fail(err, RT_EINPUT,
			       "%s: a folder without *.jsonl.zst, the files of "
			       "a recording",
			       path);
	qsort(list, *len, sizeof *list, by_bytes);
	*files = list;
	return RT_OK;
}
