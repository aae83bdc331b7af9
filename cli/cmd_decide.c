/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_decide.c - raytide decide: snapshots in, decisions out, a line for a
 * line.  Each line has names and memory of its own, so nothing is kept from one
 * to the next.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cmd.h"
#include "core/base/csv.h"
#include "core/base/mem.h"
#include "core/controller/explain.h"
#include "core/controller/settings.h"
#include "core/host/policy_file.h"
#include "core/model/codec_decision.h"
#include "core/model/codec_snapshot.h"

struct decide_conf {
	const char *policy;
	bool time, explain;
};

static enum rt_status take_policy(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	((struct decide_conf *)conf)->policy = value;
	return RT_OK;
}

static enum rt_status take_time(void *conf, const char *value,
				struct rt_error *err)
{
	(void)value;
	(void)err;
	((struct decide_conf *)conf)->time = true;
	return RT_OK;
}

static enum rt_status take_explain(void *conf, const char *value,
				   struct rt_error *err)
{
	(void)value;
	(void)err;
	((struct decide_conf *)conf)->explain = true;
	return RT_OK;
}

static const struct rt_option decide_options[] = {
	{ "policy", "NAME|FILE", "the policy that decides (ray)", take_policy },
	{ "explain", NULL,
	  "add explain: why each group is launched, each node ends\n"
	  "or stays though idle, and what demand that found no\n"
	  "place lacks or waits for",
	  take_explain },
	{ "time", NULL,
	  "add decide_us: the microseconds of CPU time that the\n"
	  "decision took, without reading and writing",
	  take_time },
	{ 0 },
};

/* What stays the same from line to line. */
struct decider {
	struct decide_conf conf;
	struct rt_chain chain;
	struct rt_arena *arena;
	int64_t lines, wrong;
};

/* CPU time, as what others do on the machine is not the decision's. */
static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static enum rt_status decide_snapshot(struct decider *d,
				      const struct rt_snapshot *snapshot,
				      cJSON **answer, struct rt_error *err)
{
	double start = now_us();
	struct rt_decision *decision;
	enum rt_status status =
		rt_chain_try(&d->chain, NULL, snapshot, d->conf.explain,
			     d->arena, &decision, err);
	if (status)
		return status;
	double took = now_us() - start;
	*answer = rt_decision_encode(decision);
	if (d->conf.explain)
		cJSON_AddItemToObject(*answer, "explain",
				      rt_explain(decision, d->arena));
	if (d->conf.time)
		cJSON_AddNumberToObject(*answer, "decide_us", floor(took));
	return RT_OK;
}

static enum rt_status decide_document(struct decider *d, const cJSON *doc,
				      cJSON **answer, struct rt_error *err)
{
	struct rt_names *names = rt_names_new();
	struct rt_snapshot *snapshot;
	enum rt_status status =
		rt_snapshot_decode(doc, names, d->arena, &snapshot, err);

	if (!status)
		status = decide_snapshot(d, snapshot, answer, err);
	rt_names_free(&names);
	rt_arena_reset(d->arena);
	return status;
}

/* The id is given back as it came, also where nothing else could be read. */
static void give_id_back(cJSON *answer, const cJSON *doc)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(doc, "id");

	if (id && !cJSON_IsNull(id) && !cJSON_HasObjectItem(answer, "id"))
		cJSON_AddItemToObject(answer, "id", cJSON_Duplicate(id, true));
}

/* The answer to a line that is wrong. */
static cJSON *encode_error(const cJSON *doc, const struct rt_error *err)
{
	cJSON *answer = cJSON_CreateObject();

	cJSON_AddNumberToObject(answer, "version", 1);
	give_id_back(answer, doc);
	cJSON_AddStringToObject(answer, "error", err->text);
	return answer;
}

static enum rt_status write_line(cJSON *answer, struct rt_error *err)
{
	char *text = rt_json_print(answer);
	bool written = puts(text) >= 0 && fflush(stdout) == 0;

	cJSON_free(text);
	if (written)
		return RT_OK;
	return rt_fail(err, RT_EIO, "standard output: cannot be written");
}

/* `why` tells that the line could not even be read. */
static enum rt_status answer_line(struct decider *d, const char *line,
				  struct rt_error *why, struct rt_error *err)
{
	cJSON *doc = NULL, *answer = NULL;

	d->lines++;
	if (why->status || rt_json_parse(line, strlen(line), &doc, why) ||
	    decide_document(d, doc, &answer, why)) {
		d->wrong++;
		answer = encode_error(doc, why);
	}
	give_id_back(answer, doc);
	enum rt_status status = write_line(answer, err);
	cJSON_Delete(answer);
	cJSON_Delete(doc);
	return status;
}

static enum rt_status answer_all(struct decider *d, struct rt_lines *lines,
				 struct rt_error *err)
{
	for (;;) {
		struct rt_error why = { 0 };
		char *line;
		enum rt_status status = rt_lines_next(lines, &line, &why);
		if (!line) {
			*err = why;
			return status;
		}
		if (!status && !line[strspn(line, " \t\r")])
			continue;
		if ((status = answer_line(d, line, &why, err)))
			return status;
	}
}

/* A policy file may hold settings of the controller, for those who run one. */
static enum rt_status open_policy(struct decider *d, struct rt_error *err)
{
	struct rt_controller_settings unused;
	const struct rt_setting_group controller = { rt_controller_params,
						     &unused, NULL };
	const struct rt_settings settings = { &d->chain, 1, &controller };

	return rt_policy_open(&settings, d->conf.policy, &rt_registry, err);
}

static enum rt_status decide_run(int argc, char **argv, struct rt_error *err)
{
	struct decider d = { .conf = { .policy = "ray" } };
	struct rt_lines *lines = NULL;
	int operands;
	enum rt_status status = rt_opt_parse(decide_options, argc, argv,
					     &d.conf, &operands, err);

	if (status)
		return status;
	if (operands)
		return rt_fail(err, RT_EINPUT,
			       "%s: decide takes no files; snapshots come on "
			       "standard input",
			       argv[1]);
	if ((status = open_policy(&d, err)))
		return rt_wrap(err, "--policy");
	d.arena = rt_arena_new();
	if (!(status = rt_lines_open(&lines, "-", err)))
		status = answer_all(&d, lines, err);
	if (!status && d.wrong)
		status = rt_fail(err, RT_EINPUT,
				 "decide: %lld of %lld lines were wrong; each "
				 "is answered in its place",
				 (long long)d.wrong, (long long)d.lines);
	rt_lines_close(&lines);
	rt_arena_free(&d.arena);
	rt_chain_close(&d.chain);
	return status;
}

static void more_help(FILE *to)
{
	fprintf(to,
		"\nA line has at most %u MiB, %d nodes, %d requests and names "
		"of %d bytes;\ndocs/formats/snapshot.md has all limits.\n",
		RT_LINE_MAX >> 20, RT_NODES_MAX, RT_REQUESTS_MAX, RT_NAME_MAX);
}

const struct cmd cmd_decide = {
	.name = "decide",
	.usage =
		"[--policy NAME|FILE] [--explain] [--time] < SNAPSHOTS > DECISIONS",
	.summary = "Decides snapshots: a line out for each line in",
	.options = decide_options,
	.more_help = more_help,
	.run = decide_run,
};
