/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - raytide-autoscaler, the sidecar.  A wrong command line ends it at
 * once; after that only SIGTERM and SIGINT do: KubeRay does not start the
 * container again.  What works is a child, so that a crash is not the end.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "autoscaler/daemon.h"
#include "autoscaler/supervise.h"
#include "core/base/error.h"

#define PROGRAM "raytide-autoscaler"
#define HANGS 3 /* times as long as a round may take */

static void help(void)
{
	printf("usage: " PROGRAM " --cluster-name NAME --cluster-namespace "
	       "NAME [OPTION]...\n"
	       "       ray kuberay-autoscaler --cluster-name ...\n\n"
	       "Scales the worker groups of a RayCluster.\n\noptions:\n");
	settings_help(stdout);
}

/* Readable once the process was asked to end. */
static int open_signals(void)
{
	sigset_t set, hangup;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP); /* for reload.h */
	sigprocmask(SIG_BLOCK, &hangup, NULL);
	signal(SIGPIPE, SIG_IGN); /* a peer that goes away is an error code */
	signal(SIGXFSZ, SIG_IGN); /* and so is a file that is too large */
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int work(const struct settings *settings, int wake,
		struct supervised *self)
{
	struct daemon *daemon = daemon_open(settings, wake, self->restarts);
	bool good = true;
	rt_log(RT_INFO, "started",
	       "version=" RAYTIDE_VERSION
	       " cluster=%s/%s gcs=%s policy=%s restarts=%llu",
	       settings->kube.name_space, settings->kube.cluster,
	       settings->gcs_address, settings->policy,
	       (unsigned long long)self->restarts);
	if (settings->once)
		good = reconcile_once(daemon);
	else
		daemon_run(daemon, self);
	rt_log(RT_INFO, "stopped", NULL);
	daemon_close(&daemon);
	return good ? 0 : rt_status_exit_code(RT_EREMOTE);
}

/* A single round is over soon, and its outcome is the exit code. */
static int run(const struct settings *settings, int wake)
{
	struct supervised self = { 0 };
	rt_log_level(settings->log_level);
	int64_t hang_ms = HANGS * settings_patience_ms(settings);
	if (!settings->once && !supervise(&self, hang_ms))
		return self.code;
	return work(settings, wake, &self);
}

int main(int argc, char **argv)
{
	struct settings settings;
	struct rt_error err;
	int code = 0;
	int wake = open_signals(); /* process 1 would not get an earlier one */
	enum rt_status status = settings_open(&settings, argc, argv, &err);
	if (status) {
		fprintf(stderr, PROGRAM ": %s\n", err.text);
		code = rt_status_exit_code(status);
	} else if (settings.help) {
		help();
	} else if (settings.version) {
		puts(PROGRAM " " RAYTIDE_VERSION);
	} else {
		code = run(&settings, wake);
	}
	settings_close(&settings);
	close(wake);
	return code;
}
