/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instances.c - the table itself; instances_sync.c and instances_step.c work
 * on it.
 */
#include "core/controller/instances.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/base/mem.h"

static void instance_free(struct rt_instance *instance)
{
	rt_free(instance->group);
	rt_free(instance->pod);
	rt_free(instance->replica);
	rt_free(instance->ray_node_id);
	rt_free(instance);
}

void rt_instances_free(struct rt_instances *table)
{
	for (uint32_t i = 0; i < table->len; i++)
		instance_free(table->at[i]);
	rt_free(table->at);
	rt_backoff_free(&table->resizes);
	*table = (struct rt_instances){ 0 };
}

struct rt_instance *rt_instances_add(struct rt_instances *table,
				     const char *group, uint32_t group_index,
				     enum rt_node_status status, int64_t now_ms)
{
	struct rt_instance *instance = rt_calloc(1, sizeof *instance);

	snprintf(instance->id, sizeof instance->id, "i-%06" PRIu64,
		 ++table->last_serial);
	instance->group = rt_strdup(group);
	instance->group_index = group_index;
	instance->asked_ms = now_ms;
	instance->busy_ms = RT_NONE;
	instance->idle_since_ms = RT_NONE;
	rt_instance_move(instance, status, now_ms);
	RT_GROW(table->at, table->len, table->cap);
	table->at[table->len++] = instance;
	return instance;
}

void rt_instance_move(struct rt_instance *instance, enum rt_node_status status,
		      int64_t now_ms)
{
	instance->before = instance->status;
	instance->before_ms = now_ms - instance->since_ms;
	instance->status = status;
	instance->since_ms = now_ms;
}

void rt_instances_drop(struct rt_instances *table,
		       bool (*gone)(const struct rt_instance *, void *),
		       void *arg)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < table->len; i++) {
		if (gone(table->at[i], arg))
			instance_free(table->at[i]);
		else
			table->at[kept++] = table->at[i];
	}
	table->len = kept;
}
