/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.h - the policy in force: which stages, in order, with which settings.
 * Policies are found in the list that main hands in (the registry of
 * policies/).
 */
#ifndef CORE_CONTROLLER_CHAIN_H
#define CORE_CONTROLLER_CHAIN_H

#include <raytide/policy.h>

#include "core/base/arena.h"
#include "core/base/json.h"

#define RT_STAGES_MAX 16

struct rt_stage {
	const struct rt_policy_ops *ops;
	void *conf;
};

struct rt_chain {
	uint32_t len;
	struct rt_stage stages[RT_STAGES_MAX];
};

/* NULL-terminated; the Makefile writes it from policies/. */
extern const struct rt_policy_ops *const rt_policies[];

/* `names` is a policy's name, or an array of them in the order to run. */
enum rt_status rt_chain_open(struct rt_chain *, const struct rt_json *names,
			     const struct rt_policy_ops *const *policies,
			     struct rt_error *err);
void rt_chain_close(struct rt_chain *);

/* The row of "STAGE.PARAM", and the struct that it is about; NULL when no stage
 * has it. */
const struct rt_param *rt_chain_param(const struct rt_chain *, const char *key,
				      void **conf);

/* Runs the stages in order on a plan that is new.  Its until_ms is that of all
 * stages; RT_NONE when one of them did not say, or when the plan wants
 * something done. */
enum rt_status rt_chain_decide(const struct rt_chain *, struct rt_plan *,
			       struct rt_error *err);

#endif
