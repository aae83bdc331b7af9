/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_groups.c - what is wrong with the manifest is told by who decodes it;
 * here only the names of its groups are looked at.
 */
#include "cli/sim_groups.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/param.h"

#define PREFIX_MAX 300

static const cJSON *specs_of(const cJSON *manifest)
{
	const cJSON *spec = cJSON_GetObjectItemCaseSensitive(manifest, "spec");

	return cJSON_GetObjectItemCaseSensitive(spec, "workerGroupSpecs");
}

static char *prefix_of(const cJSON *spec)
{
	const char *name = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(spec, "groupName"));
	char text[PREFIX_MAX];

	snprintf(text, sizeof text, "group.%s", name ? name : "");
	return rt_strdup(text);
}

uint32_t sim_groups_open(struct sim_groups *groups, const cJSON *manifest,
			 struct rt_setting_group *rows)
{
	const cJSON *specs = specs_of(manifest), *spec;
	int len = cJSON_GetArraySize(specs);
	uint32_t n = 0, rows_len = 0;

	rt_params_default(sim_group_params, &groups->all);
	if (len > 0)
		groups->each = rt_calloc((size_t)len, sizeof *groups->each);
	cJSON_ArrayForEach(spec, specs)
	{
		struct sim_group_settings *own = &groups->each[n];
		sim_group_settings_unset(own);
		if (n < SIM_GROUPS_MAX) {
			groups->prefixes[n] = prefix_of(spec);
			rows[rows_len++] = (struct rt_setting_group){
				sim_group_params, own, groups->prefixes[n]
			};
		}
		n++;
	}
	rows[rows_len++] = (struct rt_setting_group){ sim_group_params,
						      &groups->all, "group" };
	return rows_len;
}

void sim_groups_close(struct sim_groups *groups)
{
	for (uint32_t i = 0; i < SIM_GROUPS_MAX; i++)
		rt_free(groups->prefixes[i]);
	rt_free(groups->each);
}
