/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin.c - what a library was built for is compared before anything else of
 * it is looked at: where that differs, so may all the rest.
 */
#include "core/host/plugin.h"

#include <dlfcn.h>
#include <string.h>

#include "core/base/error.h"

#define SYMBOL "rt_policy"

static enum rt_status check(const char *path, const struct rt_policy_ops *ops,
			    struct rt_error *err)
{
	if (!ops)
		return rt_fail(err, RT_EINPUT,
			       "%s: no policy in it; it must define `const "
			       "struct rt_policy_ops " SYMBOL "`",
			       path);
	if (ops->abi != RT_POLICY_ABI)
		return rt_fail(err, RT_EINPUT,
			       "%s: built for policies of ABI %u, these are of "
			       "ABI %d; build it anew",
			       path, ops->abi, RT_POLICY_ABI);
	if (ops->size != sizeof *ops)
		return rt_fail(err, RT_EINPUT,
			       "%s: its struct rt_policy_ops has %u bytes, not "
			       "%zu; build it anew",
			       path, ops->size, sizeof *ops);
	if (!ops->name || !*ops->name || !ops->params || !ops->decide)
		return rt_fail(err, RT_EINPUT,
			       "%s: a policy needs a name, params and decide",
			       path);
	return RT_OK;
}

enum rt_status rt_plugin_open(const char *path, void **library,
			      const struct rt_policy_ops **ops,
			      struct rt_error *err)
{
	/* One without a slash would be looked for elsewhere. */
	if (!strchr(path, '/'))
		return rt_fail(err, RT_EINPUT,
			       "%s: a path is needed; as in ./%s", path, path);
	*library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!*library)
		return rt_fail(err, RT_EINPUT, "%s", dlerror());
	*ops = dlsym(*library, SYMBOL);
	enum rt_status status = check(path, *ops, err);
	if (status)
		rt_plugin_close(*library);
	return status;
}

void rt_plugin_close(void *library)
{
	dlclose(library);
}
