/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - memory with one lifetime: many small allocations, freed together.
 * A round's arena holds everything from its observation to its actions and is
 * reset before the next one.  Nothing here returns NULL.
 */
#ifndef CORE_BASE_ARENA_H
#define CORE_BASE_ARENA_H

#include <stddef.h>

struct rt_arena;

struct rt_arena *rt_arena_new(void);
void rt_arena_free(struct rt_arena **);
/* Forgets all allocations; the largest block is kept for the next round. */
void rt_arena_reset(struct rt_arena *);

/* Where an arena stands, to forget what is allocated from there on.  Marks that
 * were made later are void then. */
struct rt_arena_mark {
	const void *block;
	size_t used;
};
struct rt_arena_mark rt_arena_mark(const struct rt_arena *);
void rt_arena_rewind(struct rt_arena *, struct rt_arena_mark);

/* Zeroed, aligned for any object.  Size 0 gives a valid pointer. */
void *rt_arena_alloc(struct rt_arena *, size_t size);
void *rt_arena_dup(struct rt_arena *, const void *, size_t size);
char *rt_arena_strdup(struct rt_arena *, const char *);
char *rt_arena_strndup(struct rt_arena *, const char *, size_t len);
char *rt_arena_printf(struct rt_arena *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define RT_ARENA_NEW(arena, type)                                              \
	((type *)rt_arena_alloc((arena), sizeof(type)))
#define RT_ARENA_ARRAY(arena, type, n)                                         \
	((type *)rt_arena_alloc((arena), (size_t)(n) * sizeof(type)))

/* Makes room for one more element in an arena array (the old one is left to
 * the arena). */
#define RT_ARENA_GROW(arena, array, len, cap)                                  \
	do {                                                                   \
		if ((len) == (cap)) {                                          \
			(cap) = (cap) ? (cap)*2 : 8;                           \
			(array) = rt_arena_regrow(                             \
				(arena), (array),                              \
				(size_t)(len) * sizeof *(array),               \
				(size_t)(cap) * sizeof *(array));              \
		}                                                              \
	} while (0)
void *rt_arena_regrow(struct rt_arena *, const void *, size_t old, size_t size);

#endif
