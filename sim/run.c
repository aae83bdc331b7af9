/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - the loop: the world goes from instant to instant, and every
 * interval_s the controller has its round.  When a round and something else
 * fall on one instant, the world goes first.
 */
#include <math.h>

#include "core/base/error.h"
#include "sim/measures.h"
#include "sim/world.h"

#define PROGRESS_EVERY 256 /* rounds */
#define QUIET_ROUNDS 10

struct run {
	const struct sim_conf *conf;
	struct rt_controller *controller;
	struct rt_arena *arena; /* of the round */
	struct sim_world *world;
	uint64_t rounds;
};

static double longest_idle_s(const struct rt_raycluster *cluster)
{
	int64_t longest = 0;

	for (uint32_t g = 0; g < cluster->groups_len; g++) {
		const struct rt_group *group = &cluster->groups[g];
		int64_t timeout = group->idle_timeout_ms;
		if (timeout == RT_NONE)
			timeout = cluster->idle_timeout_ms;
		if (!group->is_head && timeout > longest)
			longest = timeout;
	}
	return (double)longest / 1000;
}

/* What idle nodes, launches under way and a slow controller may take together:
 * when no task has come, started or ended for so long, none will. */
static double quiet_s(const struct run *run)
{
	const struct sim_settings *set = &run->conf->settings;

	return longest_idle_s(&run->world->cluster) +
	       run->world->longest_delay_s + set->drain_s +
	       QUIET_ROUNDS * set->interval_s;
}

static bool at_minimum(const struct sim_world *w)
{
	for (uint32_t g = 0; g < w->cluster.groups_len; g++)
		if (!w->cluster.groups[g].is_head &&
		    w->group_nodes[g] > w->cluster.groups[g].min_nodes)
			return false;
	return true;
}

static bool is_over(const struct run *run)
{
	const struct sim_world *w = run->world;
	double still_s = w->now_s - w->last_change_s;
	double cooldown_s = run->conf->settings.cooldown_s;

	if (w->arrived < w->jobs_len || w->running)
		return false;
	if (w->queue.waiting_len)
		return still_s >= quiet_s(run);
	if (cooldown_s < 0)
		cooldown_s = quiet_s(run);
	return at_minimum(w) || still_s >= cooldown_s;
}

static enum rt_status hold_round(struct run *run, struct rt_error *err)
{
	struct rt_decision *decision;
	struct rt_actions *actions;

	rt_arena_reset(run->arena);
	const struct rt_observation *obs = sim_observe(run->world, run->arena);
	if (rt_controller_reconcile(run->controller, obs, run->arena, &decision,
				    &actions, err))
		return rt_wrap(err, "round at %g s", run->world->now_s);
	sim_act(run->world, actions);
	rt_controller_note(run->controller, actions);
	return RT_OK;
}

static void tell_progress(const struct run *run)
{
	const struct sim_world *w = run->world;

	if (!run->conf->progress || run->rounds % PROGRESS_EVERY)
		return;
	struct sim_progress progress = {
		.now_s = w->now_s,
		.done = w->ended,
		.tasks = w->jobs_len,
		.nodes = w->alive,
	};
	run->conf->progress(run->conf->progress_to, &progress);
}

static enum rt_status run_to_end(struct run *run, struct rt_error *err)
{
	struct sim_world *w = run->world;

	for (;;) {
		double tick_s =
			(double)run->rounds * run->conf->settings.interval_s;
		double now_s = fmin(tick_s, sim_world_next(w));
		sim_world_step(w, now_s);
		if (now_s < tick_s)
			continue;
		enum rt_status status = hold_round(run, err);
		if (status)
			return status;
		run->rounds++;
		sim_world_step(w, now_s); /* nodes that are ready at once */
		if (is_over(run))
			return RT_OK;
		tell_progress(run);
	}
}

enum rt_status sim_run(const struct sim_conf *conf, struct sim_result **out,
		       struct rt_error *err)
{
	struct run run = {
		.conf = conf,
		.controller = rt_controller_new(&conf->controller, conf->chain),
		.arena = rt_arena_new(),
	};
	enum rt_status status = sim_world_new(
		&run.world, conf, rt_controller_names(run.controller), err);

	if (!status)
		status = run_to_end(&run, err);
	if (!status)
		*out = sim_measure(run.world, run.rounds);
	sim_world_free(&run.world);
	rt_arena_free(&run.arena);
	rt_controller_free(&run.controller);
	return status;
}
