/* SPDX-License-Identifier: Apache-2.0 */
/*
 * same.c - member by member, as structs have padding; a member that is added to
 * one of them is added here.
 */
#include "core/model/same.h"

#include <string.h>

bool rt_same_res(struct rt_res a, struct rt_res b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
		if (a.at[i].name != b.at[i].name ||
		    a.at[i].units != b.at[i].units)
			return false;
	return true;
}

bool rt_same_labels(struct rt_labels a, struct rt_labels b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
		if (a.at[i].key != b.at[i].key ||
		    a.at[i].value != b.at[i].value)
			return false;
	return true;
}

/* ---- demand ------------------------------------------------------------- */

static bool same_rule(const struct rt_label_rule *a,
		      const struct rt_label_rule *b)
{
	if (a->key != b->key || a->op != b->op || a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++)
		if (a->values[i] != b->values[i])
			return false;
	return true;
}

bool rt_same_selector(const struct rt_selector *a, const struct rt_selector *b)
{
	if (a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++)
		if (!same_rule(&a->rules[i], &b->rules[i]))
			return false;
	return true;
}

static bool same_placement(const struct rt_placement *a,
			   const struct rt_placement *b)
{
	return a->kind == b->kind && a->label == b->label &&
	       a->value == b->value;
}

bool rt_same_terms(const struct rt_request *a, const struct rt_request *b)
{
	if (a->selectors_len != b->selectors_len ||
	    a->placements_len != b->placements_len)
		return false;
	for (uint32_t i = 0; i < a->selectors_len; i++)
		if (!rt_same_selector(&a->selectors[i], &b->selectors[i]))
			return false;
	for (uint32_t i = 0; i < a->placements_len; i++)
		if (!same_placement(&a->placements[i], &b->placements[i]))
			return false;
	return true;
}

static bool same_requests(uint32_t a_len, const struct rt_request *a,
			  uint32_t b_len, const struct rt_request *b)
{
	if (a_len != b_len)
		return false;
	for (uint32_t i = 0; i < a_len; i++)
		if (a[i].count != b[i].count ||
		    !rt_same_res(a[i].res, b[i].res) ||
		    !rt_same_terms(&a[i], &b[i]))
			return false;
	return true;
}

bool rt_same_demand(const struct rt_demand *a, const struct rt_demand *b)
{
	if (a->gangs_len != b->gangs_len ||
	    a->constraints_len != b->constraints_len ||
	    !same_requests(a->tasks_len, a->tasks, b->tasks_len, b->tasks))
		return false;
	for (uint32_t i = 0; i < a->gangs_len; i++) {
		const struct rt_gang *x = &a->gangs[i], *y = &b->gangs[i];
		if (strcmp(x->details, y->details) != 0 ||
		    !same_requests(x->len, x->bundles, y->len, y->bundles))
			return false;
	}
	for (uint32_t i = 0; i < a->constraints_len; i++) {
		const struct rt_constraint *x = &a->constraints[i];
		const struct rt_constraint *y = &b->constraints[i];
		if (!same_requests(x->len, x->requests, y->len, y->requests))
			return false;
	}
	return true;
}

/* ---- the cluster -------------------------------------------------------- */

static bool same_texts(uint32_t a_len, const char *const *a, uint32_t b_len,
		       const char *const *b)
{
	if (a_len != b_len)
		return false;
	for (uint32_t i = 0; i < a_len; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

static bool same_caps(const struct rt_resize_caps *a,
		      const struct rt_resize_caps *b)
{
	if (!a || !b)
		return a == b;
	return a->cpu == b->cpu && a->memory == b->memory;
}

static bool same_group(const struct rt_group *a, const struct rt_group *b)
{
	return strcmp(a->name, b->name) == 0 && a->is_head == b->is_head &&
	       rt_same_res(a->res, b->res) &&
	       rt_same_labels(a->labels, b->labels) &&
	       a->min_nodes == b->min_nodes && a->max_nodes == b->max_nodes &&
	       a->idle_timeout_ms == b->idle_timeout_ms &&
	       a->priority == b->priority &&
	       a->num_of_hosts == b->num_of_hosts &&
	       a->availability == b->availability &&
	       a->recoverable_availability == b->recoverable_availability &&
	       a->backoff_until_ms == b->backoff_until_ms &&
	       same_caps(a->resize, b->resize);
}

static bool same_spec(const struct rt_group_spec *a,
		      const struct rt_group_spec *b)
{
	return a->index == b->index && a->replicas == b->replicas &&
	       a->min_replicas == b->min_replicas &&
	       a->max_replicas == b->max_replicas && a->suspend == b->suspend &&
	       a->cpu_name == b->cpu_name && a->memory_name == b->memory_name &&
	       a->resize_timeout_s == b->resize_timeout_s &&
	       a->start_cpu == b->start_cpu &&
	       a->start_memory == b->start_memory &&
	       same_texts(a->to_delete_len, a->to_delete, b->to_delete_len,
			  b->to_delete);
}

bool rt_same_raycluster(const struct rt_raycluster *a,
			const struct rt_raycluster *b)
{
	if (strcmp(a->name, b->name) != 0 || a->groups_len != b->groups_len ||
	    a->max_workers != b->max_workers ||
	    a->idle_timeout_ms != b->idle_timeout_ms ||
	    a->upscaling_speed != b->upscaling_speed ||
	    !same_texts(a->problems_len, a->problems, b->problems_len,
			b->problems))
		return false;
	for (uint32_t g = 0; g < a->groups_len; g++)
		if (!same_group(&a->groups[g], &b->groups[g]) ||
		    !same_spec(&a->specs[g], &b->specs[g]))
			return false;
	return true;
}
