/* SPDX-License-Identifier: Apache-2.0 */
/* test_manifest.c - what is left of a manifest decodes as all of it did, and
 * holds none of what may be secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/yaml.h"
#include "core/model/manifest.h"
#include "core/model/same.h"

static const char *const full =
	"kind: RayCluster\n"
	"metadata:\n"
	"  name: c\n"
	"  managedFields: [{manager: xyzzy}]\n"
	"  annotations: {ray.io/ippr: '{\"groups\": {\"a\": {\"max-cpu\": 4,\n"
	"    \"max-memory\": \"8Gi\", \"resize-timeout\": 60}}}',\n"
	"    other: xyzzy}\n"
	"status: {state: xyzzy}\n"
	"spec:\n"
	"  autoscalerOptions: {idleTimeoutSeconds: 7, upscalingMode: Default,\n"
	"    env: [{name: A, value: xyzzy}]}\n"
	"  headGroupSpec:\n"
	"    rayStartParams: {num-cpus: '0', redis-password: xyzzy}\n"
	"    template: {spec: {containers: [{image: xyzzy}]}}\n"
	"  workerGroupSpecs:\n"
	"  - groupName: a\n"
	"    replicas: 1\n"
	"    minReplicas: 1\n"
	"    maxReplicas: 5\n"
	"    numOfHosts: 2\n"
	"    idleTimeoutSeconds: 9\n"
	"    priority: 3\n"
	"    labels: {zone: z}\n"
	"    scaleStrategy: {workersToDelete: [p]}\n"
	"    template: {spec: {nodeSelector: {host: xyzzy,\n"
	"      cloud.google.com/gke-tpu-topology: 2x2,\n"
	"      cloud.google.com/gke-tpu-accelerator: tpu-v6e-slice},\n"
	"      containers: [{env: [{name: B, value: xyzzy}], resources:\n"
	"        {limits: {cpu: 2, memory: 1Gi, google.com/tpu: 4},\n"
	"         requests: {cpu: 2, memory: 1Gi}}}]}}\n"
	"  - groupName: b\n"
	"    maxReplicas: many\n"
	"  - groupName: c\n"
	"    suspend: true\n"
	"    resources: {CPU: 3, GPU: 1, thing: 2}\n"
	"    rayStartParams: {num-cpus: '1', resources: '\"{}\"'}\n";

static void decode(const cJSON *doc, struct rt_names *names,
		   struct rt_arena *arena, struct rt_raycluster *out)
{
	struct rt_error err;

	if (rt_raycluster_decode(doc, names, arena, out, &err))
		fail_msg("%s", err.text);
}

static void test_prune(void **state)
{
	struct rt_names *names = rt_names_new();
	struct rt_arena *arena = rt_arena_new();
	struct rt_raycluster all, pruned;
	struct rt_error err;
	cJSON *doc;

	(void)state;
	if (rt_yaml_parse(full, strlen(full), "full", &doc, &err))
		fail_msg("%s", err.text);
	cJSON *left = rt_manifest_prune(doc);
	decode(doc, names, arena, &all);
	decode(left, names, arena, &pruned);
	assert_int_equal(all.groups_len, 3); /* the head, a and c */
	assert_int_equal(all.problems_len, 1);
	assert_true(rt_same_raycluster(&all, &pruned));
	char *text = rt_json_print(left);
	assert_null(strstr(text, "xyzzy"));
	cJSON_free(text);
	cJSON_Delete(left);
	cJSON_Delete(doc);
	rt_arena_free(&arena);
	rt_names_free(&names);
}

/* What is no object at all stays what it is. */
static void test_odd(void **state)
{
	static const char *const odd[] = { "3", "[1,2]", "{\"spec\":[3]}",
					   "{\"spec\":{\"headGroupSpec\":7}}" };

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		cJSON *doc = cJSON_Parse(odd[i]);
		cJSON *left = rt_manifest_prune(doc);
		assert_true(cJSON_Compare(doc, left, true));
		cJSON_Delete(left);
		cJSON_Delete(doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prune),
		cmocka_unit_test(test_odd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
