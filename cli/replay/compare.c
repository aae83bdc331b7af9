/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.c - the recorded policy is replayed, the other one runs beside it in
 * a controller of its own, which sees the same world and is never obeyed.
 */
#include "cli/replay/compare.h"

#include <inttypes.h>
#include <string.h>

#include "cli/replay/estimate.h"
#include "cli/replay/replay.h"
#include "cli/replay/rows.h"
#include "cli/replay/run.h"
#include "core/base/error.h"
#include "core/base/mem.h"

#define DELAY_S 60 /* of nodes, where none was seen to come */

struct compare {
	const struct compare_conf *conf;
	const struct rt_registry *registry;
	struct replay *replay;
	struct replay_round round;
	struct run *other;
	const struct rt_decision *recorded; /* of the last round decided anew */
	struct rt_observation seen;
	struct estimate *estimate;
	struct rows rows;
};

/* In a file that goes on where the one before has ended it goes on, too. */
static enum rt_status begin_other(struct compare *c, struct rt_error *err)
{
	if (!c->round.begins || (c->other && !c->round.breaks))
		return RT_OK;
	run_close(&c->other);
	return run_open(&c->other, replay_header(c->replay), c->conf->policy,
			c->registry, err);
}

/* It is asked in each round, as it was by itself; but not while it would be
 * handed the same again. */
static enum rt_status ask_other(struct compare *c,
				const struct rt_decision **decision,
				struct rt_error *err)
{
	struct rt_controller *other = run_controller(c->other);
	struct rt_decision *decided = NULL;
	struct rt_actions *actions;

	rt_controller_renew_names(other);
	struct rt_arena *arena = rt_controller_begin(other);
	enum rt_status status = replay_observe(
		c->replay, rt_controller_names(other), arena, &c->seen, err);
	if (!status)
		status = rt_controller_reconcile(other, &c->seen, &decided,
						 &actions, err);
	*decision = decided;
	if (!status)
		rt_controller_note(other, actions); /* none was tried */
	return status;
}

static enum rt_status take_round(struct compare *c, struct rt_error *err)
{
	const struct rt_record *record = c->round.record;
	const struct rt_decision *decisions[ESTIMATE_POLICIES];
	enum rt_status status;

	if (c->round.difference[0])
		return rt_fail(err, RT_EINPUT,
			       "%s: round %" PRId64 ": %s; what is not the "
			       "same by itself is not compared",
			       c->round.file, record->round,
			       c->round.difference);
	if ((status = begin_other(c, err)))
		return status;
	if (c->round.begins || (record->seen && !record->repeated))
		c->recorded = c->round.decision;
	if (c->round.decision) {
		estimate_watch(c->estimate, replay_instances(c->replay),
			       record->now_ms);
	}
	if (!c->recorded || record->failed)
		return RT_OK;
	if ((status = ask_other(c, &decisions[ESTIMATE_OTHER], err)))
		return rt_wrap(err, "--policy %s: round %" PRId64,
			       c->conf->policy, record->round);
	decisions[ESTIMATE_RECORDED] = c->recorded;
	estimate_add(c->estimate, &c->seen, decisions);
	rows_add(&c->rows, record, decisions, c->seen.now_ms);
	return RT_OK;
}

static void tell(struct compare *c)
{
	const char *delay_from = "--delay";
	double delay_s = c->conf->delay_s;

	if (delay_s < 0) {
		delay_s = estimate_delay_s(c->estimate, -1);
		delay_from = delay_s < 0 ? "assumed: none was seen to come"
					 : "as recorded, the median";
	}
	if (delay_s < 0)
		delay_s = DELAY_S;
	const cJSON *policy = cJSON_GetObjectItemCaseSensitive(
		replay_header(c->replay), "policy");
	const struct told told = {
		.recorded = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(policy, "name")),
		.other = c->conf->policy,
		.delay_s = delay_s,
		.delay_from = delay_from,
	};
	if (c->conf->json)
		rows_print_json(&c->rows, c->estimate, &told);
	else
		rows_print(&c->rows, c->estimate, &told);
}

enum rt_status compare_run(const char *recording,
			   const struct compare_conf *conf,
			   const struct rt_registry *registry,
			   struct rt_error *err)
{
	struct compare c = { .conf = conf, .registry = registry };
	bool more = true;
	enum rt_status status =
		replay_open(&c.replay, recording, registry, err);

	c.estimate = estimate_new();
	while (!status &&
	       !(status = replay_next(c.replay, &c.round, &more, err)) && more)
		status = take_round(&c, err);
	if (!status && !c.rows.rounds)
		status = rt_fail(err, RT_EINPUT,
				 "%s: there is no round in it that was decided",
				 recording);
	if (!status)
		tell(&c);
	rows_free(&c.rows);
	estimate_free(&c.estimate);
	run_close(&c.other);
	replay_close(&c.replay);
	return status;
}
