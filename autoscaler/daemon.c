/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon.c - the round, in a straight line.
 */
#include "autoscaler/daemon.h"

#include <time.h>

#include "autoscaler/act.h"
#include "autoscaler/health.h"
#include "autoscaler/net/backoff.h"
#include "autoscaler/observe.h"
#include "autoscaler/report.h"
#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/model/why.h"

#define GCS_REPLY_MAX (16u << 20) /* 150 nodes were seen to take 57 kB */
#define BACKOFF_MS 4000           /* the longest between two failed rounds */

struct daemon {
	const struct settings *settings;
	struct world world;
	struct rt_controller *controller;
	struct report report;
	bool patch_failed; /* the last one */
	struct backoff backoff;
	struct health observing, watching, reading, deciding, holding, acting,
		reporting;
};

/* The wall clock is read once: a step of it must not time pods out. */
static int64_t read_epoch_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 -
	       http_clock_ms();
}

struct daemon *daemon_open(const struct settings *settings, int wake)
{
	struct daemon *d = rt_calloc(1, sizeof *d);
	d->settings = settings;
	d->world.http = http_open(wake);
	d->world.epoch_ms = read_epoch_ms();
	d->world.own_head = settings->own_head;
	d->world.gcs = (struct grpc){
		.http = d->world.http,
		.login = &settings->gcs_login,
		.address = settings->gcs_address,
		.timeout_ms = (long)(settings->timeout_s * 1000),
		.max = GCS_REPLY_MAX,
	};
	d->world.kube = kube_open(d->world.http, &settings->kube);
	d->controller =
		rt_controller_new(&settings->controller, &settings->chain);
	d->world.cluster = kube_cluster_open(
		d->world.kube, (int64_t)(settings->resync_s * 1000));
	d->world.pods = kube_watch_open(d->world.kube,
					(int64_t)(settings->stale_s * 1000));
	d->backoff.most_ms = BACKOFF_MS;
	d->observing.step = "observe";
	d->watching.step = "watch";
	d->reading.step = "read-groups";
	d->deciding.step = "decide";
	d->holding.step = "hold";
	d->acting.step = "act";
	d->reporting.step = "report";
	return d;
}

void daemon_close(struct daemon **slot)
{
	struct daemon *d = *slot;
	if (!d)
		return;
	report_clear(&d->report);
	rt_controller_free(&d->controller);
	kube_watch_close(&d->world.pods);
	kube_cluster_close(&d->world.cluster);
	kube_close(&d->world.kube);
	http_close(&d->world.http);
	rt_free(d);
	*slot = NULL;
}

/* Groups that were left out.  The others are scaled all the same. */
static void note_problems(struct health *health,
			  const struct rt_raycluster *cluster)
{
	for (uint32_t i = 0; i < cluster->problems_len; i++) {
		struct rt_error err;
		health_note(
			health,
			rt_fail(&err, RT_EINPUT, "%s", cluster->problems[i]),
			&err);
	}
	if (cluster->problems_len == 0)
		health_note(health, RT_OK, NULL);
}

/* Nothing is written in such a round; the last reason is the one told. */
static void note_hold(struct health *health, const struct rt_decision *decision)
{
	char why[256];
	struct rt_error err;
	enum rt_status status = RT_OK;
	if (decision->held)
		status = rt_fail(
			&err, RT_EREMOTE, "%s",
			rt_why_text(
				decision->snapshot,
				decision->notes[decision->notes_len - 1].why,
				why, sizeof why));
	health_note(health, status, &err);
}

static void log_round(const struct round *round, uint64_t repeats)
{
	const struct rt_observation *seen = &round->seen;
	rt_log(RT_DEBUG, "round",
	       "pods=%u ray_nodes=%u tasks=%u gangs=%u constraints=%u "
	       "actions=%u repeats=%llu",
	       seen->pods_len, seen->ray_nodes_len, seen->demand.tasks_len,
	       seen->demand.gangs_len, seen->demand.constraints_len,
	       round->actions->len, (unsigned long long)repeats);
}

bool reconcile_once(struct daemon *d)
{
	rt_controller_renew_names(d->controller);
	struct rt_names *names = rt_controller_names(d->controller);
	struct round round = { .arena = rt_controller_begin(d->controller),
			       .patch_failed = d->patch_failed };
	struct rt_error err;
	enum rt_status status;
	bool well = false, told = false;

	status = observe(&d->world, names, &round, &err);
	if (!health_note(&d->observing, status, &err))
		goto out;
	status = kube_watch_check(d->world.pods, &err);
	health_note(&d->watching, status, &err);
	note_problems(&d->reading, &round.seen.cluster);

	status = rt_controller_reconcile(d->controller, &round.seen,
					 &round.decision, &round.actions, &err);
	if (!health_note(&d->deciding, status, &err))
		goto out;
	note_hold(&d->holding, round.decision);
	log_round(&round, rt_controller_repeats(d->controller));

	status = act_run(&d->world, &round, &err);
	well = health_note(&d->acting, status, &err);
	d->patch_failed = round.patch_failed;
	rt_controller_note(d->controller, round.actions);

	status = report_send(&d->report, &d->world, &round,
			     rt_controller_instances(d->controller), names,
			     &err);
	told = health_note(&d->reporting, status, &err);
out:
	if (well)
		backoff_end(&d->backoff);
	else
		backoff_fail(&d->backoff);
	return well && told;
}

void daemon_run(struct daemon *d)
{
	int64_t interval_ms = (int64_t)(d->settings->interval_s * 1000);
	int64_t left;
	do {
		int64_t start = http_clock_ms();
		reconcile_once(d);
		left = start + interval_ms - http_clock_ms();
		if (left < backoff_left_ms(&d->backoff))
			left = backoff_left_ms(&d->backoff);
	} while (http_sleep(d->world.http, left));
}
