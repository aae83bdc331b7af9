/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor.c - figures are taken when a round ends, so that a page costs no more
 * than its text.  The explanation is kept as text, too: the decision goes with
 * its round.
 */
#include "autoscaler/monitor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <raytide/kit.h>

#include "autoscaler/gcs/gcs_kv.h"
#include "autoscaler/metrics.h"
#include "autoscaler/serve.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/controller/explain.h"
#include "core/model/why.h"

#define HOLDS_LOGGED 20 /* in a round */

struct monitor {
	struct monitor_conf conf;
	struct http *http;
	struct serve *serve; /* NULL: the port is not open */
	struct metrics *metrics;
	int64_t ended_ms;   /* the last round, by http_clock_ms() */
	int64_t decided_ms; /* the last decision, since 1970 */
	char *explanation;  /* of it, an array; NULL: there was none yet */
	bool announced;     /* the GCS knows the port */
	uint64_t held;      /* a hash of what guards held; 0: nothing */
	int64_t life;       /* of the head (head.h) that was told */
};

/* ---- nodes and resources ------------------------------------------- */

/* Counts, for each group. */
struct census {
	uint32_t *active, *pending, *failed;
	uint32_t workers;  /* active ones, of all groups */
	uint32_t starting; /* pods of workers, of all groups */
};

static bool is_pending(enum rt_node_status status)
{
	return status == RT_NODE_QUEUED || status == RT_NODE_REQUESTED ||
	       status == RT_NODE_ALLOCATED || status == RT_NODE_RAY_INSTALLING;
}

static struct census count_nodes(const struct rt_snapshot *s,
				 struct rt_arena *arena)
{
	struct census census = {
		.active = RT_ARENA_ARRAY(arena, uint32_t, s->groups_len),
		.pending = RT_ARENA_ARRAY(arena, uint32_t, s->groups_len),
		.failed = RT_ARENA_ARRAY(arena, uint32_t, s->groups_len),
	};
	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		bool active = node->status == RT_NODE_RAY_RUNNING;
		census.workers += active && !node->is_head;
		census.starting +=
			node->status == RT_NODE_ALLOCATED && !node->is_head;
		if (node->group == RT_NO_GROUP)
			continue;
		census.active[node->group] += active;
		census.pending[node->group] += is_pending(node->status);
		census.failed[node->group] +=
			node->status == RT_NODE_ALLOCATION_FAILED ||
			node->status == RT_NODE_ALLOCATION_TIMEOUT;
	}
	for (uint32_t g = 0; g < s->groups_len; g++)
		if (s->groups[g].backoff_until_ms > s->now_ms &&
		    census.failed[g] == 0)
			census.failed[g] = 1;
	return census;
}

static void put_nodes(struct metrics *metrics, enum metric id,
		      const struct rt_snapshot *s, const uint32_t *counts)
{
	metrics_clear(metrics, id);
	for (uint32_t g = 0; g < s->groups_len; g++)
		metrics_append(metrics, id, counts[g], s->groups[g].name, NULL);
}

static void put_resources(struct metrics *metrics, enum metric id,
			  const struct rt_snapshot *s, const uint32_t *counts,
			  struct rt_arena *arena)
{
	double *sums = RT_ARENA_ARRAY(arena, double, s->names.len);
	bool *named = RT_ARENA_ARRAY(arena, bool, s->names.len);
	for (uint32_t g = 0; g < s->groups_len; g++)
		for (uint32_t i = 0; i < s->groups[g].res.len; i++) {
			struct rt_amount amount = s->groups[g].res.at[i];
			sums[amount.name] +=
				counts[g] * ((double)amount.units / RT_UNITS);
			named[amount.name] = true;
		}
	metrics_clear(metrics, id);
	for (uint32_t i = 0; i < s->names.len; i++)
		if (named[i])
			metrics_append(metrics, id, sums[i], s->names.text[i],
				       NULL);
}

static void note_wishes(struct metrics *m, const struct round *round)
{
	const struct rt_decision *d = round->decision;
	const struct rt_snapshot *s = d->snapshot;
	uint32_t *ends = RT_ARENA_ARRAY(round->arena, uint32_t, s->groups_len);
	for (uint32_t i = 0; i < d->removals_len; i++) {
		uint32_t group = s->nodes[d->removals[i].node].group;
		if (group != RT_NO_GROUP)
			ends[group]++;
	}
	put_nodes(m, METRIC_WISHED_REMOVALS, s, ends);
	metrics_clear(m, METRIC_WISHED_LAUNCHES);
	for (uint32_t g = 0; g < s->groups_len; g++)
		metrics_append(m, METRIC_WISHED_LAUNCHES, (double)d->launch[g],
			       s->groups[g].name, NULL);
}

static void note_cluster(struct metrics *m, const struct round *round)
{
	const struct rt_snapshot *s = round->decision->snapshot;
	struct census census = count_nodes(s, round->arena);
	put_nodes(m, METRIC_ACTIVE_NODES, s, census.active);
	put_nodes(m, METRIC_PENDING_NODES, s, census.pending);
	put_nodes(m, METRIC_FAILED_NODES, s, census.failed);
	put_resources(m, METRIC_CLUSTER_RESOURCES, s, census.active,
		      round->arena);
	put_resources(m, METRIC_PENDING_RESOURCES, s, census.pending,
		      round->arena);
	metrics_set(m, METRIC_RUNNING_WORKERS, census.workers, NULL, NULL);
	metrics_set(m, METRIC_UPDATING_NODES, census.starting, NULL, NULL);
}

/* ---- actions and holds --------------------------------------------- */

static void count(struct metrics *m, enum metric id, int64_t more)
{
	metrics_add(m, id, (double)more, NULL, NULL);
}

/* How far a launch has come in this round.  A pod with Ray on it that was not
 * seen before was not long ours to watch. */
static void note_launch(struct metrics *m, const struct rt_instance *instance)
{
	double before_s = (double)instance->before_ms / 1000;
	if (instance->before == RT_NODE_REQUESTED &&
	    instance->status == RT_NODE_ALLOCATED)
		metrics_observe(m, METRIC_CREATE_TIME, before_s);
	if (instance->before != RT_NODE_ALLOCATED || instance->is_head ||
	    instance->before_ms == 0)
		return;
	count(m, METRIC_FAILED_UPDATES,
	      instance->status == RT_NODE_ALLOCATION_TIMEOUT);
	if (instance->status == RT_NODE_RAY_RUNNING) {
		count(m, METRIC_SUCCESSFUL_UPDATES, 1);
		metrics_observe(m, METRIC_WORKER_UPDATE_TIME, before_s);
	}
}

static void note_action(struct metrics *m, const struct rt_action *action)
{
	bool done = action->outcome == RT_OUTCOME_DONE;
	bool failed = action->outcome == RT_OUTCOME_FAILED;
	switch (action->kind) {
	case RT_ACTION_LAUNCH:
		count(m, METRIC_STARTED_NODES, done ? action->count : 0);
		count(m, METRIC_FAILED_CREATE_NODES,
		      failed ? action->count : 0);
		count(m, METRIC_LAUNCH_EXCEPTIONS, failed);
		break;
	case RT_ACTION_CANCEL:
		count(m, METRIC_FAILED_CREATE_NODES, done ? action->count : 0);
		break;
	case RT_ACTION_DRAIN:
		count(m, METRIC_DRAIN_EXCEPTIONS, failed);
		break;
	case RT_ACTION_DELETE:
		count(m, METRIC_STOPPED_NODES, done);
		break;
	case RT_ACTION_RESIZE:
	case RT_ACTION_TELL:
		break;
	}
}

enum {
#define RT_REASON(code, sentence) COUNT_##code,
#include <raytide/reasons.def>
#undef RT_REASON
	REASONS
};

/* Each guard that held something, once for the round. */
static void note_holds(struct metrics *m, const struct rt_decision *decision)
{
	bool held[REASONS] = { false };
	char label[RT_REASON_CODE];
	for (uint32_t i = 0; i < decision->notes_len; i++)
		if (strcmp(decision->notes[i].stage, "guards") == 0)
			held[decision->notes[i].why.code] = true;
	for (size_t i = 0; i < REASONS; i++)
		if (held[i])
			metrics_add(m, METRIC_HOLDS, 1,
				    rt_reason_code((enum rt_reason)i, label),
				    NULL);
}

static void log_hold(const struct rt_snapshot *s, const struct rt_note *note)
{
	char text[256], why[256], code[RT_REASON_CODE];
	const char *pod = NULL;
	rt_log_quote(rt_why_text(s, note->why, text, sizeof text), why,
		     sizeof why);
	rt_reason_code(note->why.code, code);
	if (note->node != UINT32_MAX)
		pod = s->nodes[note->node].pod;
	const char *group =
		note->group == RT_NO_GROUP ? "?" : s->groups[note->group].name;
	if (pod)
		rt_log(RT_INFO, "held", "group=%s pod=%s why=%s code=%s", group,
		       pod, why, code);
	else
		rt_log(RT_INFO, "held", "group=%s why=%s code=%s", group, why,
		       code);
}

/* A hold that is about something; what holds the whole round is told by its
 * step. */
static bool is_hold(const struct rt_note *note)
{
	return strcmp(note->stage, "guards") == 0 &&
	       (note->group != RT_NO_GROUP || note->node != UINT32_MAX);
}

static uint64_t hash_of(const struct rt_snapshot *s, const struct rt_note *note)
{
	uint64_t hash =
		rt_mix(RT_MIX_START, &note->why.code, sizeof note->why.code);
	hash = rt_mix(hash, &note->group, sizeof note->group);
	if (note->node == UINT32_MAX)
		return hash;
	const char *id = s->nodes[note->node].instance_id;
	return rt_mix(hash, id, strlen(id));
}

/* Told once as long as it is the same. */
static void log_holds(struct monitor *m, const struct rt_decision *d)
{
	uint64_t held = 0;
	uint32_t lines = 0;
	for (uint32_t i = 0; i < d->notes_len; i++)
		if (is_hold(&d->notes[i]))
			held += hash_of(d->snapshot, &d->notes[i]);
	bool same = held == m->held;
	m->held = held;
	for (uint32_t i = 0; i < d->notes_len && !same; i++)
		if (is_hold(&d->notes[i]) && lines++ < HOLDS_LOGGED)
			log_hold(d->snapshot, &d->notes[i]);
}

static void keep_explanation(struct monitor *m, const struct round *round)
{
	cJSON *array = rt_explain(round->decision, round->arena);
	cJSON_free(m->explanation);
	m->explanation = rt_json_print(array);
	m->decided_ms = round->decision->snapshot->now_ms;
	cJSON_Delete(array);
}

void monitor_note(struct monitor *m, const struct round *round,
		  const struct rt_instances *table, bool good, double took_s)
{
	m->ended_ms = http_clock_ms();
	count(m->metrics, METRIC_ROUNDS, 1);
	count(m->metrics, METRIC_UPDATE_EXCEPTIONS, !good);
	metrics_observe(m->metrics, METRIC_UPDATE_TIME, took_s);
	if (round->session)
		metrics_set_session(m->metrics, round->session);
	else
		m->announced = false; /* it may be another one next time */
	if (!round->decision)
		return;
	metrics_observe(m->metrics, METRIC_DECIDE_TIME, round->decide_s);
	note_holds(m->metrics, round->decision);
	log_holds(m, round->decision);
	for (uint32_t i = 0; i < round->actions->len; i++)
		note_action(m->metrics, &round->actions->at[i]);
	for (uint32_t i = 0; i < table->len; i++)
		if (table->at[i]->since_ms == round->seen.now_ms)
			note_launch(m->metrics, table->at[i]);
	count(m->metrics, METRIC_REPEATED_ROUNDS, round->repeated);
	if (round->repeated || !m->conf.port)
		return;
	note_cluster(m->metrics, round);
	note_wishes(m->metrics, round);
	keep_explanation(m, round);
}

/* ---- the pages ----------------------------------------------------- */

/* What is counted elsewhere. */
static void gather(struct monitor *m)
{
	const struct tally *calls = http_tally(m->http);
	for (uint32_t i = 0; i < calls->len; i++) {
		const struct tally_row *row = &calls->rows[i];
		metrics_set(m->metrics,
			    strcmp(row->peer, "gcs") == 0
				    ? METRIC_GCS_CALLS
				    : METRIC_KUBE_REQUESTS,
			    (double)row->count, row->call, row->end);
	}
	for (size_t i = 0; i < m->conf.steps_len; i++)
		metrics_set(m->metrics, METRIC_FAILED_STEPS,
			    (double)m->conf.steps[i].failures,
			    m->conf.steps[i].step, NULL);
}

static unsigned write_metrics(void *arg, struct rt_buf *to)
{
	struct monitor *m = arg;
	gather(m);
	metrics_write(m->metrics, to);
	return 200;
}

/* What fails now does not make it ill: it holds, as it should. */
static unsigned write_health(void *arg, struct rt_buf *to)
{
	const struct monitor *m = arg;
	int64_t ago = http_clock_ms() - m->ended_ms;
	bool ill = ago > m->conf.patience_ms;
	rt_buf_addf(to, "%s: the last round ended %" PRId64 " ms ago\n",
		    ill ? "ill" : "ok", ago);
	for (size_t i = 0; i < m->conf.steps_len; i++) {
		const struct health *step = &m->conf.steps[i];
		if (step->seen_len)
			rt_buf_addf(to, "failing: %s: %s\n", step->step,
				    step->seen[step->seen_len - 1]);
	}
	return ill ? 503 : 200;
}

static unsigned write_explanation(void *arg, struct rt_buf *to)
{
	const struct monitor *m = arg;
	if (!m->explanation) {
		rt_buf_addf(to, "{\"error\":\"nothing was decided yet\"}\n");
		return 503;
	}
	rt_buf_addf(to, "{\"now_ms\":%" PRId64 ",\"explain\":%s}\n",
		    m->decided_ms, m->explanation);
	return 200;
}

static const struct serve_page pages[] = {
	{ "/metrics", "text/plain; version=0.0.4; charset=utf-8",
	  write_metrics },
	{ "/healthz", "text/plain; charset=utf-8", write_health },
	{ "/explain", "application/json", write_explanation },
	{ 0 },
};

/* ---- the port ------------------------------------------------------ */

enum rt_status monitor_listen(struct monitor *m, struct rt_error *err)
{
	if (m->serve || !m->conf.port)
		return RT_OK;
	return serve_open(&m->serve, m->http, m->conf.port, pages, m, err);
}

enum rt_status monitor_announce(struct monitor *m, const struct world *world,
				const struct round *round, struct rt_error *err)
{
	const struct gcs_key key = { "", "AutoscalerMetricsAddress" };
	const char *host = round->head_address;
	bool six = strchr(host, ':');
	char address[80];
	if (m->life != world->head->life)
		m->announced = false;
	m->life = world->head->life;
	if (m->announced || !m->serve || !host[0])
		return RT_OK;
	snprintf(address, sizeof address, six ? "[%s]:%u" : "%s:%u", host,
		 (unsigned)m->conf.port);
	enum rt_status status =
		gcs_kv_put(&world->gcs, round->arena, key, address, err);
	m->announced = !status;
	return status;
}

struct monitor *monitor_open(struct http *http, const struct monitor_conf *conf)
{
	struct monitor *m = rt_calloc(1, sizeof *m);
	m->conf = *conf;
	m->http = http;
	m->metrics = metrics_open();
	m->ended_ms = http_clock_ms();
	metrics_set(m->metrics, METRIC_RESTARTS, (double)conf->restarts, NULL,
		    NULL);
	metrics_set(m->metrics, METRIC_START_TIME, (double)time(NULL), NULL,
		    NULL);
	metrics_set(m->metrics, METRIC_BUILD, 1, RAYTIDE_VERSION, NULL);
	return m;
}

struct metrics *monitor_metrics(struct monitor *m)
{
	return m->metrics;
}

void monitor_close(struct monitor **slot)
{
	struct monitor *m = *slot;
	if (!m)
		return;
	serve_close(&m->serve);
	metrics_close(&m->metrics);
	cJSON_free(m->explanation);
	rt_free(m);
	*slot = NULL;
}
