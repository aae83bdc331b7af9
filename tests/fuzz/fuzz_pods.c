/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pods.c - what the API says of pods: the first line is a LIST, the others
 * are the events of a WATCH.  Whatever comes, each pod has its texts, and the
 * store begins anew after a failure.
 */
#include <stdlib.h>
#include <string.h>

#include "autoscaler/kube/kube_pod_size.h"
#include "autoscaler/kube/kube_pods.h"
#include "core/base/json.h"
#include "tests/fuzz/fuzz.h"

/* Whatever is known of a pod's size can be written to it again. */
static void check_size(const struct rt_pod_size *size)
{
	if (size->cpu.request < 0 || size->memory.asked_request < 0 ||
	    size->cpu.room < RT_NONE || size->cpu.beside < 0 || !size->error)
		abort();
	cJSON_Delete(kube_resize_patch(size, rt_measure_asked(&size->cpu),
				       rt_measure_has(&size->memory)));
	cJSON_Delete(kube_note_patch(&size->note));
}

static void check(const struct kube_pods *pods)
{
	struct rt_arena *arena = rt_arena_new();
	uint32_t len;
	const struct rt_pod *all = kube_pods_copy(pods, arena, &len);
	for (uint32_t i = 0; i < len; i++)
		if (!all[i].name[0] || !all[i].group || !all[i].replica)
			abort();
	for (uint32_t i = 0; i < len; i++)
		if (all[i].size)
			check_size(all[i].size);
	rt_arena_free(&arena);
}

static enum rt_status list(struct kube_pods *pods, const char *text, size_t len)
{
	struct rt_error err;
	cJSON *page;
	enum rt_status status = rt_json_parse(text, len, &page, &err);
	if (!status)
		status = kube_pods_add_page(pods, page, &err);
	cJSON_Delete(page);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kube_pods *pods = kube_pods_new();
	const char *line = (const char *)data, *end = line + size;
	struct rt_error err;
	bool listed = false;
	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((stop ? stop : end) - line);
		if (!listed)
			kube_pods_clear(pods);
		listed = !(listed ? kube_pods_apply(pods, line, len, &err)
				  : list(pods, line, len));
		check(pods);
		line += len + 1;
	}
	kube_pods_free(&pods);
	return 0;
}
