/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_parts.h - what a memory is made of, for those who make and save it.
 */
#ifndef CORE_CONTROLLER_MEMORY_PARTS_H
#define CORE_CONTROLLER_MEMORY_PARTS_H

#include "core/controller/memory.h"

struct rt_memory {
	size_t cluster_size, group_size;
	char *cluster;
	uint32_t len;
	struct rt_kept {
		char *group;
		char *bytes;
	} * at;
};

void rt_memory_forget_groups(struct rt_memory *);

#endif
