/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c - blocks, each at least twice as large as the one before, filled from
 * their start.  A reset keeps the newest, which is the largest: after a few
 * rounds a round fits into one block and asks the system for nothing.
 */
#include "core/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

#define FIRST_BLOCK ((size_t)1 << 14)

struct block {
	struct block *older;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

struct rt_arena {
	struct block *newest;
};

static void free_blocks(struct block *block)
{
	while (block) {
		struct block *older = block->older;
		rt_free(block);
		block = older;
	}
}

struct rt_arena *rt_arena_new(void)
{
	return rt_calloc(1, sizeof(struct rt_arena));
}

void rt_arena_free(struct rt_arena **arena)
{
	if (!*arena)
		return;
	free_blocks((*arena)->newest);
	rt_free(*arena);
	*arena = NULL;
}

void rt_arena_reset(struct rt_arena *arena)
{
	if (!arena->newest)
		return;
	free_blocks(arena->newest->older);
	arena->newest->older = NULL;
	arena->newest->used = 0;
}

struct rt_arena_mark rt_arena_mark(const struct rt_arena *arena)
{
	const struct block *newest = arena->newest;

	return (struct rt_arena_mark){ newest, newest ? newest->used : 0 };
}

void rt_arena_rewind(struct rt_arena *arena, struct rt_arena_mark mark)
{
	while (arena->newest != mark.block) {
		struct block *older = arena->newest->older;
		rt_free(arena->newest);
		arena->newest = older;
	}
	if (arena->newest)
		arena->newest->used = mark.used;
}

static struct block *add_block(struct rt_arena *arena, size_t least)
{
	size_t size = arena->newest ? arena->newest->size * 2 : FIRST_BLOCK;
	if (size < least)
		size = least;
	struct block *block = rt_realloc(NULL, sizeof *block + size);
	*block = (struct block){ .older = arena->newest, .size = size };
	return arena->newest = block;
}

void *rt_arena_alloc(struct rt_arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	if (size > SIZE_MAX / 4)
		rt_oom();
	size = (size + align - 1) & ~(align - 1);
	struct block *block = arena->newest;
	if (!block || size > block->size - block->used)
		block = add_block(arena, size);
	void *p = block->bytes + block->used;
	block->used += size;
	return memset(p, 0, size);
}

void *rt_arena_dup(struct rt_arena *arena, const void *from, size_t size)
{
	return rt_arena_regrow(arena, from, size, size);
}

void *rt_arena_regrow(struct rt_arena *arena, const void *from, size_t old,
		      size_t size)
{
	void *p = rt_arena_alloc(arena, size);
	if (old)
		memcpy(p, from, old);
	return p;
}

char *rt_arena_strdup(struct rt_arena *arena, const char *text)
{
	return rt_arena_strndup(arena, text, strlen(text));
}

char *rt_arena_strndup(struct rt_arena *arena, const char *text, size_t len)
{
	return rt_arena_regrow(arena, text, len, len + 1);
}

char *rt_arena_printf(struct rt_arena *arena, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	size_t size = (size_t)len + 1;
	char *text = rt_arena_alloc(arena, size);
	vsnprintf(text, size, fmt, again);
	va_end(again);
	return text;
}
