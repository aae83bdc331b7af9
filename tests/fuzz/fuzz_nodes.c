/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_nodes.c - a list of nodes: it is refused, or makes a manifest that is
 * understood, with a group for each form and room for as many nodes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/trace/cluster.h"
#include "core/base/yaml.h"
#include "core/model/raycluster.h"
#include "tests/fuzz/fuzz.h"
#include "traces/node_list.h"

static void check(const struct trace_node_form *forms, uint32_t len,
		  struct rt_arena *arena)
{
	struct rt_buf text = RT_BUF(RT_YAML_MAX);
	struct rt_names *names = rt_names_new();
	struct rt_raycluster cluster;
	struct rt_error err;
	cJSON *doc;

	trace_cluster_put(&text, forms, len);
	if (rt_yaml_parse(text.data, text.len, "nodes", &doc, &err) ||
	    rt_raycluster_decode(doc, names, arena, &cluster, &err) ||
	    cluster.problems_len > 0 || cluster.groups_len != len + 1)
		abort();
	for (uint32_t i = 0; i < len; i++)
		if ((uint64_t)cluster.specs[i + 1].max_replicas !=
		    forms[i].count)
			abort();
	cJSON_Delete(doc);
	rt_names_free(&names);
	rt_buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rt_arena *arena = rt_arena_new();
	struct trace_node_form *forms;
	struct rt_error err = { 0 };
	int fd = memfd_create("nodes", 0);
	char path[64];
	uint32_t len;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (!trace_node_list(path, arena, &forms, &len, &err))
		check(forms, len, arena);
	else if (!strstr(err.text, path) || strchr(err.text, '\n'))
		abort();
	rt_arena_free(&arena);
	close(fd);
	return 0;
}
