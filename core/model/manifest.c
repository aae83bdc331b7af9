/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.c - tables of the members that are kept, one for each level.
 */
#include "core/model/manifest.h"

#include <stdbool.h>
#include <string.h>

struct keep {
	const char *key;
	const struct keep *members; /* of it, or of its items; NULL: all */
};

static const struct keep container[] = {
	{ "resources", NULL },
	{ "resizePolicy", NULL },
	{ NULL, NULL },
};

static const struct keep node_selector[] = {
	{ "cloud.google.com/gke-tpu-topology", NULL },
	{ "cloud.google.com/gke-tpu-accelerator", NULL },
	{ NULL, NULL },
};

static const struct keep pod_spec[] = {
	{ "nodeSelector", node_selector },
	{ "containers", container },
	{ NULL, NULL },
};

static const struct keep template[] = {
	{ "spec", pod_spec },
	{ NULL, NULL },
};

static const struct keep start_params[] = {
	{ "num-cpus", NULL },  { "num-gpus", NULL }, { "memory", NULL },
	{ "resources", NULL }, { NULL, NULL },
};

static const struct keep group[] = {
	{ "groupName", NULL },     { "replicas", NULL },
	{ "minReplicas", NULL },   { "maxReplicas", NULL },
	{ "numOfHosts", NULL },    { "suspend", NULL },
	{ "scaleStrategy", NULL }, { "idleTimeoutSeconds", NULL },
	{ "priority", NULL },      { "labels", NULL },
	{ "resources", NULL },     { "rayStartParams", start_params },
	{ "template", template },  { NULL, NULL },
};

static const struct keep options[] = {
	{ "idleTimeoutSeconds", NULL },
	{ "upscalingMode", NULL },
	{ NULL, NULL },
};

static const struct keep spec[] = {
	{ "autoscalerOptions", options }, { "idleTerminationOptions", NULL },
	{ "idleSuspend", NULL },          { "headGroupSpec", group },
	{ "workerGroupSpecs", group },    { NULL, NULL },
};

static const struct keep annotations[] = {
	{ "ray.io/ippr", NULL },
	{ "raytide.io/policy", NULL },
	{ NULL, NULL },
};

static const struct keep metadata[] = {
	{ "name", NULL },
	{ "annotations", annotations },
	{ NULL, NULL },
};

static const struct keep cluster[] = {
	{ "kind", NULL },
	{ "metadata", metadata },
	{ "spec", spec },
	{ NULL, NULL },
};

static cJSON *prune(const cJSON *json, const struct keep *members);

static cJSON *prune_object(const cJSON *json, const struct keep *members)
{
	cJSON *out = cJSON_CreateObject();
	const cJSON *item;

	cJSON_ArrayForEach(item, json)
	{
		const struct keep *keep = members;
		while (keep->key && strcmp(keep->key, item->string) != 0)
			keep++;
		if (keep->key)
			cJSON_AddItemToObject(out, item->string,
					      prune(item, keep->members));
	}
	return out;
}

static cJSON *prune_array(const cJSON *json, const struct keep *members)
{
	cJSON *out = cJSON_CreateArray();
	const cJSON *item;

	cJSON_ArrayForEach(item, json)
		cJSON_AddItemToArray(out, prune(item, members));
	return out;
}

/* What is of another kind than it should be stays: it is the manifest's fault
 * that is told. */
static cJSON *prune(const cJSON *json, const struct keep *members)
{
	if (members && cJSON_IsObject(json))
		return prune_object(json, members);
	if (members && cJSON_IsArray(json))
		return prune_array(json, members);
	return cJSON_Duplicate(json, true);
}

cJSON *rt_manifest_prune(const cJSON *json)
{
	return prune(json, cluster);
}
