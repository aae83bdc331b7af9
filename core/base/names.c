/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - an open-addressing hash of ids over an array of texts.  Ids are
 * given in order of arrival; the byte order is sorted out when a table is asked
 * for and names came since the last one.
 */
#include "core/base/names.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/map.h"
#include "core/base/mem.h"

#define EMPTY UINT32_MAX

struct rt_names {
	struct rt_arena *arena; /* of the texts */
	const char **text;
	uint32_t len, cap;
	uint32_t *slots; /* ids, or EMPTY; at most half full */
	uint32_t slots_len;
	uint32_t *rank;
	uint32_t ranked; /* names that `rank` knows */
};

struct rt_names *rt_names_new(void)
{
	struct rt_names *names = rt_calloc(1, sizeof *names);
	names->arena = rt_arena_new();
	return names;
}

void rt_names_free(struct rt_names **names)
{
	if (!*names)
		return;
	rt_arena_free(&(*names)->arena);
	rt_free((*names)->text);
	rt_free((*names)->slots);
	rt_free((*names)->rank);
	rt_free(*names);
	*names = NULL;
}

/* The slot that holds the text, or the empty one where it belongs. */
static uint32_t *find(const struct rt_names *names, const char *text)
{
	uint32_t mask = names->slots_len - 1;
	uint32_t i = rt_text_hash(text) & mask;
	while (names->slots[i] != EMPTY &&
	       strcmp(names->text[names->slots[i]], text) != 0)
		i = (i + 1) & mask;
	return &names->slots[i];
}

static void rehash(struct rt_names *names)
{
	names->slots_len = names->slots_len ? names->slots_len * 2 : 64;
	size_t size = names->slots_len * sizeof *names->slots;
	names->slots = rt_realloc(names->slots, size);
	memset(names->slots, 0xFF, size);
	for (uint32_t id = 0; id < names->len; id++)
		*find(names, names->text[id]) = id;
}

uint32_t rt_name_intern(struct rt_names *names, const char *text)
{
	if (names->len >= names->slots_len / 2)
		rehash(names);
	uint32_t *slot = find(names, text);
	if (*slot != EMPTY)
		return *slot;
	RT_GROW(names->text, names->len, names->cap);
	names->text[names->len] = rt_arena_strdup(names->arena, text);
	return *slot = names->len++;
}

const char *rt_name_text(const struct rt_names *names, uint32_t id)
{
	return names->text[id];
}

uint32_t rt_names_len(const struct rt_names *names)
{
	return names->len;
}

static int by_text(const void *a, const void *b, void *texts)
{
	const char *const *text = texts;
	return strcmp(text[*(const uint32_t *)a], text[*(const uint32_t *)b]);
}

static void compute_ranks(struct rt_names *names)
{
	uint32_t *order = rt_calloc(names->len, sizeof *order);
	for (uint32_t id = 0; id < names->len; id++)
		order[id] = id;
	qsort_r(order, names->len, sizeof *order, by_text, names->text);
	names->rank = rt_realloc(names->rank, names->cap * sizeof *names->rank);
	for (uint32_t i = 0; i < names->len; i++)
		names->rank[order[i]] = i;
	names->ranked = names->len;
	rt_free(order);
}

struct rt_name_table rt_names_table(struct rt_names *names)
{
	if (names->ranked < names->len)
		compute_ranks(names);
	return (struct rt_name_table){
		.len = names->len,
		.text = names->text,
		.rank = names->rank,
	};
}
