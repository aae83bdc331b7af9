/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - the recorded settings come last: they are those that were in force.
 */
#include "cli/replay/run.h"

#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/base/param.h"
#include "core/host/policy_file.h"

struct run {
	struct rt_chain chain;
	struct rt_controller_settings settings;
	struct rt_controller *controller;
};

static enum rt_status read_source(const cJSON *header,
				  struct rt_policy_source *source,
				  struct rt_error *err)
{
	const struct rt_json root = rt_json_root(header);
	const char *name = NULL, *text = NULL;
	struct rt_json policy;
	enum rt_status status;

	*source = (struct rt_policy_source){ 0 };
	if (!rt_json_member(&root, "policy", &policy))
		return rt_json_fail(&root, err, "policy is missing");
	if ((status = rt_json_is_object(&policy, err)) ||
	    (status = rt_json_get_str(&policy, "name", &name, err)) ||
	    (status = rt_json_get_str(&policy, "text", &text, err)))
		return status;
	if (!name)
		return rt_json_fail(&policy, err, "name is missing");
	source->name = rt_strdup(name);
	source->text = text ? rt_strdup(text) : NULL;
	return RT_OK;
}

static enum rt_status apply_sets(const struct rt_settings *to,
				 const struct rt_json *root,
				 struct rt_error *err)
{
	struct rt_json list, item;
	const char *text;
	enum rt_status status = RT_OK;

	if (!rt_json_member(root, "sets", &list))
		return RT_OK;
	if ((status = rt_json_is_array(&list, err)))
		return status;
	for (bool more = rt_json_first(&list, &item); more && !status;
	     more = rt_json_next(&item))
		if (!(status = rt_json_str(&item, &text, err)))
			status = rt_settings_set(to, text, err);
	return status;
}

/* Those of the recorded policy are no settings of another one. */
static enum rt_status open_chain(struct run *run, const cJSON *header,
				 const char *policy,
				 const struct rt_registry *registry,
				 struct rt_error *err)
{
	const struct rt_setting_group group = { rt_controller_params,
						&run->settings, NULL };
	const struct rt_settings to = { &run->chain, 1, &group };
	const struct rt_json root = rt_json_root(header);
	struct rt_policy_source source;
	struct rt_json settings;
	enum rt_status status;

	rt_params_default(rt_controller_params, &run->settings);
	if (policy && rt_json_member(&root, "settings", &settings))
		status = rt_params_read(rt_controller_params, &run->settings,
					&settings, NULL, err);
	if (policy)
		return rt_policy_open(&to, policy, registry, err);
	if (!(status = read_source(header, &source, err)) &&
	    !(status = rt_policy_open_source(&to, &source, registry, err)) &&
	    !(status = apply_sets(&to, &root, err)) &&
	    rt_json_member(&root, "settings", &settings))
		status = rt_params_read(rt_controller_params, &run->settings,
					&settings, run->chain.arena, err);
	rt_policy_source_free(&source);
	return status;
}

static enum rt_status load(struct run *run, const cJSON *header, bool another,
			   struct rt_error *err)
{
	cJSON *state = cJSON_Duplicate(
		cJSON_GetObjectItemCaseSensitive(header, "controller"), true);
	cJSON *memory = NULL;
	const struct rt_json view = rt_json_root(state);
	struct rt_error ignored;

	if (!state)
		return rt_fail(err, RT_EINPUT, "controller: is missing");
	if (another)
		memory = cJSON_DetachItemFromObjectCaseSensitive(state,
								 "memory");
	enum rt_status status = rt_controller_load(run->controller, &view, err);
	const struct rt_json kept = rt_json_root(memory);
	if (!status && memory)
		rt_controller_restore(run->controller, &kept, &ignored);
	cJSON_Delete(state);
	cJSON_Delete(memory);
	return status ? rt_wrap(err, "controller") : RT_OK;
}

enum rt_status run_open(struct run **out, const cJSON *header,
			const char *policy, const struct rt_registry *registry,
			struct rt_error *err)
{
	struct run *run = rt_calloc(1, sizeof *run);
	enum rt_status status = open_chain(run, header, policy, registry, err);

	if (status && policy)
		rt_wrap(err, "--policy");
	if (!status) {
		run->controller =
			rt_controller_new(&run->settings, &run->chain);
		rt_controller_explain(run->controller);
		status = load(run, header, policy, err);
	}
	if (status)
		run_close(&run);
	*out = run;
	return status;
}

void run_close(struct run **slot)
{
	struct run *run = *slot;

	if (!run)
		return;
	rt_controller_free(&run->controller);
	rt_chain_close(&run->chain);
	rt_free(run);
	*slot = NULL;
}

struct rt_controller *run_controller(struct run *run)
{
	return run->controller;
}

const struct rt_chain *run_chain(const struct run *run)
{
	return &run->chain;
}
