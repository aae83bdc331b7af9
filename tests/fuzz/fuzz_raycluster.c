/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_raycluster.c - a RayCluster, as the API sends it (JSON) and as a
 * manifest (YAML).
 */
#include "core/base/yaml.h"
#include "core/model/raycluster.h"
#include "tests/fuzz/fuzz.h"

static void decode(cJSON *doc)
{
	struct rt_names *names = rt_names_new();
	struct rt_arena *arena = rt_arena_new();
	struct rt_raycluster cluster;
	struct rt_error err;

	rt_raycluster_decode(doc, names, arena, &cluster, &err);
	rt_arena_free(&arena);
	rt_names_free(&names);
	cJSON_Delete(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct rt_error err;
	cJSON *doc;

	if (!rt_json_parse(text, size, &doc, &err))
		decode(doc);
	if (!rt_yaml_parse(text, size, "input", &doc, &err))
		decode(doc);
	return 0;
}
