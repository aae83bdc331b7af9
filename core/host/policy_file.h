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

/* Is it a file's name, and not a policy's? */
bool rt_policy_is_file(const char *name_or_file);

/* The same in two steps, for those who keep what a policy was made of. */
struct rt_policy_source {
	char *name; /* as it was given; errors begin with it */
	char *text; /* YAML; NULL: it is the name of a stage */
};

/* Reads the file, or looks the preset up; to be freed also after an error. */
enum rt_status rt_policy_read(struct rt_policy_source *,
			      const char *name_or_file,
			      const struct rt_registry *, struct rt_error *err);
enum rt_status rt_policy_open_source(const struct rt_settings *,
				     const struct rt_policy_source *,
				     const struct rt_registry *,
				     struct rt_error *err);
void rt_policy_source_free(struct rt_policy_source *);

/* "KEY=VALUE": of the controller or the simulator, or "POLICY.PARAM", or
 * "guards.PARAM". */
enum rt_status rt_settings_set(const struct rt_settings *,
			       const char *assignment, struct rt_error *err);

#endif
