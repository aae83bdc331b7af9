/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_replay.c - raytide replay: a recording through the same controller, which
 * must come to the same bytes.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/replay/compare.h"
#include "cli/replay/input.h"
#include "cli/replay/replay.h"
#include "core/base/mem.h"
#include "core/base/param.h"
#include "core/model/codec_snapshot.h"

struct replay_conf {
	struct compare_conf compare;
	bool json, lines, snapshots;
};

static enum rt_status take_policy(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	((struct replay_conf *)conf)->compare.policy = value;
	return RT_OK;
}

static enum rt_status take_delay(void *conf, const char *value,
				 struct rt_error *err)
{
	static const struct rt_param seconds = {
		.name = "seconds",
		.type = RT_PARAM_DOUBLE,
		.max = 86400,
	};

	return rt_param_set(&seconds,
			    &((struct replay_conf *)conf)->compare.delay_s,
			    value, err);
}

static enum rt_status take_json(void *conf, const char *value,
				struct rt_error *err)
{
	(void)value;
	(void)err;
	((struct replay_conf *)conf)->json = true;
	((struct replay_conf *)conf)->compare.json = true;
	return RT_OK;
}

static enum rt_status take_lines(void *conf, const char *value,
				 struct rt_error *err)
{
	(void)value;
	(void)err;
	((struct replay_conf *)conf)->lines = true;
	return RT_OK;
}

static enum rt_status take_snapshots(void *conf, const char *value,
				     struct rt_error *err)
{
	(void)value;
	(void)err;
	((struct replay_conf *)conf)->snapshots = true;
	return RT_OK;
}

static const struct rt_option replay_options[] = {
	{ "policy", "NAME|FILE",
	  "where another policy wants other numbers of nodes, and\n"
	  "an estimate of what that comes to",
	  take_policy },
	{ "delay", "SECONDS",
	  "from when a node is wanted to when it is of use, for\n"
	  "the estimate (as recorded)",
	  take_delay },
	{ "json", NULL, "tell it as JSON", take_json },
	{ "lines", NULL, "write the recording's lines, and do nothing else",
	  take_lines },
	{ "snapshots", NULL,
	  "write what the policy saw in each round that was\n"
	  "decided, for `raytide decide`",
	  take_snapshots },
	{ 0 },
};

/* ---- as it is ------------------------------------------------------------ */

static enum rt_status print_lines(const char *path, struct rt_error *err)
{
	struct input *in;
	char *line;
	enum rt_status status = input_open(&in, path, err);

	while (!status && !(status = input_next(in, &line, err)) && line)
		puts(line);
	input_close(&in);
	return status;
}

/* ---- the same again ------------------------------------------------------ */

struct count {
	int64_t rounds, decided, repeated, failed;
};

static void count_round(struct count *count, const struct replay_round *round)
{
	count->rounds++;
	count->decided += round->decision != NULL;
	count->repeated += round->record->repeated;
	count->failed += round->record->failed != NULL;
}

static void print_snapshot(const struct replay_round *round)
{
	struct rt_snapshot copy;

	if (!round->decision)
		return;
	copy = *round->snapshot;
	copy.id =
		rt_arena_printf(round->arena, "%" PRId64, round->record->round);
	cJSON *json = rt_snapshot_encode(&copy);
	char *text = rt_json_print(json);
	puts(text);
	cJSON_free(text);
	cJSON_Delete(json);
}

static void tell(const struct replay *r, const struct count *count, bool json)
{
	if (json)
		printf("{\"files\":%" PRIu32 ",\"rounds\":%" PRId64
		       ",\"decided\":%" PRId64 ",\"repeated\":%" PRId64
		       ",\"failed\":%" PRId64 ",\"same\":true}\n",
		       replay_files(r), count->rounds, count->decided,
		       count->repeated, count->failed);
	else
		printf("the same: %" PRId64 " rounds of %" PRIu32
		       " files, %" PRId64 " decided anew, %" PRId64
		       " repeated, %" PRId64 " failed\n",
		       count->rounds, replay_files(r), count->decided,
		       count->repeated, count->failed);
}

static enum rt_status replay_same(const char *path,
				  const struct replay_conf *conf,
				  struct rt_error *err)
{
	struct replay *r;
	struct replay_round round;
	struct count count = { 0 };
	bool more = true;
	enum rt_status status = replay_open(&r, path, &rt_registry, err);

	while (!status && !(status = replay_next(r, &round, &more, err)) &&
	       more) {
		count_round(&count, &round);
		if (round.difference[0])
			status =
				rt_fail(err, RT_EINPUT,
					"%s: round %" PRId64 ": %s", round.file,
					round.record->round, round.difference);
		else if (conf->snapshots)
			print_snapshot(&round);
	}
	if (!status && !count.rounds)
		status = rt_fail(err, RT_EINPUT, "%s: there is no round in it",
				 path);
	if (!status && !conf->snapshots)
		tell(r, &count, conf->json);
	replay_close(&r);
	return status;
}

static enum rt_status replay_run(int argc, char **argv, struct rt_error *err)
{
	struct replay_conf conf = { .compare.delay_s = -1 };
	int operands;
	enum rt_status status =
		rt_opt_parse(replay_options, argc, argv, &conf, &operands, err);

	if (status)
		return status;
	if (operands != 1)
		return rt_fail(err, RT_EINPUT,
			       "replay: one recording; a folder or a file");
	if (conf.lines + conf.snapshots + (conf.compare.policy != NULL) > 1)
		return rt_fail(err, RT_EINPUT,
			       "replay: one of --policy, --snapshots, --lines");
	if (conf.compare.delay_s >= 0 && !conf.compare.policy)
		return rt_fail(err, RT_EINPUT,
			       "--delay: for --policy, which is not given");
	if (conf.lines)
		return print_lines(argv[1], err);
	if (conf.compare.policy)
		return compare_run(argv[1], &conf.compare, &rt_registry, err);
	return replay_same(argv[1], &conf, err);
}

const struct cmd cmd_replay = {
	.name = "replay",
	.usage =
		"RECORDING [--policy NAME|FILE] [--json] [--snapshots|--lines]",
	.summary =
		"Runs a recording of the sidecar again, and compares the decisions",
	.options = replay_options,
	.run = replay_run,
};
