/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - what is asked of the API, to the byte.  A case is a RayCluster of
 * two groups, its pods, and actions.
 */
#ifndef TESTS_UNIT_AUTOSCALER_KUBE_FIXTURE_H
#define TESTS_UNIT_AUTOSCALER_KUBE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "autoscaler/kube/jsonpatch.h"

struct world {
	struct rt_arena *arena;
	struct rt_names *names;
	cJSON *doc;
	struct rt_observation obs;
	uint32_t pods_len, actions_len;
	struct rt_pod pods[16];
	struct rt_action list[16];
	struct rt_actions actions;
	struct jsonpatch patch;
	char *text;
};

static inline int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof *w);
	w->arena = rt_arena_new();
	w->names = rt_names_new();
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;
	rt_arena_free(&w->arena);
	rt_names_free(&w->names);
	cJSON_Delete(w->doc);
	cJSON_Delete(w->patch.ops);
	cJSON_free(w->text);
	test_free(w);
	return 0;
}

#define POD_SPEC                                                               \
	"\"template\":{\"spec\":{\"containers\":[{\"resources\":"              \
	"{\"limits\":{\"cpu\":\"1\"}}}]}}"

/* `a` and `b` are members of the groups of these names. */
static inline void cluster(struct world *w, const char *a, const char *b)
{
	char text[2048];
	struct rt_error err;
	snprintf(text, sizeof text,
		 "{\"apiVersion\":\"ray.io/v1\",\"kind\":\"RayCluster\","
		 "\"metadata\":{\"name\":\"c\",\"namespace\":\"n\"},\"spec\":{"
		 "\"headGroupSpec\":{" POD_SPEC "},\"workerGroupSpecs\":["
		 "{\"groupName\":\"a\"," POD_SPEC "%s},"
		 "{\"groupName\":\"b\"," POD_SPEC "%s}]}}",
		 a, b);
	w->doc = cJSON_Parse(text);
	assert_non_null(w->doc);
	if (rt_raycluster_decode(w->doc, w->names, w->arena, &w->obs.cluster,
				 &err))
		fail_msg("%s", err.text);
	assert_int_equal(w->obs.cluster.groups_len, 3);
}

static inline struct rt_pod *pod(struct world *w, const char *group,
				 const char *name)
{
	struct rt_pod *one = &w->pods[w->pods_len++];
	*one = (struct rt_pod){ .name = name, .group = group, .replica = "" };
	return one;
}

static inline struct rt_action *act(struct world *w, enum rt_action_kind kind,
				    uint32_t group)
{
	struct rt_action *one = &w->list[w->actions_len++];
	*one = (struct rt_action){ .kind = kind,
				   .group = group,
				   .after = RT_NO_ACTION };
	return one;
}

static inline void launch(struct world *w, uint32_t group, int64_t count)
{
	act(w, RT_ACTION_LAUNCH, group)->count = count;
}

static inline struct rt_action *del(struct world *w, uint32_t group,
				    const char *name)
{
	struct rt_action *one = act(w, RT_ACTION_DELETE, group);
	one->pod = name;
	return one;
}

static inline void build(struct world *w)
{
	w->obs.pods = w->pods;
	w->obs.pods_len = w->pods_len;
	w->actions =
		(struct rt_actions){ .len = w->actions_len, .at = w->list };
	w->patch = jsonpatch_build(w->doc, &w->obs, &w->actions, w->arena);
}

/* The operations as lines, "" for none; `carried` actions are in them. */
static inline void expect(struct world *w, uint32_t carried, const char *text)
{
	static const char prefix[] = "/spec/workerGroupSpecs/";
	const char *lines = "";
	build(w);
	for (int i = 0; i < cJSON_GetArraySize(w->patch.ops); i++) {
		const cJSON *op = cJSON_GetArrayItem(w->patch.ops, i);
		const char *path =
			cJSON_GetStringValue(cJSON_GetObjectItem(op, "path"));
		char *value = cJSON_PrintUnformatted(
			cJSON_GetObjectItem(op, "value"));
		assert_memory_equal(path, prefix, strlen(prefix));
		lines = rt_arena_printf(
			w->arena, "%s%s %s %s\n", lines,
			cJSON_GetStringValue(cJSON_GetObjectItem(op, "op")),
			path + strlen(prefix), value);
		cJSON_free(value);
	}
	assert_string_equal(lines, text);
	assert_int_equal(w->patch.len, carried);
}

enum { HEAD, A, B };

#define BOUNDS(replicas)                                                       \
	",\"replicas\":" replicas ",\"minReplicas\":0,\"maxReplicas\":5"

#define STRATEGY(pods) ",\"scaleStrategy\":{\"workersToDelete\":[" pods "]}"

#endif
