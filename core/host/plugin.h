/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin.h - a policy from a shared object, built against include/raytide/ and
 * nothing else.  It defines `const struct rt_policy_ops rt_policy`.
 */
#ifndef CORE_HOST_PLUGIN_H
#define CORE_HOST_PLUGIN_H

#include <raytide/policy.h>

/* The policy is the library's: it lives until rt_plugin_close(). */
enum rt_status rt_plugin_open(const char *path, void **library,
			      const struct rt_policy_ops **,
			      struct rt_error *err);
void rt_plugin_close(void *library);

#endif
