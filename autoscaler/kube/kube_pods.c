/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_pods.c - a pod that cannot be read fails the whole list: one that is
 * there and not counted would be launched again.
 */
#include "autoscaler/kube/kube_pods.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/model/codec_snapshot.h"

struct dated_pod {
	struct rt_pod pod;
	const char *created; /* RFC 3339 in UTC: in byte order of time; the
			      * document's */
};

static int by_age(const void *a, const void *b)
{
	const struct dated_pod *x = a, *y = b;
	int order = strcmp(x->created, y->created);
	return order ? order : strcmp(x->pod.name, y->pod.name);
}

/* What a container waits for when it cannot start as things are. */
static const char *const stuck_reasons[] = {
	"ErrImagePull",         "ImagePullBackOff",
	"InvalidImageName",     "CreateContainerConfigError",
	"CreateContainerError", "RunContainerError",
	"CrashLoopBackOff",
};

static const cJSON *member(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(member(object, key));
	return text ? text : "";
}

static bool waits_in_vain(const cJSON *statuses)
{
	const cJSON *status;
	cJSON_ArrayForEach(status, statuses)
	{
		const char *reason = text_of(
			member(member(status, "state"), "waiting"), "reason");
		for (size_t i = 0;
		     i < sizeof stuck_reasons / sizeof *stuck_reasons; i++)
			if (strcmp(reason, stuck_reasons[i]) == 0)
				return true;
	}
	return false;
}

static bool is_unschedulable(const cJSON *conditions)
{
	const cJSON *condition;
	cJSON_ArrayForEach(condition,
			   conditions) if (strcmp(text_of(condition, "type"),
						  "PodScheduled") == 0 &&
					   strcmp(text_of(condition, "status"),
						  "False") == 0) return true;
	return false;
}

/* Only a hint: what cannot be read says nothing. */
static bool is_stuck(const cJSON *pod)
{
	const cJSON *status = member(pod, "status");
	return is_unschedulable(member(status, "conditions")) ||
	       waits_in_vain(member(status, "initContainerStatuses")) ||
	       waits_in_vain(member(status, "containerStatuses"));
}

/* Which replica of several hosts it belongs to: KubeRay's label (1.6 on), or
 * that of the webhook for TPUs. */
static const char *replica_of(const cJSON *labels)
{
	const char *name = text_of(labels, "ray.io/worker-group-replica-name");
	return name[0] ? name : text_of(labels, "replicaIndex");
}

/* `*is_node` is false for a pod that is neither head nor worker. */
static enum rt_status decode_pod(const struct rt_json *item,
				 struct rt_arena *arena, struct dated_pod *out,
				 bool *is_node, struct rt_error *err)
{
	const char *name = "", *created = "", *type = "", *group = "";
	struct rt_json meta, labels, deleted;
	enum rt_status status;

	*is_node = false;
	if (!rt_json_member(item, "metadata", &meta))
		return rt_json_fail(item, err, "no metadata");
	if ((status = rt_json_get_str(&meta, "name", &name, err)) ||
	    (status = rt_json_get_str(&meta, "creationTimestamp", &created,
				      err)))
		return status;
	if (!name[0])
		return rt_json_fail(&meta, err, "no name");
	if (!rt_json_member(&meta, "labels", &labels))
		return RT_OK;
	if ((status = rt_json_get_str(&labels, "ray.io/node-type", &type,
				      err)) ||
	    (status = rt_json_get_str(&labels, "ray.io/group", &group, err)))
		return status;
	bool is_head = strcmp(type, "head") == 0;
	*is_node = is_head || strcmp(type, "worker") == 0;
	*out = (struct dated_pod){
		.pod = {
			.name = rt_arena_strdup(arena, name),
			.group = rt_arena_strdup(arena, group),
			.replica = rt_arena_strdup(arena,
						   replica_of(labels.node)),
			.is_head = is_head,
			.deleting = rt_json_member(&meta, "deletionTimestamp",
						   &deleted),
			.stuck = is_stuck(item->node),
		},
		.created = created,
	};
	return RT_OK;
}

enum rt_status kube_decode_pods(const cJSON *doc, struct rt_arena *arena,
				const struct rt_pod **pods, uint32_t *len,
				struct rt_error *err)
{
	struct rt_json root = rt_json_root(doc), list, item;
	enum rt_status status;

	if (!rt_json_member(&root, "items", &list))
		return rt_fail(err, RT_EREMOTE, "LIST pods: no items");
	if ((status = rt_json_is_array(&list, err)))
		return rt_wrap(err, "LIST pods");
	size_t n = rt_json_len(&list);
	if (n > RT_NODES_MAX)
		return rt_fail(err, RT_ELIMIT,
			       "LIST pods: %zu pods; at most %d are taken", n,
			       RT_NODES_MAX);
	struct dated_pod *dated = RT_ARENA_ARRAY(arena, struct dated_pod, n);
	struct rt_pod *out = RT_ARENA_ARRAY(arena, struct rt_pod, n);
	*len = 0;
	for (bool more = rt_json_first(&list, &item); more;
	     more = rt_json_next(&item)) {
		bool is_node;
		if ((status = decode_pod(&item, arena, &dated[*len], &is_node,
					 err)))
			return rt_wrap(err, "LIST pods");
		*len += is_node;
	}
	qsort(dated, *len, sizeof *dated, by_age);
	for (uint32_t i = 0; i < *len; i++)
		out[i] = dated[i].pod;
	*pods = out;
	return RT_OK;
}
