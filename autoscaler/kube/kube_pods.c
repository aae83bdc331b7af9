/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_pods.c - an array in the order of their age.  A pod that cannot be read
 * fails the page or the event: one that is there and not counted would be
 * launched again.
 */
#include "autoscaler/kube/kube_pods.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autoscaler/kube/kube_pod.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/mem.h"

#define VERSION_TEXT 64
#define REST_TEXT 4096

struct kube_pods {
	struct kube_pod **at;
	uint32_t len, cap;
	struct rt_arena *scratch; /* of one pod, while it is read */
	char version[VERSION_TEXT];
	char rest[REST_TEXT];
};

struct kube_pods *kube_pods_new(void)
{
	struct kube_pods *pods = rt_calloc(1, sizeof *pods);
	pods->scratch = rt_arena_new();
	return pods;
}

void kube_pods_clear(struct kube_pods *pods)
{
	for (uint32_t i = 0; i < pods->len; i++)
		rt_free(pods->at[i]);
	pods->len = 0;
	pods->version[0] = pods->rest[0] = '\0';
}

void kube_pods_free(struct kube_pods **slot)
{
	if (!*slot)
		return;
	kube_pods_clear(*slot);
	rt_arena_free(&(*slot)->scratch);
	rt_free((*slot)->at);
	rt_free(*slot);
	*slot = NULL;
}

const char *kube_pods_rest(const struct kube_pods *pods)
{
	return pods->rest;
}

const char *kube_pods_version(const struct kube_pods *pods)
{
	return pods->version;
}

/* ---- their order --------------------------------------------------- */

static int compare(const struct kube_pod *a, const struct kube_pod *b)
{
	int order = strcmp(a->created, b->created);
	return order ? order : strcmp(a->pod.name, b->pod.name);
}

static int by_age(const void *a, const void *b)
{
	return compare(*(struct kube_pod *const *)a,
		       *(struct kube_pod *const *)b);
}

/* Where the pod stands, or would. */
static uint32_t find(const struct kube_pods *pods, const struct kube_pod *seen,
		     bool *found)
{
	uint32_t low = 0, high = pods->len;
	*found = false;
	while (low < high && !*found) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare(seen, pods->at[middle]);
		*found = order == 0;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return high;
}

static void move(struct kube_pods *pods, uint32_t from, uint32_t to)
{
	memmove(&pods->at[to], &pods->at[from],
		(pods->len - from) * sizeof *pods->at);
}

static enum rt_status check_room(const struct kube_pods *pods,
				 struct rt_error *err)
{
	if (pods->len < RT_NODES_MAX)
		return RT_OK;
	return rt_fail(err, RT_ELIMIT, "more than %d pods", RT_NODES_MAX);
}

/* ---- the LIST ------------------------------------------------------ */

static enum rt_status take_text(const struct rt_json *meta, const char *key,
				char *to, size_t size, struct rt_error *err)
{
	const char *text = "";
	enum rt_status status = rt_json_get_str(meta, key, &text, err);
	if (!status && strlen(text) >= size)
		return rt_json_fail(meta, err, "%s is too long", key);
	if (!status)
		snprintf(to, size, "%s", text);
	return status;
}

static enum rt_status take_version(struct kube_pods *pods,
				   const struct rt_json *meta,
				   struct rt_error *err)
{
	enum rt_status status =
		take_text(meta, "resourceVersion", pods->version,
			  sizeof pods->version, err);
	if (!status && !pods->version[0])
		return rt_json_fail(meta, err, "no resourceVersion");
	return status;
}

static enum rt_status add_items(struct kube_pods *pods,
				const struct rt_json *list,
				struct rt_error *err)
{
	struct rt_json item;
	struct kube_pod seen;
	enum rt_status status = rt_json_is_array(list, err);
	if (status)
		return status;
	for (bool more = rt_json_first(list, &item); more;
	     more = rt_json_next(&item)) {
		rt_arena_reset(pods->scratch);
		if ((status = kube_pod_decode(&item, pods->scratch, &seen,
					      err)) ||
		    (status = check_room(pods, err)))
			return status;
		if (!seen.is_node)
			continue;
		RT_GROW(pods->at, pods->len, pods->cap);
		pods->at[pods->len++] = kube_pod_keep(&seen);
	}
	return RT_OK;
}

enum rt_status kube_pods_add_page(struct kube_pods *pods, const cJSON *page,
				  struct rt_error *err)
{
	struct rt_json root = rt_json_root(page), list, meta;
	enum rt_status status;

	if (!rt_json_member(&root, "items", &list))
		status = rt_fail(err, RT_EREMOTE, "no items");
	else if (!rt_json_member(&root, "metadata", &meta))
		status = rt_fail(err, RT_EREMOTE, "no metadata");
	else if (!(status = take_version(pods, &meta, err)) &&
		 !(status = take_text(&meta, "continue", pods->rest,
				      sizeof pods->rest, err)))
		status = add_items(pods, &list, err);
	if (status)
		return rt_wrap(err, "LIST pods");
	if (!pods->rest[0] && pods->len)
		qsort(pods->at, pods->len, sizeof *pods->at, by_age);
	return RT_OK;
}

/* ---- the WATCH ----------------------------------------------------- */

/* The ERROR event's object is a Status. */
static enum rt_status fail_event(const struct rt_json *object,
				 struct rt_error *err)
{
	int64_t code = 0;
	const char *message = "";
	rt_json_get_i64(object, "code", 0, 999, &code, NULL);
	rt_json_get_str(object, "message", &message, NULL);
	return rt_fail(err, code == 410 ? RT_ECONFLICT : RT_EREMOTE,
		       "status %lld: %s", (long long)code, message);
}

static enum rt_status change(struct kube_pods *pods, const char *type,
			     const struct rt_json *object, struct rt_error *err)
{
	struct kube_pod seen;
	bool found;
	rt_arena_reset(pods->scratch);
	enum rt_status status =
		kube_pod_decode(object, pods->scratch, &seen, err);
	bool stays = strcmp(type, "DELETED") != 0 && seen.is_node;
	if (status || (stays && (status = check_room(pods, err))))
		return status;
	uint32_t i = find(pods, &seen, &found);
	if (found)
		rt_free(pods->at[i]);
	if (found && !stays) {
		move(pods, i + 1, i);
		pods->len--;
	} else if (stays && !found) {
		RT_GROW(pods->at, pods->len, pods->cap);
		move(pods, i, i + 1);
		pods->len++;
	}
	if (stays)
		pods->at[i] = kube_pod_keep(&seen);
	return RT_OK;
}

static enum rt_status apply(struct kube_pods *pods, const struct rt_json *event,
			    struct rt_error *err)
{
	const char *type = "";
	struct rt_json object, meta;
	enum rt_status status = rt_json_is_object(event, err);
	if (status || (status = rt_json_get_str(event, "type", &type, err)))
		return status;
	if (!rt_json_member(event, "object", &object))
		return rt_json_fail(event, err, "no object");
	if (strcmp(type, "ERROR") == 0)
		return fail_event(&object, err);
	if (!rt_json_member(&object, "metadata", &meta))
		return rt_json_fail(&object, err, "no metadata");
	if ((status = take_version(pods, &meta, err)) ||
	    strcmp(type, "BOOKMARK") == 0)
		return status;
	if (strcmp(type, "ADDED") != 0 && strcmp(type, "MODIFIED") != 0 &&
	    strcmp(type, "DELETED") != 0)
		return rt_json_fail(event, err, "type \"%s\"", type);
	return change(pods, type, &object, err);
}

enum rt_status kube_pods_apply(struct kube_pods *pods, const char *line,
			       size_t len, struct rt_error *err)
{
	cJSON *doc;
	enum rt_status status = rt_json_parse(line, len, &doc, err);
	if (!status) {
		struct rt_json event = rt_json_root(doc);
		status = apply(pods, &event, err);
		cJSON_Delete(doc);
	}
	return status ? rt_wrap(err, "WATCH pods") : RT_OK;
}

/* When the newest head's pod was made; "": there is none. */
static const char *head_created(const struct kube_pods *pods)
{
	const char *created = "";
	for (uint32_t i = 0; i < pods->len; i++)
		if (pods->at[i]->pod.is_head)
			created = pods->at[i]->created;
	return created;
}

const struct rt_pod *kube_pods_copy(const struct kube_pods *pods,
				    struct rt_arena *arena, uint32_t *len)
{
	const char *head = head_created(pods);
	struct rt_pod *out = RT_ARENA_ARRAY(arena, struct rt_pod, pods->len);
	for (uint32_t i = 0; i < pods->len; i++) {
		const struct kube_pod *pod = pods->at[i];
		out[i] = kube_pod_show(pod, arena);
		out[i].orphan = !pod->pod.is_head && pod->started[0] &&
				strcmp(pod->started, head) < 0;
	}
	*len = pods->len;
	return out;
}
