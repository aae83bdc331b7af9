/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_recording.c - the lines of a recording: any bytes are refused, or a
 * controller begins where the header says and takes in what was seen.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/param.h"
#include "core/controller/controller.h"
#include "core/controller/explain.h"
#include "core/host/chain_open.h"
#include "core/model/codec_actions.h"
#include "core/model/recording.h"
#include "tests/fuzz/fuzz.h"

struct replaying {
	struct rt_chain chain;
	struct rt_controller *controller; /* NULL: no header yet */
	struct rt_recording *recording;
	struct rt_record record;
};

static enum rt_status begin(struct replaying *r, struct rt_error *err)
{
	struct rt_controller_settings settings;
	const struct rt_json root = rt_json_root(r->record.doc);
	struct rt_json state;

	rt_controller_free(&r->controller);
	rt_params_default(rt_controller_params, &settings);
	r->controller = rt_controller_new(&settings, &r->chain);
	rt_controller_explain(r->controller);
	return rt_json_member(&root, "controller", &state)
		       ? rt_controller_load(r->controller, &state, err)
		       : RT_OK;
}

static enum rt_status run(struct replaying *r, struct rt_error *err)
{
	struct rt_arena *arena = rt_controller_begin(r->controller);
	struct rt_observation seen;
	struct rt_decision *decision;
	struct rt_actions *actions;
	enum rt_status status;

	if ((status = rt_recording_observe(r->recording,
					   rt_controller_names(r->controller),
					   arena, &seen, err)) ||
	    (status = rt_controller_reconcile(r->controller, &seen, &decision,
					      &actions, err)))
		return status;
	cJSON_Delete(rt_explained(decision, arena));
	if (r->record.actions)
		status = rt_outcomes_decode(r->record.actions, actions, err);
	if (!status)
		rt_controller_note(r->controller, actions);
	return status;
}

static enum rt_status take(struct replaying *r, const char *line,
			   struct rt_error *err)
{
	enum rt_status status =
		rt_recording_take(r->recording, line, &r->record, err);

	if (status)
		return status;
	if (r->record.header)
		return begin(r, err);
	return r->controller && r->record.seen ? run(r, err) : RT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct replaying r = { .recording = rt_recording_new() };
	cJSON *name = cJSON_CreateString("ray");
	const struct rt_json view = rt_json_root(name);
	char *text = malloc(size + 1), *rest = text;
	struct rt_error err;

	memcpy(text, data, size);
	text[size] = '\0';
	if (rt_chain_open(&r.chain, &view, &rt_registry, &err))
		abort();
	for (char *line; (line = strsep(&rest, "\n"));)
		if (take(&r, line, &err))
			break;
	rt_controller_free(&r.controller);
	rt_recording_free(&r.recording);
	rt_chain_close(&r.chain);
	cJSON_Delete(name);
	free(text);
	return 0;
}
