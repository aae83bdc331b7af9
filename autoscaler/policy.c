/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.c - what counts, from the least on: defaults, Ray's variables, the
 * policy's own `set`, --set.
 */
#include "autoscaler/policy.h"

#include <stdio.h>
#include <string.h>

#include "autoscaler/settings.h"
#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/base/param.h"

/* What Ray's own sidecar reads, by the names that --set knows. */
static const struct {
	const char *env;
	const char *key;
} ray_variables[] = {
	{ "AUTOSCALER_MAX_CONCURRENT_LAUNCHES", "max_concurrent_launches" },
	{ "AUTOSCALER_CONSERVE_GPU_NODES", "conserve_gpu" },
	{ "RAY_AUTOSCALER_PENDING_NODE_IDLE_TIMEOUT_S",
	  "pending_idle_timeout_s" },
	{ "RAY_AUTOSCALER_AVAILABILITY_RECOVERY_S", "recovery_s" },
	{ "RAY_AUTOSCALER_RECONCILE_REQUEST_STATUS_TIMEOUT_S",
	  "request_timeout_s" },
	{ "RAY_AUTOSCALER_RECONCILE_ALLOCATE_STATUS_TIMEOUT_S",
	  "allocate_timeout_s" },
	{ "RAY_AUTOSCALER_RECONCILE_RAY_STOP_REQUESTED_STATUS_TIMEOUT_S",
	  "stop_timeout_s" },
	{ "RAY_AUTOSCALER_RECONCILE_TERMINATING_STATUS_TIMEOUT_S",
	  "terminate_timeout_s" },
};
#define RAY_VARIABLES (sizeof ray_variables / sizeof *ray_variables)

/* Ray has 1 and 0 where we have true and false. */
static enum rt_status set_from_ray(const struct rt_settings *to, size_t i,
				   const char *value, struct rt_error *err)
{
	char assignment[128];
	const char *key = ray_variables[i].key;
	if (rt_param_find(rt_controller_params, key)->type == RT_PARAM_BOOL)
		value = strcmp(value, "0") == 0   ? "false"
			: strcmp(value, "1") == 0 ? "true"
						  : value;
	snprintf(assignment, sizeof assignment, "%s=%s", key, value);
	if (rt_settings_set(to, assignment, err))
		return rt_wrap(err, "%s", ray_variables[i].env);
	return RT_OK;
}

static enum rt_status fill(struct policy *p, struct rt_error *err)
{
	const struct rt_setting_group group = { rt_controller_params,
						&p->settings, NULL };
	const struct rt_settings to = { &p->chain, 1, &group };
	enum rt_status status = RT_OK;
	rt_params_default(rt_controller_params, &p->settings);
	for (size_t i = 0; i < RAY_VARIABLES && !status; i++) {
		const char *value = settings_variable(ray_variables[i].env);
		if (value)
			status = set_from_ray(&to, i, value, err);
	}
	if (!status)
		status = rt_policy_open_source(&to, &p->source, &rt_registry,
					       err);
	for (uint32_t i = 0; i < p->sets_len && !status; i++)
		if ((status = rt_settings_set(&to, p->sets[i], err)))
			rt_wrap(err, "--set");
	return status;
}

enum rt_status policy_open(struct policy **out, struct rt_policy_source *source,
			   uint32_t sets_len, const char *const *sets,
			   struct rt_error *err)
{
	struct policy *p = rt_calloc(1, sizeof *p);
	p->source = *source;
	*source = (struct rt_policy_source){ 0 };
	p->sets_len = sets_len;
	p->sets = sets;
	enum rt_status status = fill(p, err);
	if (status)
		policy_close(&p);
	*out = p;
	return status;
}

void policy_close(struct policy **slot)
{
	struct policy *p = *slot;
	if (!p)
		return;
	rt_chain_close(&p->chain);
	rt_policy_source_free(&p->source);
	rt_free(p);
	*slot = NULL;
}

void policy_help(FILE *to)
{
	fprintf(to, "\nor Ray's variables:\n");
	for (size_t i = 0; i < RAY_VARIABLES; i++)
		fprintf(to, "  %-24s %s\n", ray_variables[i].key,
			ray_variables[i].env);
}
