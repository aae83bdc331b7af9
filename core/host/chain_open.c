/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain_open.c - each item of the list is found in the registry, held to its
 * place, and its parameters are read into its own struct.
 */
#include "core/host/chain_open.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/param.h"
#include "core/host/external.h"
#include "core/host/plugin.h"

#define KNOWN_MAX 64

const struct rt_policy_ops *rt_policy_nth(const struct rt_registry *registry,
					  size_t i)
{
	size_t len = 0;

	while (registry->policies[len])
		len++;
	if (i < len)
		return registry->policies[i];
	return i == len ? &rt_policy_external : NULL;
}

static enum rt_status no_such_policy(const struct rt_json *item,
				     const char *name,
				     const struct rt_registry *registry,
				     struct rt_error *err)
{
	const char *names[KNOWN_MAX] = { NULL };
	size_t len = 0;

	while (len < KNOWN_MAX && rt_policy_nth(registry, len)) {
		names[len] = rt_policy_nth(registry, len)->name;
		len++;
	}
	for (size_t i = 0; registry->presets[i].name && len < KNOWN_MAX; i++)
		names[len++] = registry->presets[i].name;
	const char *nearest = rt_nearest(name, names, len);
	if (nearest)
		return rt_json_fail(item, err,
				    "%s: no such policy; did you mean %s?",
				    name, nearest);
	return rt_json_fail(item, err, "%s: no such policy or file", name);
}

static const struct rt_policy_ops *
find_policy(const struct rt_registry *registry, const char *name)
{
	const struct rt_policy_ops *ops;

	for (size_t i = 0; (ops = rt_policy_nth(registry, i)); i++)
		if (strcmp(ops->name, name) == 0)
			return ops;
	return NULL;
}

static enum rt_status check_place(const struct rt_chain *chain,
				  const struct rt_policy_ops *ops,
				  const struct rt_json *item,
				  struct rt_error *err)
{
	const uint32_t behind = RT_TRIMS | RT_REPACKS;
	const struct rt_policy_ops *packer = NULL;

	for (uint32_t i = 0; i < chain->len; i++) {
		if (strcmp(chain->stages[i].ops->name, ops->name) == 0)
			return rt_json_fail(item, err, "%s: a second time",
					    ops->name);
		if (chain->stages[i].ops->flags & RT_PACKS)
			packer = chain->stages[i].ops;
	}
	/* Each would launch for the same demand. */
	if (packer && !(ops->flags & behind))
		return rt_json_fail(item, err,
				    "%s: nothing may follow %s, which packs, "
				    "but what trims or repacks; put it before",
				    ops->name, packer->name);
	if (!packer && ops->flags & behind)
		return rt_json_fail(item, err,
				    "%s: it works on what another stage has "
				    "packed; put it behind ray",
				    ops->name);
	return RT_OK;
}

static enum rt_status check_policy(const struct rt_chain *chain,
				   const struct rt_policy_ops *ops,
				   const struct rt_json *item,
				   struct rt_error *err)
{
	if (chain->len == RT_STAGES_MAX)
		return rt_json_fail(item, err, "more than %d stages",
				    RT_STAGES_MAX);
	if (ops->abi != RT_POLICY_ABI || ops->size != sizeof *ops)
		return rt_json_fail(item, err,
				    "%s: built for another raytide (ABI %u, "
				    "not %d)",
				    ops->name, ops->abi, RT_POLICY_ABI);
	return check_place(chain, ops, item, err);
}

/* `params` is NULL when there are none. */
static enum rt_status add_stage(struct rt_chain *chain,
				const struct rt_json *item,
				const struct rt_policy_ops *ops,
				const struct rt_json *params,
				struct rt_error *err)
{
	static const cJSON empty = { .type = cJSON_Object };
	struct rt_json nothing = *item;
	enum rt_status status = check_policy(chain, ops, item, err);

	if (status)
		return status;
	void *conf = rt_arena_alloc(chain->arena, ops->conf_size);
	rt_params_default(ops->params, conf);
	chain->stages[chain->len++] =
		(struct rt_stage){ .ops = ops, .conf = conf };
	nothing.node = &empty; /* what is needed is missing there */
	return rt_params_read(ops->params, conf, params ? params : &nothing,
			      chain->arena, err);
}

/* {plugin: PATH, params: {...}} */
static enum rt_status add_plugin(struct rt_chain *chain,
				 const struct rt_json *item,
				 struct rt_error *err)
{
	struct rt_json path, params, key;
	const struct rt_policy_ops *ops;
	const char *text;
	void *library;
	struct rt_error why;
	enum rt_status status;

	for (bool more = rt_json_first(item, &key); more;
	     more = rt_json_next(&key))
		if (strcmp(key.key, "plugin") != 0 &&
		    strcmp(key.key, "params") != 0)
			return rt_json_fail(&key, err,
					    "unknown key; a plug-in has plugin "
					    "and params");
	if (!rt_json_member(item, "plugin", &path))
		return rt_json_fail(item, err, "plugin is missing");
	if ((status = rt_json_str(&path, &text, err)))
		return status;
	if (rt_plugin_open(text, &library, &ops, &why))
		return rt_json_fail(&path, err, "%s", why.text);
	uint32_t before = chain->len;
	bool has_params = rt_json_member(item, "params", &params);
	status = add_stage(chain, item, ops, has_params ? &params : NULL, err);
	if (chain->len == before) {
		rt_plugin_close(library);
		return status;
	}
	chain->stages[before].held = library;
	chain->stages[before].close = rt_plugin_close;
	return status;
}

static void start_process(struct rt_stage *stage)
{
	stage->held = rt_external_open(stage->conf);
	stage->close = rt_external_close;
}

/* NAME, {NAME: {PARAM: VALUE}}, or a plug-in. */
static enum rt_status add_item(struct rt_chain *chain,
			       const struct rt_json *item,
			       const struct rt_registry *registry,
			       struct rt_error *err)
{
	struct rt_json params = { .node = NULL };
	const char *name;

	if (!cJSON_IsObject(item->node)) {
		enum rt_status status = rt_json_name(item, &name, err);
		if (status)
			return status;
	} else if (cJSON_HasObjectItem(item->node, "plugin")) {
		return add_plugin(chain, item, err);
	} else if (rt_json_len(item) != 1) {
		return rt_json_fail(item, err,
				    "a stage is one name with its parameters; "
				    "as in {ray: {upscaling_speed: 1}}");
	} else {
		rt_json_first(item, &params);
		name = params.key;
	}
	const struct rt_json *at = params.node ? &params : item;
	const struct rt_policy_ops *ops = find_policy(registry, name);
	if (!ops)
		return no_such_policy(at, name, registry, err);
	bool has_params = params.node && !cJSON_IsNull(params.node);
	enum rt_status status =
		add_stage(chain, at, ops, has_params ? &params : NULL, err);
	if (!status && ops == &rt_policy_external)
		start_process(&chain->stages[chain->len - 1]);
	return status;
}

static enum rt_status add_items(struct rt_chain *chain,
				const struct rt_json *policy,
				const struct rt_registry *registry,
				struct rt_error *err)
{
	struct rt_json item;
	enum rt_status status = RT_OK;
	bool packs = false;

	if (!cJSON_IsArray(policy->node))
		status = add_item(chain, policy, registry, err);
	else if (rt_json_len(policy) == 0)
		return rt_json_fail(policy, err, "no stage; name a policy");
	else
		for (bool more = rt_json_first(policy, &item); more && !status;
		     more = rt_json_next(&item))
			status = add_item(chain, &item, registry, err);
	for (uint32_t i = 0; i < chain->len; i++)
		packs |= chain->stages[i].ops->flags & RT_PACKS;
	if (!status && !packs)
		return rt_json_fail(policy, err,
				    "no stage packs; add one, as ray");
	return status;
}

enum rt_status rt_chain_open(struct rt_chain *chain,
			     const struct rt_json *policy,
			     const struct rt_registry *registry,
			     struct rt_error *err)
{
	*chain = (struct rt_chain){ .arena = rt_arena_new() };
	rt_params_default(rt_guard_params, &chain->guards);
	enum rt_status status = add_items(chain, policy, registry, err);
	if (status)
		rt_chain_close(chain);
	return status;
}

void rt_chain_close(struct rt_chain *chain)
{
	for (uint32_t i = 0; i < chain->len; i++)
		if (chain->stages[i].close)
			chain->stages[i].close(chain->stages[i].held);
	rt_arena_free(&chain->arena);
	*chain = (struct rt_chain){ 0 };
}

enum rt_status rt_chain_read_guards(struct rt_chain *chain,
				    const struct rt_json *guards,
				    struct rt_error *err)
{
	return rt_params_read(rt_guard_params, &chain->guards, guards,
			      chain->arena, err);
}

enum rt_status rt_chain_read_prices(struct rt_chain *chain,
				    const struct rt_json *prices,
				    struct rt_error *err)
{
	static const struct rt_param row = { .name = "prices",
					     .type = RT_PARAM_PAIRS,
					     .max = 1e9 };

	return rt_param_read(&row, &chain->prices, prices, chain->arena, err);
}

/* What follows "NAME."; NULL when the key is of something else. */
static const char *after(const char *key, const char *name)
{
	size_t len = strlen(name);

	return strncmp(key, name, len) == 0 && key[len] == '.' ? key + len + 1
							       : NULL;
}

const struct rt_param *rt_chain_param(struct rt_chain *chain, const char *key,
				      void **conf)
{
	const struct rt_param *row = NULL;

	*conf = &chain->guards;
	if (after(key, "guards"))
		return rt_param_find(rt_guard_params, after(key, "guards"));
	for (uint32_t i = 0; i < chain->len && !row; i++) {
		const struct rt_policy_ops *ops = chain->stages[i].ops;
		*conf = chain->stages[i].conf;
		if (after(key, ops->name))
			row = rt_param_find(ops->params, after(key, ops->name));
	}
	return row;
}
