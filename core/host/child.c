/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.c - a socket is both ends of the child, so that writing to one that is
 * gone is an error and no signal.  It has a process group of its own, which is
 * killed as a whole, and it dies with us.
 */
#include "core/host/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <raytide/limits.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/mem.h"

#define BACKOFF_MS 1000
#define BACKOFF_MAX_MS 60000

struct rt_child {
	char *command;
	pid_t pid; /* 0: it does not run */
	int fd;
	struct rt_buf in;
	int64_t backoff_ms; /* of the next failure */
	int64_t not_before_ms;
};

static int64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct rt_child *rt_child_new(const char *command)
{
	struct rt_child *c = rt_calloc(1, sizeof *c);

	c->command = rt_strdup(command);
	c->in = (struct rt_buf)RT_BUF(RT_LINE_MAX);
	c->backoff_ms = BACKOFF_MS;
	return c;
}

static void stop(struct rt_child *c)
{
	if (!c->pid)
		return;
	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(c->fd);
	c->pid = 0;
}

void rt_child_free(struct rt_child **c)
{
	if (!*c)
		return;
	stop(*c);
	rt_buf_free(&(*c)->in);
	rt_free((*c)->command);
	rt_free(*c);
	*c = NULL;
}

void rt_child_fail(struct rt_child *c)
{
	stop(c);
	c->not_before_ms = clock_ms() + c->backoff_ms;
	c->backoff_ms *= 2;
	if (c->backoff_ms > BACKOFF_MAX_MS)
		c->backoff_ms = BACKOFF_MAX_MS;
}

_Noreturn static void become(const char *command, int fd)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static enum rt_status start(struct rt_child *c, struct rt_error *err)
{
	int ends[2];
	int64_t wait_ms = c->not_before_ms - clock_ms();

	if (c->pid)
		return RT_OK;
	if (wait_ms > 0)
		return rt_fail(err, RT_EIO,
			       "it failed, and is started again in %lld ms",
			       (long long)wait_ms);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return rt_fail(err, RT_EIO, "no socket for it: %s",
			       strerror(errno));
	c->pid = fork();
	if (c->pid == 0)
		become(c->command, ends[1]);
	close(ends[1]);
	if (c->pid < 0) {
		close(ends[0]);
		c->pid = 0;
		return rt_fail(err, RT_EIO, "it cannot be started: %s",
			       strerror(errno));
	}
	setpgid(c->pid, c->pid); /* whoever of us comes first */
	c->fd = ends[0];
	rt_buf_clear(&c->in);
	return RT_OK;
}

static enum rt_status wait_for(struct rt_child *c, short events,
			       int64_t until_ms, struct rt_error *err)
{
	struct pollfd at = { .fd = c->fd, .events = events };
	int64_t left_ms;

	while ((left_ms = until_ms - clock_ms()) > 0) {
		int n = poll(&at, 1, (int)(left_ms < 60000 ? left_ms : 60000));
		if (n > 0)
			return RT_OK;
		if (n < 0 && errno != EINTR)
			return rt_fail(err, RT_EIO, "poll: %s",
				       strerror(errno));
	}
	return rt_fail(err, RT_ETIMEOUT, "no answer in time");
}

static enum rt_status send_all(struct rt_child *c, const char *text, size_t len,
			       int64_t until_ms, struct rt_error *err)
{
	enum rt_status status = RT_OK;

	while (len && !(status = wait_for(c, POLLOUT, until_ms, err))) {
		ssize_t n = send(c->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return rt_fail(err, RT_EIO,
				       "it has ended, or reads no more");
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return status;
}

/* Up to its first newline, which must be its last byte. */
static enum rt_status receive_line(struct rt_child *c, int64_t until_ms,
				   struct rt_error *err)
{
	char part[16384];
	enum rt_status status;

	while (!(status = wait_for(c, POLLIN, until_ms, err))) {
		ssize_t n = recv(c->fd, part, sizeof part, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return rt_fail(err, RT_EIO, "it has ended");
		if (!rt_buf_add(&c->in, part, (size_t)n))
			return rt_fail(err, RT_ELIMIT,
				       "more than %u MiB in its answer",
				       RT_LINE_MAX >> 20);
		char *end = memchr(c->in.data, '\n', c->in.len);
		if (!end)
			continue;
		if (end + 1 < c->in.data + c->in.len)
			return rt_fail(err, RT_EREMOTE,
				       "it answered more than a line");
		*end = '\0';
		return RT_OK;
	}
	return status;
}

enum rt_status rt_child_ask(struct rt_child *c, const char *line,
			    int64_t deadline_ms, const char **answer,
			    struct rt_error *err)
{
	int64_t until_ms = clock_ms() + deadline_ms;
	enum rt_status status = start(c, err);

	if (status)
		return status;
	rt_buf_clear(&c->in);
	if ((status = send_all(c, line, strlen(line), until_ms, err)) ||
	    (status = send_all(c, "\n", 1, until_ms, err)) ||
	    (status = receive_line(c, until_ms, err))) {
		rt_child_fail(c);
		return status;
	}
	c->backoff_ms = BACKOFF_MS;
	*answer = c->in.data;
	return RT_OK;
}
