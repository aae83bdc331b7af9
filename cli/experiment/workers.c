/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workers.c - a fork each, which writes how it went into a pipe; a struct
 * rt_error fits into any pipe, so nobody waits for a reader.  Signals are
 * blocked and waited for, so that none comes at a wrong time.
 */
#include "cli/experiment/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"

struct worker {
	pid_t pid; /* 0: free */
	uint32_t job;
	int from;
};

struct workers {
	const struct workers_job *conf;
	sigset_t heard, before; /* signals: waited for; blocked by others */
	int stopped_by;         /* a signal; 0: by none */
	uint32_t len, busy;
	struct worker *at;
	uint32_t failed_job;
	struct rt_error failed; /* of that job; RT_OK: none has */
};

uint32_t workers_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	return (uint32_t)CPU_COUNT(&set);
}

/* Dies with its parent. */
static _Noreturn void work(const struct workers *w, uint32_t job, int to,
			   pid_t parent)
{
	const struct workers_job *conf = w->conf;
	struct rt_error err = { 0 };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	sigprocmask(SIG_SETMASK, &w->before, NULL);
	if (null >= 0)
		dup2(null, STDERR_FILENO);
	err.status = conf->run(conf->to, job, &err);
	ssize_t n = write(to, &err, sizeof err);
	_exit(n == (ssize_t)sizeof err ? 0 : 1);
}

static enum rt_status begin(struct workers *w, uint32_t job,
			    struct rt_error *err)
{
	struct worker *worker = w->at;
	pid_t parent = getpid();
	int ends[2];

	while (worker->pid)
		worker++;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return rt_fail(err, RT_EIO, "pipe: %s", strerror(errno));
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		work(w, job, ends[1], parent);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return rt_fail(err, RT_EIO, "fork: %s", strerror(errno));
	}
	*worker = (struct worker){ pid, job, ends[0] };
	w->busy++;
	return RT_OK;
}

static void note(struct workers *w, uint32_t job, const struct rt_error *err)
{
	if (w->failed.status && w->failed_job < job)
		return;
	w->failed = *err;
	w->failed_job = job;
}

/* What it told, or that it died. */
static void hear(const struct worker *worker, int how, struct rt_error *err)
{
	if (read(worker->from, err, sizeof *err) == (ssize_t)sizeof *err)
		return;
	if (WIFSIGNALED(how))
		rt_fail(err, RT_EIO, "ended by signal %d", WTERMSIG(how));
	else
		rt_fail(err, RT_EIO, "ended with %d", WEXITSTATUS(how));
}

static void end_one(struct workers *w, pid_t pid, int how)
{
	struct rt_error err = { 0 };

	for (uint32_t i = 0; i < w->len; i++) {
		struct worker *worker = &w->at[i];
		if (worker->pid != pid)
			continue;
		hear(worker, how, &err);
		close(worker->from);
		worker->pid = 0;
		w->busy--;
		if (!err.status)
			err.status =
				w->conf->done(w->conf->to, worker->job, &err);
		if (err.status)
			note(w, worker->job, &err);
	}
}

/* ---- signals ------------------------------------------------------------ */

/* What is ignored, as under nohup, stays so. */
static void block_signals(struct workers *w)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction was;

	sigemptyset(&w->heard);
	sigaddset(&w->heard, SIGCHLD);
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (sigaction(stops[i], NULL, &was) == 0 &&
		    was.sa_handler != SIG_IGN)
			sigaddset(&w->heard, stops[i]);
	sigprocmask(SIG_BLOCK, &w->heard, &w->before);
}

/* Until a worker has ended, or all are told to. */
static void wait_for_news(struct workers *w)
{
	int signal = sigwaitinfo(&w->heard, NULL), how;
	pid_t pid;

	if (signal > 0 && signal != SIGCHLD)
		w->stopped_by = signal;
	for (uint32_t i = 0; i < w->len && w->stopped_by; i++)
		if (w->at[i].pid)
			kill(w->at[i].pid, SIGTERM);
	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		end_one(w, pid, how);
}

static bool goes_on(const struct workers *w)
{
	return !w->failed.status && !w->stopped_by;
}

/* ---- all ---------------------------------------------------------------- */

enum rt_status workers_run(const struct workers_job *conf, uint32_t len,
			   const bool *finished, uint32_t at_a_time,
			   struct rt_error *err)
{
	struct workers w = {
		.conf = conf,
		.len = at_a_time,
		.at = rt_calloc(at_a_time, sizeof *w.at),
	};
	struct rt_error why = { 0 };

	block_signals(&w);
	for (uint32_t job = 0; job < len && goes_on(&w); job++) {
		if (finished[job])
			continue;
		while (w.busy == w.len)
			wait_for_news(&w);
		if (goes_on(&w) && begin(&w, job, &why))
			note(&w, job, &why);
	}
	while (w.busy > 0)
		wait_for_news(&w);
	sigprocmask(SIG_SETMASK, &w.before, NULL);
	rt_free(w.at);
	if (w.stopped_by)
		return rt_fail(err, RT_EIO,
			       "stopped: %s; what is finished will not be run "
			       "again",
			       strsignal(w.stopped_by));
	if (w.failed.status)
		*err = w.failed;
	return w.failed.status;
}
