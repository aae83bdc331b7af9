/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster.h - a RayCluster manifest of forms of nodes.
 */
#ifndef CLI_TRACE_CLUSTER_H
#define CLI_TRACE_CLUSTER_H

#include "core/base/buf.h"
#include "traces/node_list.h"

void trace_cluster_put(struct rt_buf *, const struct trace_node_form *,
		       uint32_t len);

#endif
