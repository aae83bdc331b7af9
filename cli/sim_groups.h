/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_groups.h - settings of worker groups: `--set group.KEY=VALUE` for all of
 * them, `--set group.NAME.KEY=VALUE` for one of the manifest.
 */
#ifndef CLI_SIM_GROUPS_H
#define CLI_SIM_GROUPS_H

#include "core/host/policy_file.h"
#include "sim/sim.h"

#define SIM_GROUPS_MAX 64 /* groups that can be set one by one */

struct sim_groups {
	struct sim_group_settings all;
	struct sim_group_settings *each; /* by place in the manifest, or NULL */
	char *prefixes[SIM_GROUPS_MAX];
};

/* Defaults, and rows to set them by; returns how many, SIM_GROUPS_MAX + 1 at
 * most.  The manifest may be NULL. */
uint32_t sim_groups_open(struct sim_groups *, const cJSON *manifest,
			 struct rt_setting_group *);
void sim_groups_close(struct sim_groups *);

#endif
