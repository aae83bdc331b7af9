/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon.c - the round, in a straight line.
 */
#include "autoscaler/daemon.h"

#include <stdio.h>
#include <time.h>

#include "autoscaler/act.h"
#include "autoscaler/act_resize.h"
#include "autoscaler/ending.h"
#include "autoscaler/events.h"
#include "autoscaler/health.h"
#include "autoscaler/net/backoff.h"
#include "autoscaler/monitor.h"
#include "autoscaler/observe.h"
#include "autoscaler/recorder.h"
#include "autoscaler/reload.h"
#include "autoscaler/report.h"
#include "autoscaler/shadow.h"
#include "autoscaler/state_file.h"
#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/model/why.h"

#define GCS_REPLY_MAX (16u << 20) /* 150 nodes were seen to take 57 kB */
#define BACKOFF_MS 4000           /* the longest between two failed rounds */

/* The steps of a round that may fail; each tells so by its name. */
enum step {
	LISTEN,
	OBSERVE,
	WATCH,
	READ,
	DECIDE,
	HOLD,
	ACT,
	RESIZE,
	END,
	REPORT,
	ANNOUNCE,
	EVENTS,
	SHADOW,
	RECORD,
	STEPS
};
static const char *const step_names[STEPS] = {
	"listen",   "observe", "watch",  "read-groups", "decide",
	"hold",     "act",     "resize", "end-cluster", "report",
	"announce", "events",  "shadow", "record",
};

struct daemon {
	const struct settings *settings;
	struct world world;
	struct head head;
	struct rt_controller *controller;
	struct reload reload; /* the policy in force */
	struct shadow shadow;
	struct state_file state;
	struct recorder *recorder;
	struct ending ending;
	struct report report;
	bool patch_failed; /* the last one */
	uint64_t wishes;   /* that a dry run has told */
	struct backoff backoff;
	struct monitor *monitor;
	struct events events;
	struct health steps[STEPS];
};

static double read_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The wall clock is read once: a step of it must not time pods out. */
static int64_t read_epoch_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 -
	       http_clock_ms();
}

static struct monitor *open_monitor(const struct daemon *d, uint64_t restarts)
{
	const struct settings *settings = d->settings;
	const struct monitor_conf conf = {
		.port = settings->metrics_port,
		.patience_ms = settings_patience_ms(settings),
		.restarts = restarts,
		.steps = d->steps,
		.steps_len = STEPS,
	};
	return monitor_open(d->world.http, &conf);
}

static struct recorder *open_recorder(const struct settings *settings)
{
	const struct recorder_conf conf = {
		.dir = settings->record,
		.bytes_max = settings->record_bytes,
		.name_space = settings->kube.name_space,
		.cluster = settings->kube.cluster,
		.dry_run = settings->dry_run,
	};
	return recorder_open(&conf);
}

/* A line that finds no room there is on stderr. */
static void copy_log(void *arg, const char *line, size_t len)
{
	const struct session *session = arg;
	struct rt_error ignored;
	session_append(session, "monitor.log", line, len, &ignored);
}

struct daemon *daemon_open(const struct settings *settings, int wake,
			   uint64_t restarts)
{
	struct daemon *d = rt_calloc(1, sizeof *d);
	d->settings = settings;
	d->world.http = http_open(wake);
	d->world.epoch_ms = read_epoch_ms();
	d->world.own_head = settings->own_head;
	d->world.dry_run = settings->dry_run;
	d->head.silent = settings->dry_run;
	d->world.gcs = (struct grpc){
		.http = d->world.http,
		.login = &settings->gcs_login,
		.address = settings->gcs_address,
		.timeout_ms = (long)(settings->timeout_s * 1000),
		.max = GCS_REPLY_MAX,
	};
	d->world.head = &d->head;
	d->world.kube = kube_open(d->world.http, &settings->kube);
	d->reload = reload_open(settings);
	d->controller = rt_controller_new(&settings->first->settings,
					  &settings->first->chain);
	if (settings->shadow)
		rt_controller_set_shadow(d->controller,
					 &settings->shadow->chain);
	d->recorder = open_recorder(settings);
	d->state = state_file_open(settings->state, d->controller);
	d->world.cluster = kube_cluster_open(
		d->world.kube, (int64_t)(settings->resync_s * 1000));
	d->world.pods = kube_watch_open(d->world.kube,
					(int64_t)(settings->stale_s * 1000));
	d->backoff.most_ms = BACKOFF_MS;
	rt_controller_explain(d->controller);
	for (enum step i = 0; i < STEPS; i++)
		d->steps[i].step = step_names[i];
	/* At first the head is not there, and then not whole. */
	d->steps[OBSERVE].awaits = RT_EAWAY;
	d->steps[HOLD].awaits = RT_EREMOTE;
	d->monitor = open_monitor(d, restarts);
	rt_log_also(copy_log, (void *)&settings->session);
	return d;
}

void daemon_close(struct daemon **slot)
{
	struct daemon *d = *slot;
	if (!d)
		return;
	rt_log_also(NULL, NULL);
	events_clear(&d->events);
	monitor_close(&d->monitor);
	report_clear(&d->report);
	recorder_close(&d->recorder);
	state_file_close(&d->state, d->controller);
	rt_controller_free(&d->controller);
	reload_close(&d->reload);
	shadow_clear(&d->shadow);
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

static void log_round(const struct round *round)
{
	const struct rt_observation *seen = &round->seen;
	rt_log(RT_DEBUG, "round",
	       "pods=%u ray_nodes=%u tasks=%u gangs=%u constraints=%u "
	       "actions=%u repeated=%d",
	       seen->pods_len, seen->ray_nodes_len, seen->demand.tasks_len,
	       seen->demand.gangs_len, seen->demand.constraints_len,
	       round->actions->len, round->repeated);
}

static enum rt_status decide(struct daemon *d, struct round *round,
			     struct rt_error *err)
{
	uint64_t repeats = rt_controller_repeats(d->controller);
	recorder_begin(d->recorder, d->controller, d->reload.in_force,
		       d->settings->shadow);
	double began = read_s();
	enum rt_status status =
		rt_controller_reconcile(d->controller, &round->seen,
					&round->decision, &round->actions, err);
	round->decide_s = read_s() - began;
	round->repeated = rt_controller_repeats(d->controller) > repeats;
	recorder_see(d->recorder, round);
	return status;
}

/* False when Ray does not know of the round. */
static bool tell_ray(struct daemon *d, const struct round *round, bool well)
{
	struct rt_error err;
	enum rt_status status;
	if (well) {
		status = ending_run(&d->ending, &d->world, round, &err);
		health_note(&d->steps[END], status, &err);
	}
	status = report_send(&d->report, &d->world, round,
			     rt_controller_instances(d->controller),
			     rt_controller_names(d->controller), &err);
	return health_note(&d->steps[REPORT], status, &err);
}

/* What the second policy thinks of it. */
static void cast_shadow(struct daemon *d, struct round *round)
{
	struct rt_error err;
	if (!d->settings->shadow)
		return;
	if (!round->repeated) {
		enum rt_status status = rt_controller_shadow(
			d->controller, &round->shadow, &err);
		if (!health_note(&d->steps[SHADOW], status, &err))
			round->shadow_failed =
				rt_arena_strdup(round->arena, err.text);
	}
	shadow_note(&d->shadow, monitor_metrics(d->monitor), round);
}

/* The round as it came out; `failed` is STEPS where no step ended it. */
static void record(struct daemon *d, const struct round *round,
		   enum step failed, const struct rt_error *why)
{
	const struct rt_name_table names =
		rt_names_table(rt_controller_names(d->controller));
	char text[RT_ERROR_TEXT + 32];
	struct rt_error err;
	if (failed != STEPS)
		snprintf(text, sizeof text, "%s: %s", step_names[failed],
			 why->text);
	recorder_note(d->recorder, round, failed == STEPS ? NULL : text,
		      &names);
	enum rt_status status =
		recorder_check(d->recorder, monitor_metrics(d->monitor), &err);
	health_note(&d->steps[RECORD], status, &err);
}

/* The steps, up to the first without which there is no other.  True when all
 * that was to be done is done; `told`: and Ray knows. */
static bool make_round(struct daemon *d, struct round *round, bool *told)
{
	struct rt_names *names = rt_controller_names(d->controller);
	struct rt_error err;
	enum rt_status status = observe(&d->world, names, round, &err);
	if (!health_note(&d->steps[OBSERVE], status, &err)) {
		record(d, round, OBSERVE, &err);
		return false;
	}
	status = kube_watch_check(d->world.pods, &err);
	health_note(&d->steps[WATCH], status, &err);
	note_problems(&d->steps[READ], &round->seen.cluster);
	if (reload_look(&d->reload, round->raycluster, d->controller,
			monitor_metrics(d->monitor))) {
		state_file_retry(&d->state, d->controller);
		recorder_renew(d->recorder);
	}

	status = decide(d, round, &err);
	if (!health_note(&d->steps[DECIDE], status, &err)) {
		record(d, round, DECIDE, &err);
		return false;
	}
	note_hold(&d->steps[HOLD], round->decision);
	log_round(round);

	status = act_run(&d->world, round, &err);
	bool well = health_note(&d->steps[ACT], status, &err);
	d->patch_failed = round->patch_failed;
	act_resize(&d->world, round, &d->steps[RESIZE]);
	if (d->world.dry_run)
		act_log_wishes(round, &d->wishes);
	else
		act_log(round);
	rt_controller_note(d->controller, round->actions);
	*told = d->world.dry_run || tell_ray(d, round, well);
	cast_shadow(d, round);
	record(d, round, STEPS, NULL);
	return well;
}

/* Those who watch are served as well as it goes: no round fails by it. */
static void open_port(struct daemon *d)
{
	struct rt_error err;
	enum rt_status status = monitor_listen(d->monitor, &err);
	health_note(&d->steps[LISTEN], status, &err);
}

static void tell_watchers(struct daemon *d, const struct round *round,
			  bool good, double took_s)
{
	struct rt_error err;
	if (round->session && !d->world.dry_run) {
		enum rt_status status =
			monitor_announce(d->monitor, &d->world, round, &err);
		health_note(&d->steps[ANNOUNCE], status, &err);
	}
	events_tell(&d->events, &d->settings->session, round,
		    &d->steps[EVENTS]);
	monitor_note(d->monitor, round, rt_controller_instances(d->controller),
		     good, took_s);
}

bool reconcile_once(struct daemon *d)
{
	double began = read_s();
	rt_controller_renew_names(d->controller);
	struct round round = { .arena = rt_controller_begin(d->controller),
			       .patch_failed = d->patch_failed };
	open_port(d);
	bool told = false, well = make_round(d, &round, &told);
	if (well)
		backoff_end(&d->backoff);
	else
		backoff_fail(&d->backoff);
	state_file_keep(&d->state, d->controller, http_clock_ms());
	tell_watchers(d, &round, well && told, read_s() - began);
	return well && told;
}

void daemon_run(struct daemon *d, struct supervised *self)
{
	int64_t interval_ms = (int64_t)(d->settings->interval_s * 1000);
	int64_t left;
	do {
		int64_t start = http_clock_ms();
		reconcile_once(d);
		supervise_tell(self);
		left = start + interval_ms - http_clock_ms();
		if (left < backoff_left_ms(&d->backoff))
			left = backoff_left_ms(&d->backoff);
	} while (http_sleep(d->world.http, left));
}
