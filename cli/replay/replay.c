/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - each file's header makes a controller; what the one before came to
 * must be what it begins with.  A round that was repeated was not decided, nor
 * is it here.
 */
#include "cli/replay/replay.h"

#include <stdio.h>
#include <string.h>

#include "cli/replay/difference.h"
#include "cli/replay/input.h"
#include "cli/replay/run.h"
#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/controller/explain.h"
#include "core/model/codec_actions.h"

struct replay {
	struct input *in;
	const struct rt_registry *registry;
	struct rt_recording *recording;
	struct rt_record record;
	cJSON *header;
	struct run *run; /* NULL: no header yet */
	int64_t last;    /* round; -1: none */
	bool breaks;     /* the file does not go on where another ended */
	struct rt_observation seen;
	/* Of the state that a file begins with. */
	char difference[RT_ERROR_TEXT];
};

enum rt_status replay_open(struct replay **out, const char *path,
			   const struct rt_registry *registry,
			   struct rt_error *err)
{
	struct replay *r = rt_calloc(1, sizeof *r);
	enum rt_status status = input_open(&r->in, path, err);

	r->registry = registry;
	r->recording = rt_recording_new();
	r->last = -1;
	if (status)
		replay_close(&r);
	*out = r;
	return status;
}

void replay_close(struct replay **slot)
{
	struct replay *r = *slot;

	if (!r)
		return;
	run_close(&r->run);
	rt_recording_free(&r->recording);
	cJSON_Delete(r->header);
	input_close(&r->in);
	rt_free(r);
	*slot = NULL;
}

const cJSON *replay_header(const struct replay *r)
{
	return r->header;
}

enum rt_status replay_observe(const struct replay *r, struct rt_names *names,
			      struct rt_arena *arena,
			      struct rt_observation *out, struct rt_error *err)
{
	return rt_recording_observe(r->recording, names, arena, out, err);
}

const struct rt_instances *replay_instances(const struct replay *r)
{
	return rt_controller_instances(run_controller(r->run));
}

uint32_t replay_files(const struct replay *r)
{
	return input_files(r->in);
}

/* ---- the beginning of a file --------------------------------------------- */

static bool same_member(const cJSON *a, const cJSON *b, const char *key)
{
	return cJSON_Compare(cJSON_GetObjectItemCaseSensitive(a, key),
			     cJSON_GetObjectItemCaseSensitive(b, key), true);
}

/* Where a file goes on where the one before has ended, so must its state. */
static void compare_state(struct replay *r, const cJSON *header)
{
	const struct rt_json root = rt_json_root(header);
	struct rt_error ignored;
	int64_t round = -1;

	r->difference[0] = '\0';
	rt_json_get_i64(&root, "round", 0, RT_JSON_WHOLE_MAX, &round, &ignored);
	r->breaks = !r->run || round != r->last + 1;
	if (r->breaks || !same_member(r->header, header, "policy") ||
	    !same_member(r->header, header, "sets"))
		return;
	cJSON *state = rt_controller_dump(run_controller(r->run));
	difference_find("controller",
			cJSON_GetObjectItemCaseSensitive(header, "controller"),
			state, r->difference, sizeof r->difference);
	cJSON_Delete(state);
}

static enum rt_status begin_file(struct replay *r, struct rt_error *err)
{
	cJSON *header = cJSON_Duplicate(r->record.doc, true);

	compare_state(r, header);
	cJSON_Delete(r->header);
	r->header = header;
	run_close(&r->run);
	return run_open(&r->run, header, NULL, r->registry, err);
}

/* ---- a round ------------------------------------------------------------- */

static enum rt_status take_outcomes(const struct rt_record *record,
				    struct rt_actions *actions,
				    struct rt_error *err)
{
	/* Another number of actions is a difference, told as such. */
	if (cJSON_GetArraySize(record->actions) != (int)actions->len)
		return RT_OK;
	return rt_outcomes_decode(record->actions, actions, err);
}

static void compare_round(const struct rt_record *record,
			  struct replay_round *out)
{
	const size_t size = sizeof out->difference;
	cJSON *decision, *actions;

	if (record->failed || out->failed.status) {
		char text[RT_ERROR_TEXT + 16] = "";
		if (out->failed.status)
			snprintf(text, sizeof text, "decide: %s",
				 out->failed.text);
		cJSON *failed =
			out->failed.status ? cJSON_CreateString(text) : NULL;
		difference_find(
			"failed",
			cJSON_GetObjectItemCaseSensitive(record->doc, "failed"),
			failed, out->difference, size);
		cJSON_Delete(failed);
		return;
	}
	decision = rt_explained(out->decision, out->arena);
	actions = rt_actions_encode(out->actions, out->decision->snapshot);
	if (!difference_find("decision", record->decision, decision,
			     out->difference, size))
		difference_find("actions", record->actions, actions,
				out->difference, size);
	cJSON_Delete(decision);
	cJSON_Delete(actions);
}

static enum rt_status decide(struct replay *r, struct replay_round *out,
			     struct rt_error *err)
{
	struct rt_controller *c = run_controller(r->run);
	struct rt_decision *decision = NULL;
	struct rt_actions *actions;
	enum rt_status status;

	rt_controller_renew_names(c);
	rt_controller_forget(c);
	out->arena = rt_controller_begin(c);
	if ((status = rt_recording_observe(r->recording, rt_controller_names(c),
					   out->arena, &r->seen, err)))
		return status;
	out->failed.status = rt_controller_reconcile(c, &r->seen, &decision,
						     &actions, &out->failed);
	out->seen = &r->seen;
	if (!out->failed.status) {
		out->decision = decision;
		out->snapshot = rt_controller_snapshot(c);
		out->recall = rt_controller_recall(c);
		out->chain = run_chain(r->run);
		out->actions = actions;
		if (!r->record.failed &&
		    (status = take_outcomes(&r->record, actions, err)))
			return status;
	}
	compare_round(&r->record, out);
	if (!out->failed.status)
		rt_controller_note(c, actions);
	return RT_OK;
}

static enum rt_status run_round(struct replay *r, struct replay_round *out,
				struct rt_error *err)
{
	if (!r->run)
		return rt_fail(err, RT_EINPUT,
			       "a round before any header; a recording begins "
			       "with one");
	memcpy(out->difference, r->difference, sizeof out->difference);
	if (r->difference[0])
		return RT_OK;
	r->last = r->record.round;
	if (r->record.repeated)
		rt_controller_skip(run_controller(r->run), 1, r->record.now_ms);
	else if (r->record.seen)
		return decide(r, out, err);
	return RT_OK;
}

/* Takes a line; `round`: it was one. */
static enum rt_status take_line(struct replay *r, const char *line, bool *round,
				struct replay_round *out, struct rt_error *err)
{
	enum rt_status status =
		rt_recording_take(r->recording, line, &r->record, err);

	*round = !r->record.header;
	if (!status)
		status = *round ? run_round(r, out, err) : begin_file(r, err);
	return status ? input_wrong(r->in, err) : RT_OK;
}

enum rt_status replay_next(struct replay *r, struct replay_round *out,
			   bool *more, struct rt_error *err)
{
	char *line;
	bool round = false;
	enum rt_status status = RT_OK;

	*out = (struct replay_round){ .record = &r->record };
	*more = false;
	while (!round) {
		if ((status = input_next(r->in, &line, err)) || !line)
			return status;
		if ((status = take_line(r, line, &round, out, err)))
			return status;
		out->begins |= !round;
	}
	out->breaks = out->begins && r->breaks;
	out->file = input_file(r->in);
	*more = true;
	return RT_OK;
}
