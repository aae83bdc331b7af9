/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - a policy in force: what it was made of, its chain, and the
 * controller's settings that go with it.
 */
#ifndef AUTOSCALER_POLICY_H
#define AUTOSCALER_POLICY_H

#include <stdio.h>

#include "core/controller/settings.h"
#include "core/host/policy_file.h"

struct policy {
	struct rt_policy_source source;
	struct rt_chain chain;
	struct rt_controller_settings settings;
	/* --set, which counts whatever the policy; borrowed. */
	uint32_t sets_len;
	const char *const *sets;
};

/* Takes the source: it is the policy's, and freed after an error. */
enum rt_status policy_open(struct policy **, struct rt_policy_source *,
			   uint32_t sets_len, const char *const *sets,
			   struct rt_error *err);
void policy_close(struct policy **);

/* Ray's variables for the settings. */
void policy_help(FILE *);

#endif
