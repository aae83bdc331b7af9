/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervise.c - all that the parent waits for are signals, one after the other,
 * so it has no handlers.  As process 1 of its container it also inherits, and
 * reaps, what others leave behind.
 */
#include "autoscaler/supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "autoscaler/net/http.h"
#include "core/base/log.h"
#include "core/base/mem.h"

#define LEAVE_MS                                                               \
	(HTTP_GRACE_MS + 400) /* for the child, before it is killed            \
			       */
#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 60000
#define CALM_MS 60000 /* a life as long as this was none that failed */
#define NEVER INT64_MAX

static sigset_t hold_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGCHLD, SIG_DFL); /* who ignores it gets no children's ends */
	return set;
}

/* Of several that are pending the lowest number: an order to end comes before
 * the news that the child has followed it.  0: nothing until `end_ms`. */
static int next_signal(const sigset_t *set, int64_t end_ms)
{
	for (;;) {
		int64_t left = end_ms - http_clock_ms();
		struct timespec limit = { left / 1000, left % 1000 * 1000000 };
		if (left < 0)
			return 0;
		int number = sigtimedwait(set, NULL, &limit);
		if (number > 0)
			return number;
	}
}

/* True when the child was among those that have ended. */
static bool reap(pid_t child, int *status)
{
	bool found = false;
	int one;
	for (pid_t pid; (pid = waitpid(-1, &one, WNOHANG)) > 0;)
		if (pid == child) {
			*status = one;
			found = true;
		}
	return found;
}

static void kill_child(pid_t child, const char *what, int64_t ms)
{
	rt_log(RT_ERROR, "child-killed", "pid=%d note=\"%s in %lld ms\"",
	       (int)child, what, (long long)ms);
	kill(child, SIGKILL);
}

/* Returns when the child has ended; true when it was asked to. */
static bool await_end(const struct supervised *self, int64_t hang_ms,
		      const sigset_t *set, pid_t child, int *status)
{
	int64_t kill_ms = http_clock_ms() + hang_ms;
	uint64_t rounds = *self->rounds;
	bool asked = false;
	for (;;) {
		int number = next_signal(set, kill_ms);
		if (number == SIGCHLD) {
			if (reap(child, status))
				return asked;
		} else if (number == 0 && !asked && rounds != *self->rounds) {
			rounds = *self->rounds;
			kill_ms = http_clock_ms() + hang_ms;
		} else if (number == 0) {
			kill_child(child,
				   asked ? "it did not leave"
					 : "no round ended",
				   asked ? LEAVE_MS : hang_ms);
			kill_ms = NEVER;
		} else if (number == SIGHUP) {
			kill(child, number);
		} else {
			kill(child, number);
			if (!asked)
				kill_ms = http_clock_ms() + LEAVE_MS;
			asked = true;
		}
	}
}

/* Until it is time to start the child again; true when asked to end. */
static bool rest(const sigset_t *set, int64_t ms)
{
	int64_t end_ms = http_clock_ms() + ms;
	int number, ignored;
	while ((number = next_signal(set, end_ms)) == SIGCHLD ||
	       number == SIGHUP) /* the next child reads all anew */
		reap(-1, &ignored);
	return number != 0;
}

static int64_t next_pause(int64_t last, int64_t lived_ms)
{
	if (last == 0 || lived_ms >= CALM_MS)
		return PAUSE_MIN_MS;
	return 2 * last < PAUSE_MAX_MS ? 2 * last : PAUSE_MAX_MS;
}

/* As a shell tells it. */
static int code_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static void log_end(pid_t child, int status, uint64_t restarts, int64_t pause)
{
	char how[64];
	if (child < 0)
		snprintf(how, sizeof how, "note=\"no process to be had\"");
	else if (WIFSIGNALED(status))
		snprintf(how, sizeof how, "pid=%d signal=\"%s\"", (int)child,
			 strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof how, "pid=%d exit=%d", (int)child,
			 WEXITSTATUS(status));
	rt_log(RT_ERROR, "child-ended", "%s restarts=%llu again_in_s=%lld", how,
	       (unsigned long long)restarts, (long long)pause / 1000);
}

/* The mask, and a tie to the parent, which may have gone already. */
static void become_child(pid_t parent)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		raise(SIGKILL);
}

/* Both processes see it. */
static _Atomic uint64_t *share_counter(void)
{
	void *page = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		rt_oom();
	return page;
}

void supervise_tell(struct supervised *self)
{
	if (self->rounds)
		++*self->rounds;
}

bool supervise(struct supervised *self, int64_t hang_ms)
{
	const sigset_t set = hold_signals();
	const pid_t parent = getpid();
	int64_t pause = 0;
	*self = (struct supervised){ .rounds = share_counter() };
	for (;;) {
		int64_t began = http_clock_ms();
		int status = 0;
		pid_t child = fork();
		if (child == 0) {
			become_child(parent);
			return true;
		}
		if (child > 0 &&
		    await_end(self, hang_ms, &set, child, &status)) {
			self->code = code_of(status);
			return false;
		}
		pause = next_pause(pause, http_clock_ms() - began);
		self->restarts++;
		log_end(child, status, self->restarts, pause);
		if (rest(&set, pause))
			return false;
	}
}
