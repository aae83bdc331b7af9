/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - the loop: the world goes from instant to instant, and every
 * interval_s the controller has its round.  When a round and something else
 * fall on one instant, the world goes first.
 */
#include <math.h>

#include "core/base/error.h"
#include "core/base/mem.h"
#include "sim/measures.h"
#include "sim/world.h"

#define PROGRESS_EVERY 256 /* rounds */
#define QUIET_ROUNDS 10
#define PULL_S 1 /* the GCS asks raylets for their demand that often */

struct sim {
	const struct sim_conf *conf;
	struct rt_controller *controller;
	struct sim_world *world;
	uint64_t rounds; /* so far, skipped ones too */
	/* What the world had seen when the last one was held, and when the
	 * demand was looked at for it. */
	uint64_t seen, shown;
	uint64_t pulled; /* when the demand was last looked at */
	double pull_s;   /* when that was */
	double phase_s;  /* of a second: when the GCS asks for it */
	/* With gcs_lag_s: rounds for which the GCS was looked at, ahead. */
	uint64_t looks;
	struct sim_views views;
	size_t decisions_len, decisions_cap;
	double *decisions_ms; /* of the rounds, when there is a clock */
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

/* Until a pod that does not start is given up and the group asked again. */
static double longest_failure_s(const struct sim *sim)
{
	const struct sim_world *w = sim->world;
	const struct rt_controller_settings *set = &sim->conf->controller;
	bool any = false;

	for (uint32_t g = 0; g < w->cluster.groups_len; g++)
		any |= w->groups[g].launch_failure > 0 ||
		       w->groups[g].quota >= 0 ||
		       w->groups[g].quota_steps.len > 0;
	return any ? 2 * (set->stuck_timeout_s + set->allocate_timeout_s) : 0;
}

/* What idle nodes, launches under way and a slow controller may take together:
 * when no task has come, started or ended for so long, none will. */
static double quiet_s(const struct sim *sim)
{
	const struct sim_settings *set = &sim->conf->settings;

	return longest_idle_s(&sim->world->cluster) +
	       sim->world->longest_delay_s + set->drain_s + set->delete_s +
	       set->api_lag_s + set->gcs_lag_s + longest_failure_s(sim) +
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

static bool is_over(const struct sim *sim)
{
	const struct sim_world *w = sim->world;
	double still_s = w->now_s - w->last_change_s;
	double cooldown_s = sim->conf->settings.cooldown_s;

	if (w->arrived < w->jobs_len || w->running || w->coming)
		return false;
	if (w->queue.waiting_len || w->gangs_len)
		return w->steps_left == 0 && still_s >= quiet_s(sim);
	if (cooldown_s < 0)
		cooldown_s = quiet_s(sim);
	return at_minimum(w) || still_s >= cooldown_s;
}

static double clock_ms(const struct sim *sim)
{
	const struct sim_watch *watch = sim->conf->watch;

	return watch && watch->clock_ms ? watch->clock_ms(watch->to) : NAN;
}

static void note_decision(struct sim *sim, double ms)
{
	if (isnan(ms))
		return;
	RT_GROW(sim->decisions_ms, sim->decisions_len, sim->decisions_cap);
	sim->decisions_ms[sim->decisions_len++] = ms;
}

static bool lags(const struct sim *sim)
{
	return sim->conf->settings.gcs_lag_s > 0;
}

static const struct rt_observation *observe(struct sim *sim)
{
	struct rt_arena *arena = rt_controller_begin(sim->controller);
	struct sim_view view;

	if (lags(sim)) {
		view = sim_views_take(&sim->views, sim->rounds, arena);
		sim->shown = view.seen;
	} else {
		view = sim_view_now(sim->world, arena);
		sim->shown = sim->pulled;
	}
	return sim_observe(sim->world, &view, arena);
}

static enum rt_status hold_round(struct sim *sim, struct rt_error *err)
{
	struct rt_decision *decision;
	struct rt_actions *actions;

	const struct rt_observation *obs = observe(sim);
	double began_ms = clock_ms(sim);
	if (rt_controller_reconcile(sim->controller, obs, &decision, &actions,
				    err))
		return rt_wrap(err, "round at %g s", sim->world->now_s);
	note_decision(sim, clock_ms(sim) - began_ms);
	sim_act(sim->world, actions);
	rt_controller_note(sim->controller, actions);
	if (actions->len)
		sim_tell_round(sim->world, sim->rounds, actions);
	sim->rounds++;
	sim->seen = sim->world->seen;
	return RT_OK;
}

static double tick_s(const struct sim *sim, uint64_t round)
{
	return (double)round * sim->conf->settings.interval_s;
}

/* Rounds before the next event find what the last one found, and as long as the
 * controller says so they come to nothing.  When no task is left to come or to
 * end each round may be the last one. */
static void skip_rounds(struct sim *sim)
{
	const struct sim_world *w = sim->world;
	int64_t until_ms = rt_controller_until(sim->controller);
	double next_s = fmin(sim_world_next(w), (double)until_ms / 1000);
	uint64_t round = sim->rounds;

	if (sim->conf->settings.every_round || w->seen != sim->seen ||
	    w->seen != sim->shown ||
	    (w->arrived == w->jobs_len && !w->running && !w->coming) ||
	    next_s <= tick_s(sim, round))
		return;
	/* The quotient may be rounded. */
	uint64_t last = (uint64_t)(next_s / sim->conf->settings.interval_s) + 1;
	while (last >= round && (tick_s(sim, last) >= sim_world_next(w) ||
				 sim_whole_ms(tick_s(sim, last)) >= until_ms))
		last--;
	if (last < round)
		return;
	rt_controller_skip(sim->controller, last + 1 - round,
			   sim_whole_ms(tick_s(sim, last)));
	sim->rounds = last + 1;
	if (sim->looks < sim->rounds)
		sim->looks = sim->rounds;
}

static void tell_progress(const struct sim *sim)
{
	const struct sim_world *w = sim->world;

	if (!sim->conf->progress || sim->rounds % PROGRESS_EVERY)
		return;
	struct sim_progress progress = {
		.now_s = w->now_s,
		.done = w->ended,
		.tasks = w->jobs_len,
		.nodes = w->alive,
	};
	sim->conf->progress(sim->conf->progress_to, &progress);
}

/* When the demand that the next round sees is looked at. */
static double next_pull_s(const struct sim *sim, double round_s)
{
	if (sim->conf->settings.observe == SIM_OBSERVE_EXACT)
		return round_s;
	return floor((round_s - sim->phase_s) / PULL_S) * PULL_S + sim->phase_s;
}

/* When what the next round sees is looked at; below 0: before all. */
static double next_look_s(const struct sim *sim)
{
	return tick_s(sim, lags(sim) ? sim->looks : sim->rounds) -
	       sim->conf->settings.gcs_lag_s;
}

static void look(struct sim *sim)
{
	sim_views_look(&sim->views, sim->world, sim->looks++, sim->pulled);
}

/* Up to the next look at the demand, or at the rest, or the next event before;
 * true: the round can be held. */
static bool go_on(struct sim *sim, double round_s)
{
	struct sim_world *w = sim->world;
	double look_s = next_look_s(sim);
	double pull_s = next_pull_s(sim, look_s);
	bool pulls = pull_s >= 0 && pull_s > sim->pull_s;
	double now_s =
		fmin(fmin(pulls ? pull_s : look_s, round_s), sim_world_next(w));

	sim_world_step(w, now_s);
	if (pulls && now_s >= pull_s) {
		sim_observe_demand(w);
		sim->pull_s = pull_s;
		sim->pulled = w->seen;
	}
	if (lags(sim) && now_s >= look_s)
		look(sim);
	return now_s >= round_s;
}

enum rt_status sim_new(struct sim **out, const struct sim_conf *conf,
		       struct rt_error *err)
{
	struct sim *sim = rt_calloc(1, sizeof *sim);

	struct rt_rng rng = rt_rng_open(conf->seed, "demand", 0);

	sim->conf = conf;
	sim->pull_s = -1;
	sim->phase_s = PULL_S * rt_rng_unit(&rng);
	sim->controller = rt_controller_new(&conf->controller, conf->chain);
	enum rt_status status = sim_world_new(
		&sim->world, conf, rt_controller_names(sim->controller), err);
	if (status)
		sim_free(&sim);
	*out = sim;
	return status;
}

void sim_free(struct sim **sim)
{
	if (!*sim)
		return;
	sim_world_free(&(*sim)->world);
	sim_views_free(&(*sim)->views);
	rt_controller_free(&(*sim)->controller);
	rt_free((*sim)->decisions_ms);
	rt_free(*sim);
	*sim = NULL;
}

enum rt_status sim_run(struct sim *sim, struct sim_result **out,
		       struct rt_error *err)
{
	struct sim_world *w = sim->world;

	while (next_look_s(sim) < 0)
		look(sim);
	for (;;) {
		skip_rounds(sim);
		double round_s = tick_s(sim, sim->rounds);
		if (!go_on(sim, round_s))
			continue;
		enum rt_status status = hold_round(sim, err);
		if (status)
			return status;
		sim_world_step(w, round_s); /* nodes that are ready at once */
		if (is_over(sim))
			break;
		tell_progress(sim);
	}
	sim_meter_close(w->meter);
	*out = sim_measure(w, sim->rounds, sim->decisions_ms,
			   sim->decisions_len);
	return RT_OK;
}
