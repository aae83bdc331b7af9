/* SPDX-License-Identifier: Apache-2.0 */
/*
 * res.c - each entry goes where it belongs as it comes: a vector has a handful,
 * and one of thousands is found its places by halves.
 */
#include "core/model/res.h"

#include <math.h>
#include <string.h>

/* How many of the ids at `at` have texts before this one. */
static uint32_t place_of(const struct rt_names *names, const void *at,
			 size_t size, uint32_t len, const char *text)
{
	uint32_t from = 0;

	while (from < len) {
		uint32_t middle = from + (len - from) / 2, id;
		memcpy(&id, (const char *)at + middle * size, sizeof id);
		if (strcmp(rt_name_text(names, id), text) < 0)
			from = middle + 1;
		else
			len = middle;
	}
	return from;
}

void rt_res_add(struct rt_res_builder *b, const char *name, int64_t units)
{
	uint32_t id = rt_name_intern(b->names, name);
	uint32_t i = place_of(b->names, b->at, sizeof *b->at, b->len, name);

	if (i == b->len || b->at[i].name != id) {
		RT_ARENA_GROW(b->arena, b->at, b->len, b->cap);
		memmove(b->at + i + 1, b->at + i, (b->len - i) * sizeof *b->at);
		b->len++;
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
	uint32_t i = place_of(b->names, b->at, sizeof *b->at, b->len, key);

	if (i == b->len || b->at[i].key != id) {
		RT_ARENA_GROW(b->arena, b->at, b->len, b->cap);
		memmove(b->at + i + 1, b->at + i, (b->len - i) * sizeof *b->at);
		b->len++;
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
