/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_list.h - the nodes that belong to some traces, as the forms that there
 * are and how many of each.
 */
#ifndef TRACES_NODE_LIST_H
#define TRACES_NODE_LIST_H

#include <raytide/types.h>

#include "core/base/arena.h"

#define TRACE_NODE_FORMS_MAX 999 /* groups of workers in a RayCluster */

struct trace_node_form {
	double cpus;
	double memory; /* bytes; 0: not told */
	double gpus;
	const char *model; /* of the GPUs; "": none */
	uint64_t count;
};

/* The file is Alibaba's openb_node_list_*.csv or the node_info of its spot
 * trace, by its header. */
enum rt_status trace_node_list(const char *path, struct rt_arena *,
			       struct trace_node_form **, uint32_t *len,
			       struct rt_error *err);

#endif
