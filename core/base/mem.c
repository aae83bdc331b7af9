/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem.c - the C library's allocator with the one answer to its failure.
 */
#include "core/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void rt_oom(void)
{
	fputs("raytide: out of memory\n", stderr);
	abort();
}

void *rt_calloc(size_t count, size_t size)
{
	/* One byte for nothing: calloc may answer 0 bytes with NULL. */
	void *p = count && size ? calloc(count, size) : calloc(1, 1);
	if (!p)
		rt_oom();
	return p;
}

void *rt_realloc(void *old, size_t size)
{
	void *p = realloc(old, size);
	if (!p && size)
		rt_oom();
	return p;
}

char *rt_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	return memcpy(rt_calloc(1, size), text, size);
}

void rt_free(void *p)
{
	free(p);
}
