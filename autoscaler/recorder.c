/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder.c - the texts of a round; what they are written to is scribe.h.  A
 * part of the observation is told when its text is another than before.
 */
#include "autoscaler/recorder.h"

#include <inttypes.h>
#include <string.h>

#include "autoscaler/recorder_header.h"
#include "autoscaler/scribe.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/controller/explain.h"
#include "core/model/codec_actions.h"
#include "core/model/codec_decision.h"
#include "core/model/codec_observation.h"

#define RETRY_MS 5000 /* after a failure */

struct recorder {
	struct recorder_conf conf;
	struct scribe *scribe; /* NULL: nothing is recorded */
	uint64_t rounds;
	uint32_t part;
	bool begin;              /* with the next round that can be written */
	int64_t again_ms;        /* not before */
	bool on;                 /* this round is written */
	char *header;            /* of the file that this round begins */
	char *cluster;           /* of this round's observation */
	char *parts[RT_PARTS];   /* as they were told last; NULL: not yet */
	struct rt_error refused; /* a round that could not be taken */
	uint64_t lost;
};

struct recorder *recorder_open(const struct recorder_conf *conf)
{
	struct recorder *r = rt_calloc(1, sizeof *r);
	r->conf = *conf;
	r->begin = true;
	if (conf->dir)
		r->scribe = scribe_open(conf->dir, conf->bytes_max);
	return r;
}

static void forget_parts(struct recorder *r)
{
	for (enum rt_part i = 0; i < RT_PARTS; i++) {
		rt_free(r->parts[i]);
		r->parts[i] = NULL;
	}
}

/* Of a round that is over. */
static void forget_round(struct recorder *r)
{
	cJSON_free(r->header);
	cJSON_free(r->cluster);
	r->header = r->cluster = NULL;
}

void recorder_close(struct recorder **slot)
{
	struct recorder *r = *slot;
	if (!r)
		return;
	scribe_close(&r->scribe);
	forget_parts(r);
	forget_round(r);
	rt_free(r);
	*slot = NULL;
}

/* ---- before the round ---------------------------------------------------- */

void recorder_renew(struct recorder *r)
{
	r->begin = true;
}

void recorder_begin(struct recorder *r, struct rt_controller *controller,
		    const struct policy *policy, const struct policy *shadow)
{
	if (!r->scribe)
		return;
	const struct scribe_state state = scribe_look(r->scribe);
	/* Of an earlier file it says nothing new. */
	bool is_now = state.begun == r->part;
	if (is_now && state.failed.status && !r->begin) {
		r->begin = true;
		r->again_ms = http_clock_ms() + RETRY_MS;
	}
	r->begin |= is_now && state.file_bytes >= scribe_share(r->scribe);
	r->on = !r->begin || http_clock_ms() >= r->again_ms;
	if (!r->begin || !r->on)
		return;
	/* What the next file has must not depend on a round before it. */
	rt_controller_forget(controller);
	forget_parts(r);
	r->header = recorder_header(&r->conf, r->part, r->rounds + 1, policy,
				    shadow, controller);
}

/* ---- its text ------------------------------------------------------------ */

static char *print(cJSON *json)
{
	char *text = rt_json_print(json);
	cJSON_Delete(json);
	return text;
}

void recorder_see(struct recorder *r, const struct round *round)
{
	const struct rt_name_table none = { 0, NULL, NULL };
	if (r->on && !round->repeated)
		r->cluster = print(rt_part_encode(RT_PART_CLUSTER, &round->seen,
						  round->raycluster, &none));
}

/* The members that are others than before. */
static bool add_observation(struct recorder *r, const struct round *round,
			    const struct rt_name_table *names,
			    struct rt_buf *to)
{
	const char *comma = "";
	bool fits = rt_buf_addf(to, ",\"observation\":{");
	for (enum rt_part i = 0; i < RT_PARTS; i++) {
		char *text = i == RT_PART_CLUSTER
				     ? r->cluster
				     : print(rt_part_encode(i, &round->seen,
							    NULL, names));
		if (!r->parts[i] || strcmp(r->parts[i], text) != 0) {
			fits = fits &&
			       rt_buf_addf(to, "%s\"%s\":", comma,
					   rt_part_names[i]) &&
			       rt_buf_add(to, text, strlen(text));
			comma = ",";
			rt_free(r->parts[i]);
			r->parts[i] = rt_strdup(text);
		}
		if (i != RT_PART_CLUSTER)
			cJSON_free(text);
	}
	return fits && rt_buf_addf(to, "}");
}

static bool add_document(struct rt_buf *to, const char *key, cJSON *json)
{
	char *text = print(json);
	bool fits = rt_buf_addf(to, ",\"%s\":", key) &&
		    rt_buf_add(to, text, strlen(text));
	cJSON_free(text);
	return fits;
}

static bool add_shadow(const struct round *round, struct rt_buf *to)
{
	cJSON *json = NULL;
	if (round->shadow) {
		json = rt_decision_encode(round->shadow);
		if (round->shadow->held)
			cJSON_AddTrueToObject(json, "held");
	} else if (round->shadow_failed) {
		json = cJSON_CreateObject();
		cJSON_AddStringToObject(json, "failed", round->shadow_failed);
	}
	return !json || add_document(to, "shadow", json);
}

static bool add_decision(const struct round *round, struct rt_buf *to)
{
	const struct rt_decision *d = round->decision;
	return add_document(to, "decision", rt_explained(d, round->arena)) &&
	       add_document(to, "actions",
			    rt_actions_encode(round->actions, d->snapshot)) &&
	       add_shadow(round, to);
}

static bool add_round(struct recorder *r, const struct round *round,
		      const char *failed, const struct rt_name_table *names,
		      struct rt_buf *to)
{
	if (!rt_buf_addf(to, "{\"round\":%" PRIu64 ",\"now_ms\":%" PRId64,
			 r->rounds, round->seen.now_ms))
		return false;
	if (round->repeated)
		return rt_buf_addf(to, ",\"repeated\":true}\n");
	if (r->cluster && !add_observation(r, round, names, to))
		return false;
	if (failed && !add_document(to, "failed", cJSON_CreateString(failed)))
		return false;
	if (!failed && !add_decision(round, to))
		return false;
	return rt_buf_addf(to, "}\n");
}

/* ---- after the round ----------------------------------------------------- */

/* A round that did not see anything is no beginning. */
static enum rt_status write_round(struct recorder *r, const struct round *round,
				  const char *failed,
				  const struct rt_name_table *names)
{
	struct rt_buf text = RT_BUF(2 * (size_t)RT_LINE_MAX);
	if (r->header && !r->cluster)
		return RT_OK;
	if (r->header)
		rt_buf_addf(&text, "%s\n", r->header);
	size_t line = text.len;
	if (!add_round(r, round, failed, names, &text) ||
	    text.len - line > RT_LINE_MAX) {
		rt_buf_free(&text);
		return rt_fail(&r->refused, RT_ELIMIT,
			       "a round of more than %u MiB",
			       RT_LINE_MAX >> 20);
	}
	bool begin = r->header;
	if (!scribe_add(r->scribe, text.data, text.len, begin))
		return rt_fail(&r->refused, RT_EIO,
			       "%s: too slow; rounds are left out",
			       r->conf.dir);
	if (begin) {
		r->part++;
		r->begin = false;
	}
	return RT_OK;
}

void recorder_note(struct recorder *r, const struct round *round,
		   const char *failed, const struct rt_name_table *names)
{
	if (!r->scribe)
		return;
	r->rounds++;
	r->refused.status = RT_OK;
	if (!r->on) {
		r->lost++;
	} else if (write_round(r, round, failed, names)) {
		r->lost++;
		r->begin = true;
		r->again_ms = http_clock_ms() + RETRY_MS;
	}
	forget_round(r);
	r->on = !r->begin; /* one that sees nothing does not come to begin */
}

enum rt_status recorder_check(struct recorder *r, struct metrics *metrics,
			      struct rt_error *err)
{
	if (!r->scribe)
		return RT_OK;
	const struct scribe_state state = scribe_look(r->scribe);
	metrics_set(metrics, METRIC_RECORDED_ROUNDS, (double)state.texts, NULL,
		    NULL);
	metrics_set(metrics, METRIC_LOST_ROUNDS, (double)(r->lost + state.lost),
		    NULL, NULL);
	metrics_set(metrics, METRIC_RECORDED_BYTES, (double)state.bytes, NULL,
		    NULL);
	*err = state.failed.status ? state.failed : r->refused;
	return err->status;
}
