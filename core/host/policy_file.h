/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_file.h - from `--policy NAME|FILE` and `--set KEY=VALUE` to a chain
 * and settings (docs/formats/policy-file.md).
 */
#ifndef CORE_HOST_POLICY_FILE_H
#define CORE_HOST_POLICY_FILE_H

#include "core/host/chain_open.h"

/* Settings beside those of the policy: a table and the struct it fills. */
struct rt_setting_group {
	const struct rt_param *params;
	void *conf;
	const char *prefix; /* of their keys, "PREFIX.NAME"; NULL: "NAME" */
};

struct rt_settings {
	struct rt_chain *chain;
	uint32_t len;
	const struct rt_setting_group *groups;
};

/* Opens the chain of a preset's or policy's name, or of a YAML file; the file's
 * `set` is then applied to the settings, which must hold their defaults. */
enum rt_status rt_policy_open(const struct rt_settings *,
			      const char *name_or_file,
			      const struct rt_registry *, struct rt_error *err);

/* "KEY=VALUE": of the controller or the simulator, or "POLICY.PARAM", or
 * "guards.PARAM". */
enum rt_status rt_settings_set(const struct rt_settings *,
			       const char *assignment, struct rt_error *err);

#endif
