/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube_pod_size.c - the rules are those of Ray 2.60
 * (ray/autoscaler/v2/instance_manager/cloud_providers/kuberay/ippr_provider.py),
 * and so is the note: an annotation that holds JSON.
 */
#include "autoscaler/kube/kube_pod_size.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/model/quantity.h"

#define NOTE "ray.io/ippr-status"
#define SECONDS_MAX 1e12
#define ERROR_MAX 512 /* bytes kept of a message */

/* A member's member and so on; NULL when one is missing. */
static const cJSON *dig(const cJSON *object, const char *a, const char *b)
{
	object = cJSON_GetObjectItemCaseSensitive(object, a);
	return b ? cJSON_GetObjectItemCaseSensitive(object, b) : object;
}

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(dig(object, key, NULL));
	return text ? text : "";
}

/* ---- amounts ------------------------------------------------------- */

static int64_t amount_of(const cJSON *resources, const char *kind,
			 const char *name)
{
	struct rt_json item = rt_json_root(dig(resources, kind, name));
	int64_t units;
	if (!item.node || rt_quantity_read(&item, &units, NULL))
		return RT_NONE;
	return units;
}

/* Of the other containers. */
static int64_t sum_others(const cJSON *statuses, const char *name,
			  const char *resource)
{
	int64_t sum = 0;
	const cJSON *status;
	cJSON_ArrayForEach(status, statuses)
	{
		int64_t units = amount_of(dig(status, "resources", NULL),
					  "requests", resource);
		if (strcmp(text_of(status, "name"), name) != 0 &&
		    units != RT_NONE && units < RT_AMOUNT_MAX - sum)
			sum += units;
	}
	return sum;
}

/* Of the container itself; NULL: it has none yet. */
static const cJSON *find_status(const cJSON *statuses, const char *name)
{
	const cJSON *status;
	cJSON_ArrayForEach(status, statuses)
	{
		if (strcmp(text_of(status, "name"), name) == 0)
			return status;
	}
	return NULL;
}

/* False without requests. */
static bool measure(const cJSON *container, const cJSON *statuses,
		    const char *resource, struct rt_measure *out)
{
	const char *name = text_of(container, "name");
	const cJSON *asked = dig(container, "resources", NULL);
	const cJSON *has = dig(find_status(statuses, name), "resources", NULL);
	*out = (struct rt_measure){
		.asked_request = amount_of(asked, "requests", resource),
		.asked_limit = amount_of(asked, "limits", resource),
		.beside = sum_others(statuses, name, resource),
		.room = RT_NONE,
	};
	out->request = amount_of(dig(has, "requests", NULL) ? has : asked,
				 "requests", resource);
	out->limit = amount_of(dig(has, "limits", NULL) ? has : asked, "limits",
			       resource);
	return out->asked_request != RT_NONE && out->request != RT_NONE;
}

/* ---- how the resize goes ------------------------------------------- */

static bool read_numbers(const char *message, enum rt_resize_status status,
			 char name[8], int64_t *used, int64_t *capacity)
{
	const char *at;
	long long a = 0, b = -1;
	if (status == RT_RESIZE_DEFERRED &&
	    (at = strstr(message, "Node didn't have enough resource: ")))
		sscanf(at,
		       "Node didn't have enough resource: %7[a-z], "
		       "requested: %*[0-9], used: %15lld, capacity: %15lld",
		       name, &a, &b);
	if (status == RT_RESIZE_INFEASIBLE &&
	    (at = strstr(message, "Node didn't have enough capacity: ")))
		sscanf(at,
		       "Node didn't have enough capacity: %7[a-z], "
		       "requested: %*[0-9], capacity: %15lld",
		       name, &b);
	*used = a;
	*capacity = b;
	return a >= 0 && b >= 0 && b <= RT_AMOUNT_MAX / RT_UNITS;
}

/* The kubelet counts thousandths of a CPU, and bytes. */
static void read_room(const char *message, struct rt_pod_size *size)
{
	char name[8] = "";
	int64_t used, capacity;
	if (!read_numbers(message, size->status, name, &used, &capacity))
		return;
	int64_t room = capacity > used ? capacity - used : 0;
	if (strcmp(name, "cpu") == 0)
		size->cpu.room = room * (RT_UNITS / 1000);
	else if (strcmp(name, "memory") == 0)
		size->memory.room = room * RT_UNITS;
}

/* One that cannot be done yet goes before one that is being done. */
static void read_conditions(const cJSON *conditions, struct rt_pod_size *size,
			    struct rt_arena *arena)
{
	const cJSON *condition;
	cJSON_ArrayForEach(condition, conditions)
	{
		const char *type = text_of(condition, "type");
		const char *reason = text_of(condition, "reason");
		const char *message = text_of(condition, "message");
		if (strcmp(text_of(condition, "status"), "True") != 0)
			continue;
		if (strcmp(type, "PodResizePending") == 0) {
			size->status = strcasecmp(reason, "infeasible") == 0
					       ? RT_RESIZE_INFEASIBLE
					       : RT_RESIZE_DEFERRED;
			read_room(message, size);
			return;
		}
		if (strcmp(type, "PodResizeInProgress") != 0)
			continue;
		size->status = RT_RESIZE_INPROGRESS;
		if (strcmp(reason, "Error") == 0) {
			size->status = RT_RESIZE_ERROR;
			size->error = rt_arena_strndup(
				arena, message, strnlen(message, ERROR_MAX));
		}
		return;
	}
}

/* ---- the note ------------------------------------------------------ */

static int64_t seconds_of(const struct rt_json *note, const char *key)
{
	double seconds = RT_NONE;
	rt_json_get_f64(note, key, 0, SECONDS_MAX, &seconds, NULL);
	return (int64_t)seconds;
}

static int64_t max_of(const struct rt_json *note, const char *key)
{
	struct rt_json item;
	int64_t units;
	if (!rt_json_member(note, key, &item) ||
	    rt_json_units(&item, &units, NULL))
		return RT_NONE;
	return units;
}

static const char *copy_of(const struct rt_json *note, const char *key,
			   struct rt_arena *arena)
{
	const char *text = NULL;
	rt_json_get_name(note, key, &text, NULL);
	return text ? rt_arena_strdup(arena, text) : NULL;
}

static void read_note(const char *text, struct rt_resize_note *out,
		      struct rt_arena *arena)
{
	cJSON *doc = NULL;
	*out = (struct rt_resize_note){
		.resizing_at_s = RT_NONE,
		.max_cpu = RT_NONE,
		.max_memory = RT_NONE,
		.failed_at_s = RT_NONE,
	};
	if (!text[0] || rt_json_parse(text, strlen(text), &doc, NULL))
		return;
	struct rt_json note = rt_json_root(doc);
	out->raylet_id = copy_of(&note, "raylet-id", arena);
	out->resizing_at_s = seconds_of(&note, "resizing-at");
	out->max_cpu = max_of(&note, "suggested-max-cpu");
	out->max_memory = max_of(&note, "suggested-max-memory");
	out->failed_at_s = seconds_of(&note, "last-failed-at");
	out->failed_why = copy_of(&note, "last-failed-reason", arena);
	cJSON_Delete(doc);
}

const struct rt_pod_size *kube_pod_size(const struct rt_json *pod,
					struct rt_arena *arena)
{
	struct rt_pod_size size = { .error = "" };
	const cJSON *status = dig(pod->node, "status", NULL);
	const cJSON *statuses = dig(status, "containerStatuses", NULL);
	const cJSON *container =
		cJSON_GetArrayItem(dig(pod->node, "spec", "containers"), 0);
	if (!measure(container, statuses, "cpu", &size.cpu) ||
	    !measure(container, statuses, "memory", &size.memory))
		return NULL;
	read_conditions(dig(status, "conditions", NULL), &size, arena);
	read_note(text_of(dig(pod->node, "metadata", "annotations"), NOTE),
		  &size.note, arena);
	return rt_arena_dup(arena, &size, sizeof size);
}

/* ---- patches ------------------------------------------------------- */

static void add_replace(cJSON *ops, const char *kind, const char *resource,
			const char *value)
{
	char path[64];
	cJSON *op = cJSON_CreateObject();
	snprintf(path, sizeof path, "/spec/containers/0/resources/%s/%s", kind,
		 resource);
	cJSON_AddStringToObject(op, "op", "replace");
	cJSON_AddStringToObject(op, "path", path);
	cJSON_AddStringToObject(op, "value", value);
	cJSON_AddItemToArray(ops, op);
}

/* Kubernetes knows thousandths, and for memory whole bytes. */
static const char *print(const char *resource, int64_t units, char text[32])
{
	bool is_cpu = strcmp(resource, "cpu") == 0;
	int64_t step = is_cpu ? RT_UNITS / 1000 : RT_UNITS;
	long long n = units > 0 ? (units + step - 1) / step : 0;
	if (is_cpu && n % 1000)
		snprintf(text, 32, "%lldm", n);
	else
		snprintf(text, 32, "%lld", is_cpu ? n / 1000 : n);
	return text;
}

static void add_amount(cJSON *ops, const char *resource,
		       const struct rt_measure *now, int64_t units)
{
	char text[32];
	int64_t gap = 0;
	if (now->limit != RT_NONE) {
		gap = now->limit - now->request;
		add_replace(ops, "limits", resource,
			    print(resource, units, text));
	}
	add_replace(ops, "requests", resource,
		    print(resource, units - gap, text));
}

cJSON *kube_resize_patch(const struct rt_pod_size *now, int64_t cpu,
			 int64_t memory)
{
	cJSON *ops = cJSON_CreateArray();
	add_amount(ops, "cpu", &now->cpu, cpu);
	add_amount(ops, "memory", &now->memory, memory);
	return ops;
}

static void add_number(cJSON *note, const char *key, cJSON *number, bool known)
{
	if (known) {
		cJSON_AddItemToObject(note, key, number);
		return;
	}
	cJSON_Delete(number);
	cJSON_AddNullToObject(note, key);
}

static void add_text(cJSON *note, const char *key, const char *text)
{
	cJSON_AddItemToObject(note, key,
			      text ? cJSON_CreateString(text)
				   : cJSON_CreateNull());
}

static void add_seconds(cJSON *note, const char *key, int64_t seconds)
{
	add_number(note, key, cJSON_CreateNumber((double)seconds),
		   seconds != RT_NONE);
}

static void add_units(cJSON *note, const char *key, int64_t units)
{
	add_number(note, key, rt_json_from_units(units), units != RT_NONE);
}

cJSON *kube_note_patch(const struct rt_resize_note *n)
{
	cJSON *note = cJSON_CreateObject(), *patch = cJSON_CreateObject();
	add_text(note, "raylet-id", n->raylet_id);
	add_seconds(note, "resizing-at", n->resizing_at_s);
	add_units(note, "suggested-max-cpu", n->max_cpu);
	add_units(note, "suggested-max-memory", n->max_memory);
	add_seconds(note, "last-failed-at", n->failed_at_s);
	add_text(note, "last-failed-reason", n->failed_why);
	char *text = rt_json_print(note);
	cJSON *meta = cJSON_AddObjectToObject(patch, "metadata");
	cJSON_AddStringToObject(cJSON_AddObjectToObject(meta, "annotations"),
				NOTE, text);
	cJSON_free(text);
	cJSON_Delete(note);
	return patch;
}
