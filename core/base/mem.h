/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem.h - memory of objects (x_new/x_free).  Input is bounded at the door, so
 * running out of memory is nobody's input: it aborts, and no caller checks.
 * What lives for one round only comes from an arena instead (arena.h).
 */
#ifndef CORE_BASE_MEM_H
#define CORE_BASE_MEM_H

#include <stddef.h>

void *rt_calloc(size_t count, size_t size); /* zeroed, never NULL */
void *rt_realloc(void *, size_t size);      /* never NULL for size > 0 */
char *rt_strdup(const char *);
void rt_free(void *);
_Noreturn void rt_oom(void);

/* Makes room for one more element in a heap array; `cap` is its capacity. */
#define RT_GROW(array, len, cap)                                               \
	do {                                                                   \
		if ((len) == (cap)) {                                          \
			(cap) = (cap) ? (cap)*2 : 16;                          \
			(array) = rt_realloc((array),                          \
					     (size_t)(cap) * sizeof *(array)); \
		}                                                              \
	} while (0)

#endif
