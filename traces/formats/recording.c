/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording.c - what the sidecar wrote of each round
 * (docs/formats/recording.md): of the observations what waits for a place, and
 * what is in use of Ray's nodes.
 */
#include <string.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/model/codec.h"
#include "core/model/res.h"
#include "traces/native.h"
#include "traces/seen.h"

#define VERSION 1
#define MS_PER_S 1000
#define MS_MAX ((int64_t)TRACE_SECONDS_MAX * MS_PER_S)

struct recording_state {
	struct trace_seen *seen;
	struct rt_arena *nodes; /* what is in use of them */
	bool began;
	int64_t first_ms;
	char *asked; /* by request_resources(), as text; NULL: nothing */
};

/* ---- what it asks for ---------------------------------------------------- */

/* Ray's own of each node, and parts of a placement group, whose bundles are
 * held already. */
static bool is_of_ray(const char *name)
{
	return strncmp(name, "node:", 5) == 0 ||
	       strcmp(name, "object_store_memory") == 0 ||
	       strncmp(name, "bundle_group_", 13) == 0 ||
	       strstr(name, "_group_");
}

/* Without what is zero.  False: it is a part of a placement group. */
static bool own_res(struct trace_reader *reader, struct rt_res from,
		    struct rt_res *out)
{
	const struct rt_names *names = trace_facts(reader)->names;
	struct rt_amount *at = RT_ARENA_ARRAY(trace_scratch(reader),
					      struct rt_amount, from.len);
	uint32_t len = 0;

	for (uint32_t i = 0; i < from.len; i++) {
		if (is_of_ray(rt_name_text(names, from.at[i].name)))
			return false;
		if (from.at[i].units > 0)
			at[len++] = from.at[i];
	}
	*out = (struct rt_res){ len, at };
	return true;
}

/* A value that a list of them can be told with. */
static enum rt_status check_values(const struct rt_label_rule *rule,
				   const struct rt_names *names,
				   struct rt_error *err)
{
	for (uint32_t i = 0; i < rule->len; i++) {
		const char *value = rt_name_text(names, rule->values[i]);
		if (!*value || strpbrk(value, " ,"))
			return rt_fail(err, RT_EINPUT,
				       "\"%.40s\" is no value of a label",
				       value);
	}
	return RT_OK;
}

/* Of alternatives the preferred one; rules without values say nothing. */
static enum rt_status own_selector(struct trace_reader *reader,
				   const struct rt_request *request,
				   struct rt_selector *out,
				   struct rt_error *err)
{
	*out = (struct rt_selector){ 0 };
	if (request->selectors_len == 0)
		return RT_OK;
	struct rt_selector from = request->selectors[0];
	struct rt_label_rule *rules = RT_ARENA_ARRAY(
		trace_scratch(reader), struct rt_label_rule, from.len);
	enum rt_status status = RT_OK;
	for (uint32_t i = 0; i < from.len && !status; i++) {
		status = check_values(&from.rules[i],
				      trace_facts(reader)->names, err);
		if (from.rules[i].len > 0)
			rules[out->len++] = from.rules[i];
	}
	out->rules = rules;
	return status;
}

/* `count` 0: it is not to be read. */
static enum rt_status find_ask(struct trace_reader *reader,
			       const struct rt_request *request,
			       struct trace_ask *out, struct rt_error *err)
{
	struct trace_shape shape;
	enum rt_status status =
		own_selector(reader, request, &shape.selector, err);

	out->count = 0;
	if (status || !own_res(reader, request->res, &shape.res))
		return status;
	out->count = (uint32_t)request->count;
	return trace_shape(reader, &shape, &out->shape, err);
}

static enum rt_status find_asks(struct trace_reader *reader, uint32_t len,
				const struct rt_request *requests,
				struct trace_seen_kind *out,
				struct rt_error *err)
{
	struct trace_ask *asks =
		RT_ARENA_ARRAY(trace_scratch(reader), struct trace_ask, len);
	enum rt_status status = RT_OK;

	for (uint32_t i = 0; i < len && !status; i++) {
		struct trace_ask *ask = &asks[out->asks_len];
		status = find_ask(reader, &requests[i], ask, err);
		if (status || ask->count == 0)
			continue;
		if (out->asks_len > 0 && ask[-1].shape == ask->shape &&
		    ask[-1].count <= RT_COUNT_MAX - ask->count)
			ask[-1].count += ask->count;
		else
			out->asks_len++;
	}
	out->asks = asks;
	return status;
}

/* As a text: equal ones are equal kinds. */
static const char *text_of(struct trace_reader *reader, const char *before,
			   const struct trace_seen_kind *kind)
{
	struct rt_buf text = RT_BUF(RT_LINE_MAX);

	rt_buf_addf(&text, "%s", before);
	for (uint32_t i = 0; i < kind->asks_len; i++)
		rt_buf_addf(&text, " %ux%u", kind->asks[i].count,
			    kind->asks[i].shape);
	const char *copy = rt_arena_strdup(trace_scratch(reader), text.data);
	rt_buf_free(&text);
	return copy;
}

/* ---- what waits ---------------------------------------------------------- */

static enum rt_status take_task(struct recording_state *state,
				struct trace_reader *reader,
				const struct rt_request *task,
				struct rt_error *err)
{
	struct trace_seen_kind kind = { 0 };
	struct trace_ask ask;
	enum rt_status status = find_ask(reader, task, &ask, err);

	if (status || ask.count == 0)
		return status;
	ask.count = 1;
	kind.asks_len = 1;
	kind.asks = &ask;
	kind.text = text_of(reader, "task", &kind);
	trace_seen_wait(state->seen, &kind, (uint64_t)task->count);
	return RT_OK;
}

/* "ID:STRATEGY|STATE"; where it is not that, the strict ones are known by what
 * their bundles want of each other. */
static void read_details(const struct rt_gang *gang, struct rt_arena *arena,
			 struct trace_seen_kind *kind)
{
	const char *colon = strchr(gang->details, ':');
	const struct rt_request *first = &gang->bundles[0];

	if (first->placements_len > 0)
		kind->strategy = first->placements[0].kind == RT_AFFINITY
					 ? TRACE_STRICT_PACK
					 : TRACE_STRICT_SPREAD;
	if (!colon || colon == gang->details)
		return;
	kind->id = rt_arena_strndup(arena, gang->details,
				    (size_t)(colon - gang->details));
	const char *word =
		rt_arena_strndup(arena, colon + 1, strcspn(colon + 1, "|"));
	for (int i = TRACE_PACK; i <= TRACE_STRICT_SPREAD; i++)
		if (strcmp(word,
			   native_strategy_name((enum trace_strategy)i)) == 0)
			kind->strategy = (enum trace_strategy)i;
}

static enum rt_status take_gang(struct recording_state *state,
				struct trace_reader *reader,
				const struct rt_gang *gang,
				struct rt_error *err)
{
	struct trace_seen_kind kind = { .kind = TRACE_GANG };
	enum rt_status status =
		find_asks(reader, gang->len, gang->bundles, &kind, err);

	if (status || kind.asks_len == 0)
		return status;
	read_details(gang, trace_scratch(reader), &kind);
	const char *name = rt_arena_printf(trace_scratch(reader), "gang %s %s",
					   kind.id ? kind.id : "",
					   native_strategy_name(kind.strategy));
	kind.text = text_of(reader, name, &kind);
	trace_seen_wait(state->seen, &kind, 1);
	return RT_OK;
}

/* What request_resources() asks for stands until it asks for something else. */
static enum rt_status take_constraints(struct recording_state *state,
				       struct trace_reader *reader,
				       const struct rt_demand *demand,
				       double now_s, struct rt_error *err)
{
	const struct rt_constraint none = { 0 };
	const struct rt_constraint *first =
		demand->constraints_len > 0 ? &demand->constraints[0] : &none;
	struct trace_seen_kind kind = { .kind = TRACE_REQUEST };
	enum rt_status status =
		find_asks(reader, first->len, first->requests, &kind, err);

	if (status)
		return status;
	const char *text = text_of(reader, "", &kind);
	if (strcmp(state->asked ? state->asked : "", text) == 0)
		return RT_OK;
	rt_free(state->asked);
	state->asked = rt_strdup(text);
	struct trace_job job = trace_job_plain(now_s, -1, kind.asks);
	job.kind = TRACE_REQUEST;
	job.asks_len = kind.asks_len;
	return trace_emit(reader, &job, 1, err);
}

static enum rt_status take_demand(struct recording_state *state,
				  struct trace_reader *reader,
				  const struct rt_json *observation,
				  double now_s, struct rt_error *err)
{
	struct rt_codec codec = { .names = trace_facts(reader)->names,
				  .arena = trace_scratch(reader),
				  .err = err };
	struct rt_demand demand = { 0 };
	enum rt_status status = rt_decode_demand(&codec, observation, &demand);

	for (uint32_t i = 0; i < demand.tasks_len && !status; i++)
		status = take_task(state, reader, &demand.tasks[i], err);
	for (uint32_t i = 0; i < demand.gangs_len && !status; i++)
		if (demand.gangs[i].len > 0)
			status =
				take_gang(state, reader, &demand.gangs[i], err);
	return status ? status
		      : take_constraints(state, reader, &demand, now_s, err);
}

/* ---- what is in use ------------------------------------------------------ */

/* A resource that is used up is absent from what is available. */
static struct rt_res in_use(const struct rt_names *names,
			    struct rt_arena *arena, struct rt_res total,
			    struct rt_res available)
{
	struct rt_amount *at =
		RT_ARENA_ARRAY(arena, struct rt_amount, total.len);
	uint32_t len = 0;

	for (uint32_t i = 0; i < total.len; i++) {
		uint32_t name = total.at[i].name;
		int64_t units = total.at[i].units - rt_res_get(available, name);
		if (units > 0 && !is_of_ray(rt_name_text(names, name)))
			at[len++] = (struct rt_amount){ name, units };
	}
	return (struct rt_res){ len, at };
}

static enum rt_status take_node(struct recording_state *state,
				struct trace_reader *reader,
				const struct rt_json *node,
				struct rt_error *err)
{
	struct rt_codec codec = { .names = trace_facts(reader)->names,
				  .arena = state->nodes,
				  .err = err };
	struct rt_res total = { 0 }, available = { 0 };
	const char *ray_status = "";
	enum rt_status status;

	if ((status = rt_json_is_object(node, err)) ||
	    (status = rt_json_get_str(node, "ray_status", &ray_status, err)) ||
	    (status = rt_decode_res(&codec, node, "total", &total)) ||
	    (status = rt_decode_res(&codec, node, "available", &available)))
		return status;
	if (strcmp(ray_status, "DEAD") != 0)
		trace_seen_use(state->seen, in_use(codec.names, codec.arena,
						   total, available));
	return RT_OK;
}

static enum rt_status take_nodes(struct recording_state *state,
				 struct trace_reader *reader,
				 const struct rt_json *list,
				 struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = rt_json_is_array(list, err);

	trace_seen_clear_use(state->seen);
	rt_arena_reset(state->nodes);
	for (bool more = !status && rt_json_first(list, &item); more;
	     more = !status && rt_json_next(&item))
		status = take_node(state, reader, &item, err);
	return status;
}

/* ---- lines --------------------------------------------------------------- */

static enum rt_status take_observation(struct recording_state *state,
				       struct trace_reader *reader,
				       const struct rt_json *observation,
				       double now_s, struct rt_error *err)
{
	struct rt_json part;
	enum rt_status status = rt_json_is_object(observation, err);

	trace_seen_begin(state->seen, now_s);
	if (!status && rt_json_member(observation, "ray_nodes", &part))
		status = take_nodes(state, reader, &part, err);
	if (!status && rt_json_member(observation, "demand", &part))
		status = take_demand(state, reader, observation, now_s, err);
	else
		trace_seen_still(state->seen);
	return status ? status : trace_seen_settle(state->seen, err);
}

static enum rt_status take_round(struct recording_state *state,
				 struct trace_reader *reader,
				 const struct rt_json *round,
				 struct rt_error *err)
{
	struct rt_json observation;
	int64_t now_ms = -1;
	enum rt_status status = rt_json_get_i64(
		round, "now_ms", 0, RT_JSON_WHOLE_MAX, &now_ms, err);

	if (status)
		return status;
	if (now_ms < 0)
		return rt_fail(err, RT_EINPUT,
			       "no line of a recording: neither `recording` "
			       "nor `now_ms`");
	if (!state->began)
		state->first_ms = now_ms;
	state->began = true;
	int64_t passed_ms = now_ms - state->first_ms;
	if (passed_ms < 0) {
		trace_mend(reader, "had a time before the first round's");
		passed_ms = 0;
	}
	if (passed_ms > MS_MAX)
		return rt_fail(err, RT_EINPUT,
			       "now_ms: more than %g s after the first round",
			       TRACE_SECONDS_MAX);
	double now_s = (double)passed_ms / MS_PER_S;
	if (!rt_json_member(round, "observation", &observation)) {
		trace_seen_pass(state->seen, now_s);
		return RT_OK;
	}
	return take_observation(state, reader, &observation, now_s, err);
}

static enum rt_status take_header(const struct rt_json *header,
				  struct rt_error *err)
{
	int64_t version = 0;
	enum rt_status status = rt_json_get_i64(
		header, "recording", 1, RT_JSON_WHOLE_MAX, &version, err);

	if (status || version == VERSION)
		return status;
	return rt_fail(err, RT_EINPUT,
		       "a recording of version %lld; this raytide reads "
		       "version %d",
		       (long long)version, VERSION);
}

static enum rt_status recording_take(void *of, char *line,
				     struct trace_reader *reader,
				     struct rt_error *err)
{
	struct recording_state *state = of;
	cJSON *doc;
	enum rt_status status = rt_json_parse(line, strlen(line), &doc, err);

	if (status)
		return status;
	if (!state->seen) {
		state->seen = trace_seen_new(reader);
		state->nodes = rt_arena_new();
	}
	const struct rt_json root = rt_json_root(doc);
	status = rt_json_is_object(&root, err);
	if (!status && cJSON_HasObjectItem(doc, "recording"))
		status = take_header(&root, err);
	else if (!status)
		status = take_round(state, reader, &root, err);
	cJSON_Delete(doc);
	return status;
}

static enum rt_status recording_end(void *of, struct trace_reader *reader,
				    struct rt_error *err)
{
	struct recording_state *state = of;

	(void)reader;
	return state->seen ? trace_seen_end(state->seen, err) : RT_OK;
}

static void recording_close(void *of)
{
	struct recording_state *state = of;

	if (state->seen)
		rt_arena_free(&state->nodes);
	trace_seen_free(&state->seen);
	rt_free(state->asked);
}

const struct trace_format trace_format_recording = {
	.name = "recording",
	.summary = "what raytide-autoscaler recorded of a cluster (JSON lines)",
	.flags = TRACE_UNSORTED | TRACE_MAY_BE_CUT,
	.sniff = trace_is_recording,
	.state_size = sizeof(struct recording_state),
	.take = recording_take,
	.end = recording_end,
	.close = recording_close,
};
