/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.h - the policies that there are.  The Makefile writes the lists from
 * the files of policies/ and policies/presets/; whoever opens a policy is
 * handed them in.
 */
#ifndef RAYTIDE_REGISTRY_H
#define RAYTIDE_REGISTRY_H

#include <raytide/policy.h>

/* A policy file that comes with the program. */
struct rt_preset {
	const char *name;
	const char *text;
};

struct rt_registry {
	const struct rt_policy_ops *const *policies; /* ends with NULL */
	const struct rt_preset *presets; /* ends with a name of NULL */
};

extern const struct rt_registry rt_registry;

#endif
