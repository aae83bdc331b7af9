/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.c - an event is told twice, as drivers look for it in the event log
 * under autoscaler v2 and, behind a mark, in monitor.log under v1.
 *
 * A file is opened for each line: the session's folder is a link,
 * and another one after the head has started anew.  The folder is also others'
 * to write to, so what is no plain file, or only a link to one, is left alone.
 */
#include "autoscaler/session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/json.h"

#define EVENT_LOG "events/event_AUTOSCALER.log"
#define MARK ":event_summary:"
#define ID_BYTES 18

/* ---- files --------------------------------------------------------- */

#define FLAGS                                                                  \
	(O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

/* FILE becomes FILE.1, that FILE.2 and so on; the last one goes. */
static void put_aside(const char *path, int kept)
{
	char names[2][PATH_MAX + 16];
	const char *to = NULL;
	for (int i = kept; i >= 0; i--) {
		char *from = names[i % 2];
		snprintf(from, sizeof *names, i ? "%s.%d" : "%s", path, i);
		if (to)
			rename(from, to);
		else
			unlink(from);
		to = from;
	}
}

/* Of what may be opened there, only a file. */
static int open_file(const char *path, int64_t *size)
{
	struct stat stat;
	int fd = open(path, FLAGS, 0644);
	if (fd < 0)
		return -1;
	if (fstat(fd, &stat) || !S_ISREG(stat.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	*size = stat.st_size;
	return fd;
}

/* With room for `len` bytes. */
static int open_room(const struct session *s, const char *path, size_t len)
{
	int64_t size;
	int fd = open_file(path, &size);
	if (fd < 0 || size == 0 || s->bytes_max == 0 ||
	    size + (int64_t)len <= s->bytes_max)
		return fd;
	close(fd);
	put_aside(path, s->kept);
	return open_file(path, &size);
}

static enum rt_status fail(const char *path, struct rt_error *err)
{
	return rt_fail(err, RT_EIO, "%s: %s", path, strerror(errno));
}

enum rt_status session_append(const struct session *s, const char *file,
			      const char *text, size_t len,
			      struct rt_error *err)
{
	char path[PATH_MAX];
	if (!s->folder)
		return RT_OK;
	snprintf(path, sizeof path, "%s/logs/%s", s->folder, file);
	int fd = open_room(s, path, len);
	if (fd < 0)
		return errno == ENOENT ? RT_OK : fail(path, err);
	bool whole = write(fd, text, len) == (ssize_t)len;
	enum rt_status status = whole ? RT_OK : fail(path, err);
	close(fd);
	return status;
}

/* ---- events -------------------------------------------------------- */

static const char *make_id(char text[2 * ID_BYTES + 1])
{
	unsigned char bytes[ID_BYTES] = { 0 };
	if (getrandom(bytes, sizeof bytes, 0) < 0)
		RT_BUG("no random bytes");
	for (size_t i = 0; i < ID_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

/* Ray's Event message as JSON, which may have no other keys. */
static char *print_event(enum session_severity severity, const char *message)
{
	char id[2 * ID_BYTES + 1], host[256] = "", now[32];
	cJSON *event = cJSON_CreateObject();
	gethostname(host, sizeof host - 1);
	snprintf(now, sizeof now, "%lld", (long long)time(NULL));
	cJSON_AddStringToObject(event, "event_id", make_id(id));
	cJSON_AddStringToObject(event, "source_type", "AUTOSCALER");
	cJSON_AddStringToObject(event, "source_hostname", host);
	cJSON_AddNumberToObject(event, "source_pid", getpid());
	cJSON_AddStringToObject(event, "message", message);
	cJSON_AddStringToObject(event, "timestamp", now);
	cJSON_AddStringToObject(event, "severity",
				severity == SESSION_INFO ? "INFO" : "WARNING");
	cJSON_AddStringToObject(event, "label", "");
	cJSON_AddObjectToObject(event, "custom_fields");
	char *text = rt_json_print(event);
	cJSON_Delete(event);
	return text;
}

static enum rt_status append_line(const struct session *s, const char *file,
				  const char *mark, const char *text,
				  struct rt_error *err)
{
	struct rt_buf line = RT_BUF(SIZE_MAX - 1);
	rt_buf_addf(&line, "%s%s\n", mark, text);
	enum rt_status status =
		session_append(s, file, line.data, line.len, err);
	rt_buf_free(&line);
	return status;
}

enum rt_status session_tell(const struct session *s,
			    enum session_severity severity, const char *message,
			    struct rt_error *err)
{
	if (!s->folder)
		return RT_OK;
	char *event = print_event(severity, message);
	enum rt_status status = append_line(s, EVENT_LOG, "", event, err);
	cJSON_free(event);
	if (!status)
		status = append_line(s, "monitor.log", MARK, message, err);
	return status;
}
