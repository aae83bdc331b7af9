/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_pod.c - what makes a pod a node, and whether it can become one.
 */
#include "autoscaler/kube/kube_pod.h"

#include <string.h>

#include "autoscaler/kube/kube_pod_size.h"
#include "core/base/error.h"
#include "core/base/mem.h"

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
	cJSON_ArrayForEach(condition, conditions)
	{
		if (strcmp(text_of(condition, "type"), "PodScheduled") == 0 &&
		    strcmp(text_of(condition, "status"), "False") == 0)
			return true;
	}
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

/* When the last of its containers started; "": not all of them run. */
static const char *started_at(const cJSON *statuses)
{
	const char *last = "";
	const cJSON *status;
	cJSON_ArrayForEach(status, statuses)
	{
		const char *at =
			text_of(member(member(status, "state"), "running"),
				"startedAt");
		if (!at[0])
			return "";
		if (strcmp(at, last) > 0)
			last = at;
	}
	return last;
}

/* Which replica of several hosts it belongs to: KubeRay's label (1.6 on), or
 * that of the webhook for TPUs. */
static const char *replica_of(const cJSON *labels)
{
	const char *name = text_of(labels, "ray.io/worker-group-replica-name");
	return name[0] ? name : text_of(labels, "replicaIndex");
}

enum rt_status kube_pod_decode(const struct rt_json *item,
			       struct rt_arena *arena, struct kube_pod *out,
			       struct rt_error *err)
{
	const char *type = "";
	struct rt_pod *pod = &out->pod;
	struct rt_json meta, labels, deleted;
	enum rt_status status;

	*out = (struct kube_pod){
		.pod = { .name = "", .group = "", .replica = "" },
		.created = "",
		.started = "",
	};
	if (!rt_json_member(item, "metadata", &meta))
		return rt_json_fail(item, err, "no metadata");
	if ((status = rt_json_get_str(&meta, "name", &pod->name, err)) ||
	    (status = rt_json_get_str(&meta, "creationTimestamp", &out->created,
				      err)))
		return status;
	if (!pod->name[0])
		return rt_json_fail(&meta, err, "no name");
	pod->deleting = rt_json_member(&meta, "deletionTimestamp", &deleted);
	pod->stuck = is_stuck(item->node);
	out->started = started_at(
		member(member(item->node, "status"), "containerStatuses"));
	if (!rt_json_member(&meta, "labels", &labels))
		return RT_OK;
	if ((status = rt_json_get_str(&labels, "ray.io/node-type", &type,
				      err)) ||
	    (status = rt_json_get_str(&labels, "ray.io/group", &pod->group,
				      err)))
		return status;
	pod->replica = replica_of(labels.node);
	pod->is_head = strcmp(type, "head") == 0;
	out->is_node = pod->is_head || strcmp(type, "worker") == 0;
	pod->size = kube_pod_size(item, arena);
	return RT_OK;
}

/* ---- copies -------------------------------------------------------- */

#define TEXTS 8

/* All that a pod points to; some may be NULL. */
static void list_texts(struct kube_pod *pod, struct rt_pod_size *size,
		       const char **texts[TEXTS])
{
	static const char *none;
	texts[0] = &pod->pod.name;
	texts[1] = &pod->pod.group;
	texts[2] = &pod->pod.replica;
	texts[3] = &pod->created;
	texts[4] = &pod->started;
	texts[5] = size ? &size->error : &none;
	texts[6] = size ? &size->note.raylet_id : &none;
	texts[7] = size ? &size->note.failed_why : &none;
}

struct kube_pod *kube_pod_keep(const struct kube_pod *pod)
{
	struct {
		struct kube_pod pod;
		struct rt_pod_size size;
	} copy = { .pod = *pod }, *kept;
	const char **texts[TEXTS];
	size_t len = 0;
	if (pod->pod.size)
		copy.size = *pod->pod.size;
	list_texts(&copy.pod, pod->pod.size ? &copy.size : NULL, texts);
	for (int i = 0; i < TEXTS; i++)
		len += *texts[i] ? strlen(*texts[i]) + 1 : 0;
	kept = rt_calloc(1, sizeof *kept + len);
	char *to = (char *)(kept + 1);
	for (int i = 0; i < TEXTS; i++)
		if (*texts[i]) {
			size_t size = strlen(*texts[i]) + 1;
			*texts[i] = memcpy(to, *texts[i], size);
			to += size;
		}
	*kept = copy;
	kept->pod.pod.size = pod->pod.size ? &kept->size : NULL;
	return &kept->pod;
}

struct rt_pod kube_pod_show(const struct kube_pod *kept, struct rt_arena *arena)
{
	struct kube_pod pod = *kept;
	struct rt_pod_size *size = NULL;
	const char **texts[TEXTS];
	if (kept->pod.size)
		size = rt_arena_dup(arena, kept->pod.size, sizeof *size);
	list_texts(&pod, size, texts);
	for (int i = 0; i < TEXTS; i++)
		if (*texts[i])
			*texts[i] = rt_arena_strdup(arena, *texts[i]);
	pod.pod.size = size;
	return pod.pod;
}
