/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder.c - the files begin in a new folder beside the path, which then takes
 * its name; or, where there is one already, in a new one within it.  It is
 * locked as long as somebody is at work on it, so that one that was left behind
 * is known.
 */
#include "cli/report/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"

#define FILES_MAX 8
#define NAME_MAX_LEN 64

struct report_folder {
	char path[PATH_MAX];
	char staging[PATH_MAX + NAME_MAX_LEN];
	int lock;    /* the staging folder */
	bool exists; /* the path, before us */
	bool published;
	const char *dropped; /* a name, or NULL */
	int files_len;
	struct {
		const char *name;
		FILE *stream;
	} files[FILES_MAX];
};

/* ---- signals ------------------------------------------------------------ */

/* What a signal is to remove; NULL: nothing. */
static struct report_folder *volatile writing;

static void leave(int signal)
{
	const struct report_folder *f = writing;

	for (int i = 0; f && i < f->files_len; i++)
		unlinkat(f->lock, f->files[i].name, 0);
	if (f)
		rmdir(f->staging);
	raise(signal); /* which is its default again */
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

/* Those that are ignored, as under nohup, stay so. */
static void hear_signals(void)
{
	const struct sigaction action = { .sa_handler = leave,
					  .sa_flags = (int)SA_RESETHAND };
	struct sigaction was;

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], NULL, &was) == 0 &&
		    was.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
}

/* They come later, while what is there and what we know of it differ. */
static void hold_signals(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, before);
}

static void release_signals(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

/* ---- writing ------------------------------------------------------------ */

static enum rt_status fail(const struct report_folder *f, const char *name,
			   int why, struct rt_error *err)
{
	return rt_fail(err, RT_EIO, "%s/%s: cannot be written: %s", f->path,
		       name, strerror(why));
}

/* Whoever has it is at work there; -1: another one is, or it is no folder. */
static int lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static enum rt_status make_staging(struct report_folder *f,
				   struct rt_error *err)
{
	mode_t mask = umask(0);
	sigset_t before;

	umask(mask);
	snprintf(f->staging, sizeof f->staging, "%s%s%sXXXXXX", f->path,
		 f->exists ? "/" : "", REPORT_FOLDER_STAGING);
	hear_signals();
	hold_signals(&before);
	bool made = mkdtemp(f->staging) &&
		    chmod(f->staging, 0777 & ~mask) == 0 &&
		    (f->lock = lock(f->staging)) >= 0;
	int why = errno;
	writing = made ? f : NULL;
	release_signals(&before);
	if (made)
		return RT_OK;
	return rt_fail(err, RT_EINPUT, "%s: cannot be made a directory: %s",
		       f->path, strerror(why));
}

enum rt_status report_folder_open(struct report_folder **out, const char *path,
				  struct rt_error *err)
{
	struct report_folder *f = rt_calloc(1, sizeof *f);
	size_t len = strlen(path);
	struct stat st;
	enum rt_status status = RT_OK;

	f->lock = -1;
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
	if (status) {
		rt_free(f);
		return status;
	}
	*out = f;
	return RT_OK;
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
	f->files[f->files_len++].name = name;
	*to = fopen(path, "we");
	if (!*to) {
		f->files_len--;
		return fail(f, name, errno, err);
	}
	f->files[f->files_len - 1].stream = *to;
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

/* All files to their places. */
static enum rt_status publish(struct report_folder *f, struct rt_error *err)
{
	enum rt_status status = RT_OK;
	char path[PATH_MAX * 2];

	if (!f->exists) {
		if (rename(f->staging, f->path) == 0)
			return RT_OK;
		/* somebody else has made it meanwhile */
		return rt_fail(err, RT_EIO, "%s: cannot be written: %s",
			       f->path, strerror(errno));
	}
	for (int i = 0; i < f->files_len && !status; i++)
		status = move(f, i, err);
	if (f->dropped && !status) {
		snprintf(path, sizeof path, "%s/%s", f->path, f->dropped);
		remove(path); /* or it was not there */
	}
	return status;
}

enum rt_status report_folder_publish(struct report_folder *f,
				     struct rt_error *err)
{
	enum rt_status status = RT_OK;
	sigset_t before;

	for (int i = 0; i < f->files_len && !status; i++)
		if (!(status = flush(f, i, err)))
			status = check_place(f, i, err);
	if (status)
		return status;
	hold_signals(&before);
	status = publish(f, err);
	if (!status && !f->exists) {
		f->published = true;
		writing = NULL;
	}
	release_signals(&before);
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

static void clear_in(const char *folder, const char *name)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t len = strlen(name);
	char path[PATH_MAX * 2];

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, name, len) != 0 ||
		    strncmp(entry->d_name + len, REPORT_FOLDER_STAGING,
			    strlen(REPORT_FOLDER_STAGING)) != 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		int fd = lock(path);
		if (fd < 0)
			continue;
		report_folder_remove(path);
		close(fd);
	}
	if (dir)
		closedir(dir);
}

void report_folder_clear(const char *path)
{
	char beside[PATH_MAX];
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len >= sizeof beside)
		return;
	clear_in(path, "");
	snprintf(beside, sizeof beside, "%.*s", (int)len, path);
	char *slash = strrchr(beside, '/');
	if (!slash)
		clear_in(".", beside);
	else if (slash > beside) {
		*slash = '\0';
		clear_in(beside, slash + 1);
	}
}

void report_folder_close(struct report_folder **folder)
{
	struct report_folder *f = *folder;
	char path[PATH_MAX * 2];
	sigset_t before;

	if (!f)
		return;
	hold_signals(&before);
	for (int i = 0; i < f->files_len; i++) {
		fclose(f->files[i].stream);
		staged(f, f->files[i].name, path);
		if (!f->published)
			remove(path); /* or it was moved */
	}
	if (!f->published)
		rmdir(f->staging);
	writing = NULL;
	release_signals(&before);
	close(f->lock);
	rt_free(f);
	*folder = NULL;
}
