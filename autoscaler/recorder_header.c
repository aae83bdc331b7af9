/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder_header.c - a policy is told by its text, as its file may be another
 * when the recording is read.
 */
#include "autoscaler/recorder_header.h"

#include <stdio.h>

#include "core/base/json.h"
#include "core/base/param.h"
#include "core/model/recording.h"

static void add_policy(cJSON *to, const char *key, const struct policy *policy)
{
	cJSON *json = cJSON_AddObjectToObject(to, key);
	cJSON_AddStringToObject(json, "name", policy->source.name);
	if (policy->source.text)
		cJSON_AddStringToObject(json, "text", policy->source.text);
}

static void add_sets(cJSON *to, const struct policy *policy)
{
	cJSON *list = cJSON_AddArrayToObject(to, "sets");
	for (uint32_t i = 0; i < policy->sets_len; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(policy->sets[i]));
}

char *recorder_header(const struct recorder_conf *conf, uint32_t part,
		      uint64_t round, const struct policy *policy,
		      const struct policy *shadow,
		      const struct rt_controller *controller)
{
	char cluster[512];
	cJSON *json = cJSON_CreateObject();
	cJSON_AddNumberToObject(json, "recording", RT_RECORDING_VERSION);
	cJSON_AddStringToObject(json, "raytide", RAYTIDE_VERSION);
	cJSON_AddNumberToObject(json, "part", part);
	cJSON_AddNumberToObject(json, "round", (double)round);
	snprintf(cluster, sizeof cluster, "%s/%s", conf->name_space,
		 conf->cluster);
	cJSON_AddStringToObject(json, "cluster", cluster);
	add_policy(json, "policy", policy);
	add_sets(json, policy);
	cJSON_AddItemToObject(
		json, "settings",
		rt_params_write(rt_controller_params, &policy->settings));
	if (shadow)
		add_policy(json, "shadow", shadow);
	if (conf->dry_run)
		cJSON_AddTrueToObject(json, "dry_run");
	cJSON_AddItemToObject(json, "controller",
			      rt_controller_dump(controller));
	char *text = rt_json_print(json);
	cJSON_Delete(json);
	return text;
}
