/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_explain.c - raytide explain: finds the round, in snapshots or by
 * replaying a recording up to it, and puts the questions to it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/explain/questions.h"
#include "cli/replay/input.h"
#include "cli/replay/replay.h"
#include "core/base/csv.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/controller/settings.h"
#include "core/host/policy_file.h"
#include "core/model/codec_snapshot.h"

struct explain_conf {
	const char *policy;
	struct questions questions;
	int64_t round; /* 0: the last */
	bool json;
};

#define TEXT_OPTION(name, member)                                              \
	static enum rt_status take_##name(void *conf, const char *value,       \
					  struct rt_error *err)                \
	{                                                                      \
		(void)err;                                                     \
		((struct explain_conf *)conf)->member = value;                 \
		return RT_OK;                                                  \
	}
TEXT_OPTION(policy, policy)
TEXT_OPTION(group, questions.group)
TEXT_OPTION(node, questions.node)
TEXT_OPTION(demand, questions.demand)

static enum rt_status take_json(void *conf, const char *value,
				struct rt_error *err)
{
	(void)value;
	(void)err;
	((struct explain_conf *)conf)->json = true;
	return RT_OK;
}

static enum rt_status take_round(void *conf, const char *value,
				 struct rt_error *err)
{
	char *end;
	long long round = strtoll(value, &end, 10);

	if (end == value || *end || round < 1)
		return rt_fail(err, RT_EINPUT, "%s: not a number from 1",
			       value);
	((struct explain_conf *)conf)->round = round;
	return RT_OK;
}

static const struct rt_option explain_options[] = {
	{ "round", "N",
	  "of several, the Nth; of a recording the one with\nthis number (the last)",
	  take_round },
	{ "group", "NAME", "how many nodes of it, and not more or less",
	  take_group },
	{ "node", "ID", "why it is kept, or ended; its instance_id or pod",
	  take_node },
	{ "demand", "I|gangs[I]|constraints[I]",
	  "where tasks[I] finds a place, or what it lacks", take_demand },
	{ "policy", "NAME|FILE",
	  "the policy that decides (ray, or that of the recording)",
	  take_policy },
	{ "json", NULL, "one JSON object in place of sentences", take_json },
	{ 0 },
};

/* ---- the round ----------------------------------------------------------- */

static void print(const struct explain_conf *conf, int64_t round,
		  const struct scene *scene, cJSON *answers)
{
	if (!conf->json) {
		tell_print(answers);
		return;
	}
	cJSON *doc = cJSON_CreateObject();
	cJSON_AddNumberToObject(doc, "version", 1);
	cJSON_AddNumberToObject(doc, "round", (double)round);
	cJSON_AddNumberToObject(doc, "now_ms", (double)scene->snapshot->now_ms);
	cJSON_AddItemReferenceToObject(doc, "answers", answers);
	char *text = rt_json_print(doc);
	puts(text);
	cJSON_free(text);
	cJSON_Delete(doc);
}

static enum rt_status explain(const struct explain_conf *conf, int64_t round,
			      const struct scene *scene, struct rt_error *err)
{
	cJSON *answers = cJSON_CreateArray();

	enum rt_status status =
		questions_ask(&conf->questions, scene, answers, err);
	if (!status)
		print(conf, round, scene, answers);
	cJSON_Delete(answers);
	return status;
}

/* The decision is made without guards anew, as that is what is compared. */
static enum rt_status explain_scene(const struct explain_conf *conf,
				    int64_t round, struct scene *scene,
				    struct rt_arena *arena,
				    struct rt_error *err)
{
	struct rt_decision *decision;
	enum rt_status status =
		rt_chain_try(scene->chain, scene->recall, scene->snapshot, true,
			     arena, &decision, err);

	if (status)
		return status;
	scene->free = decision;
	if (!scene->decision)
		scene->decision = decision;
	scene->misses = rt_misses_open(scene->decision, arena);
	scene->scratch = rt_arena_new();
	status = explain(conf, round, scene, err);
	rt_arena_free(&scene->scratch);
	return status;
}

/* ---- of snapshots -------------------------------------------------------- */

static enum rt_status explain_snapshot(const struct explain_conf *conf,
				       int64_t round, const cJSON *doc,
				       const struct rt_chain *chain,
				       struct rt_error *err)
{
	struct rt_names *names = rt_names_new();
	struct rt_arena *arena = rt_arena_new();
	struct scene scene = { .chain = chain };
	struct rt_snapshot *snapshot;
	enum rt_status status =
		rt_snapshot_decode(doc, names, arena, &snapshot, err);

	scene.snapshot = snapshot;
	if (!status)
		status = explain_scene(conf, round, &scene, arena, err);
	rt_arena_free(&arena);
	rt_names_free(&names);
	return status;
}

/* The line that was asked for, or the last; blank ones do not count. */
static enum rt_status read_round(struct rt_lines *lines, int64_t want,
				 int64_t *round, cJSON **doc,
				 struct rt_error *err)
{
	enum rt_status status = RT_OK;
	char *line, *kept = NULL;

	for (*round = 0; !want || *round < want;) {
		if ((status = rt_lines_next(lines, &line, err)) || !line)
			break;
		if (!line[strspn(line, " \t\r")])
			continue;
		++*round;
		rt_free(kept);
		kept = rt_strdup(line);
	}
	if (!status && (*round < want || !kept))
		status = rt_fail(err, RT_EINPUT,
				 "%s: there are %" PRId64 " rounds",
				 rt_lines_path(lines), *round);
	if (!status)
		status = rt_json_parse(kept, strlen(kept), doc, err);
	rt_free(kept);
	return status;
}

static enum rt_status open_policy(const struct explain_conf *conf,
				  struct rt_chain *chain, struct rt_error *err)
{
	const char *policy = conf->policy ? conf->policy : "ray";
	struct rt_controller_settings unused;
	const struct rt_setting_group controller = { rt_controller_params,
						     &unused, NULL };
	const struct rt_settings settings = { chain, 1, &controller };

	if (rt_policy_open(&settings, policy, &rt_registry, err))
		return rt_wrap(err, "--policy");
	return RT_OK;
}

static enum rt_status explain_snapshots(const struct explain_conf *conf,
					const char *path, struct rt_error *err)
{
	struct rt_lines *lines = NULL;
	struct rt_chain chain;
	cJSON *doc = NULL;
	int64_t round;
	enum rt_status status = open_policy(conf, &chain, err);

	if (status)
		return status;
	if (!(status = rt_lines_open(&lines, path, err)) &&
	    !(status = read_round(lines, conf->round, &round, &doc, err)))
		status = explain_snapshot(conf, round, doc, &chain, err);
	cJSON_Delete(doc);
	rt_lines_close(&lines);
	rt_chain_close(&chain);
	return status;
}

/* ---- of a recording ------------------------------------------------------ */

/* A folder, or a file that begins with a recording's header. */
static bool is_recording(const char *path)
{
	struct input *in = NULL;
	struct rt_error ignored;
	char *line = NULL;
	cJSON *doc = NULL;

	if (strcmp(path, "-") != 0 && !input_open(&in, path, &ignored) &&
	    !input_next(in, &line, &ignored) && line)
		rt_json_parse(line, strlen(line), &doc, &ignored);
	bool is = cJSON_HasObjectItem(doc, "recording");
	cJSON_Delete(doc);
	input_close(&in);
	return is;
}

/* The last round up to the one that was asked for that was decided anew: it is
 * what others repeat.  It stays valid as long as nothing is replayed. */
static enum rt_status find_round(struct replay *r, int64_t want,
				 struct replay_round *found, int64_t *round,
				 struct rt_error *err)
{
	struct replay_round next;
	enum rt_status status = RT_OK;
	bool more = true;

	*round = -1;
	while (*round != want &&
	       !(status = replay_next(r, &next, &more, err)) && more) {
		if (next.difference[0])
			return rt_fail(err, RT_EINPUT,
				       "%s: round %" PRId64 ": %s", next.file,
				       next.record->round, next.difference);
		if (next.decision || next.begins || !next.record->repeated)
			*found = next;
		*round = next.record->round;
	}
	if (!status && (*round < 0 || (want && *round != want)))
		status = rt_fail(err, RT_EINPUT,
				 "there is no such round; the last is %" PRId64,
				 *round);
	if (!status && !found->decision)
		status = rt_fail(err, RT_EINPUT,
				 "round %" PRId64 ": nothing was decided: %s",
				 *round,
				 next.record->failed ? next.record->failed
						     : "it was not seen");
	return status;
}

static enum rt_status explain_recording(const struct explain_conf *conf,
					const char *path, struct rt_error *err)
{
	struct replay *r = NULL;
	struct replay_round found = { 0 };
	int64_t round;

	if (conf->policy)
		return rt_fail(err, RT_EINPUT,
			       "--policy: a recording has its own");
	enum rt_status status = replay_open(&r, path, &rt_registry, err);
	if (!status)
		status = find_round(r, conf->round, &found, &round, err);
	if (!status) {
		struct scene scene = { .chain = found.chain,
				       .snapshot = found.snapshot,
				       .recall = found.recall,
				       .decision = found.decision };
		status = explain_scene(conf, round, &scene, found.arena, err);
	}
	replay_close(&r);
	return status ? rt_wrap(err, "%s", path) : RT_OK;
}

static enum rt_status explain_run(int argc, char **argv, struct rt_error *err)
{
	struct explain_conf conf = { 0 };
	int operands;
	enum rt_status status = rt_opt_parse(explain_options, argc, argv, &conf,
					     &operands, err);

	if (status)
		return status;
	if (operands != 1)
		return rt_fail(err, RT_EINPUT,
			       "explain: one recording, or file of snapshots; "
			       "- is standard input");
	return is_recording(argv[1]) ? explain_recording(&conf, argv[1], err)
				     : explain_snapshots(&conf, argv[1], err);
}

const struct cmd cmd_explain = {
	.name = "explain",
	.usage = "SNAPSHOTS|RECORDING [OPTION]...",
	.summary = "Tells why a round is decided as it is, and what would "
		   "change it",
	.options = explain_options,
	.run = explain_run,
};
