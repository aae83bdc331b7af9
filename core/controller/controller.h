/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controller.h - one scheduling round, free of I/O.  Feed it an observation,
 * get a decision and actions.  Same observations, same settings: same bytes.
 * Not thread-safe; one per cluster.
 *
 *	for each round:
 *		rt_controller_begin() gives the arena of the round
 *		fill an observation (names from rt_controller_names())
 *		rt_controller_reconcile()
 *		carry the actions out, write each outcome into its action
 *		rt_controller_note()
 */
#ifndef CORE_CONTROLLER_CONTROLLER_H
#define CORE_CONTROLLER_CONTROLLER_H

#include <raytide/policy.h>

#include "core/base/json.h"
#include "core/controller/chain.h"
#include "core/controller/instances.h"
#include "core/controller/settings.h"
#include "core/model/actions.h"
#include "core/model/decision.h"
#include "core/model/observation.h"

struct rt_controller;

/* `chain` is borrowed and must outlive the controller. */
struct rt_controller *rt_controller_new(const struct rt_controller_settings *,
					const struct rt_chain *chain);
void rt_controller_free(struct rt_controller **);

/* A new round: everything of the last one is void.  The arena is the
 * controller's own, as it may keep a round to compare the next ones with: what
 * an observation points to must lie in this arena or never change. */
struct rt_arena *rt_controller_begin(struct rt_controller *);

/* Where the adapters intern the names of their observations. */
struct rt_names *rt_controller_names(struct rt_controller *);

/* Starts the names anew once most of them are of the past: placement groups
 * and nodes come and go, and their ids are names.  For adapters that intern all
 * of an observation in each round; ids of earlier rounds are void afterwards.
 */
void rt_controller_renew_names(struct rt_controller *);

/* From now on decisions also tell why what is idle stays. */
void rt_controller_explain(struct rt_controller *);

/*
 * Results live until the next round begins.  On error there are no actions, and
 * what policies remember is as it was; the instance table still mirrors the
 * world.  Hold, and come again next round.
 *
 * When nothing was to be done and nothing has changed since, the decision is
 * that of the round before, with the time and the idle times that its snapshot
 * had then, and there are no actions: just what a round anew would come to.
 */
enum rt_status rt_controller_reconcile(struct rt_controller *,
				       const struct rt_observation *,
				       struct rt_decision **,
				       struct rt_actions **,
				       struct rt_error *err);

/* Up to this time, and not at it, a round would be handed the same decision and
 * no actions, if nothing but the clock moves; 0: the next is decided anew. */
int64_t rt_controller_until(const struct rt_controller *);
/* So many such rounds were not even asked for, the last of them at `now_ms`. */
void rt_controller_skip(struct rt_controller *, uint64_t rounds,
			int64_t now_ms);

/* What policies and guards remember, to be taken up after a restart: as a
 * document, to be freed with cJSON_Delete(), its hash, and back.  What was
 * saved under another policy is RT_EINPUT, and changes nothing. */
cJSON *rt_controller_save(const struct rt_controller *);
uint64_t rt_controller_save_hash(const struct rt_controller *);
enum rt_status rt_controller_restore(struct rt_controller *,
				     const struct rt_json *,
				     struct rt_error *err);

/* A second policy, which is borrowed; NULL: none. */
void rt_controller_set_shadow(struct rt_controller *,
			      const struct rt_chain *chain);

/* What it decides on the last round, which must have been decided anew; to be
 * called when the actions were noted, so that nothing waits for it. */
enum rt_status rt_controller_shadow(struct rt_controller *,
				    struct rt_decision **,
				    struct rt_error *err);

/* From now on another policy and other settings are in force.  What the old one
 * remembers is the new one's where both have a stage of that name and kind. */
void rt_controller_use(struct rt_controller *,
		       const struct rt_controller_settings *,
		       const struct rt_chain *chain);

/* What the policy was shown in the last round that was decided anew, before any
 * stage has shaped it. */
const struct rt_snapshot *rt_controller_snapshot(const struct rt_controller *);
/* And what it remembered then; rt_controller_explain() makes it be kept. */
const struct rt_recall *rt_controller_recall(const struct rt_controller *);

/* All that is kept from round to round, for one that goes on where this one is
 * now: under the same policy and settings, and with the next round decided anew
 * in both (rt_controller_forget()), that gives the same bytes.  To be freed
 * with cJSON_Delete(); loaded into a controller that is new, which is good for
 * nothing after an error but to be freed. */
cJSON *rt_controller_dump(const struct rt_controller *);
enum rt_status rt_controller_load(struct rt_controller *,
				  const struct rt_json *, struct rt_error *err);

/* How many rounds were not decided anew so far. */
uint64_t rt_controller_repeats(const struct rt_controller *);

/* The next round is decided anew, whatever it is like. */
void rt_controller_forget(struct rt_controller *);

/* Call once the actions were tried: their outcomes are what the next round
 * builds on. */
void rt_controller_note(struct rt_controller *, const struct rt_actions *);

/* The instance table, to be reported; valid until the next call. */
const struct rt_instances *
rt_controller_instances(const struct rt_controller *);

#endif
