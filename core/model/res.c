/* SPDX-License-Identifier: Apache-2.0 */
/*
 * res.c - vectors are collected unsorted and put in byte order once, by
 * insertion: they have a handful of entries.
 */
#include "core/model/res.h"

#include <math.h>
#include <string.h>

void rt_res_add(struct rt_res_builder *b, const char *name, int64_t units)
{
	uint32_t id = rt_name_intern(b->names, name);

	for (uint32_t i = 0; i < b->len; i++)
		if (b->at[i].name == id) {
			b->at[i].units = units;
			return;
		}
	RT_ARENA_GROW(b->arena, b->at, b->len, b->cap);
	uint32_t i = b->len++;
	for (; i > 0; i--) {
		const char *before = rt_name_text(b->names, b->at[i - 1].name);
		if (strcmp(before, name) < 0)
			break;
		b->at[i] = b->at[i - 1];
	}
	b->at[i] = (struct rt_amount){ .name = id, .units = units };
}

struct rt_res rt_res_build(struct rt_res_builder *b)
{
	return (struct rt_res){ .len = b->len, .at = b->at };
}

void rt_labels_add(struct rt_labels_builder *b, const char *key,
		   const char *value)
{
	uint32_t id = rt_name_intern(b->names, key);
	uint32_t text = rt_name_intern(b->names, value);

	for (uint32_t i = 0; i < b->len; i++)
		if (b->at[i].key == id) {
			b->at[i].value = text;
			return;
		}
	RT_ARENA_GROW(b->arena, b->at, b->len, b->cap);
	uint32_t i = b->len++;
	for (; i > 0; i--) {
		if (strcmp(rt_name_text(b->names, b->at[i - 1].key), key) < 0)
			break;
		b->at[i] = b->at[i - 1];
	}
	b->at[i] = (struct rt_label){ .key = id, .value = text };
}

struct rt_labels rt_labels_build(struct rt_labels_builder *b)
{
	return (struct rt_labels){ .len = b->len, .at = b->at };
}

int64_t rt_units(double amount)
{
	if (!(amount > 0))
		return 0;
	if (amount >= (double)(RT_AMOUNT_MAX / RT_UNITS))
		return RT_AMOUNT_MAX;
	/* Apart, so that a large whole number keeps every digit. */
	double whole = floor(amount);
	return (int64_t)whole * RT_UNITS + llround((amount - whole) * RT_UNITS);
}

int64_t rt_res_get(struct rt_res res, uint32_t name)
{
	for (uint32_t i = 0; i < res.len; i++)
		if (res.at[i].name == name)
			return res.at[i].units;
	return 0;
}

bool rt_res_has(struct rt_res res, uint32_t name)
{
	for (uint32_t i = 0; i < res.len; i++)
		if (res.at[i].name == name)
			return true;
	return false;
}
