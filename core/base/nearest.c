/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.c - the edit distance (insert, delete, replace), a row at a time.
 */
#include "core/base/param.h"

#include <string.h>

#define LONGEST 64

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST + 1], len = strlen(b);
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];
		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			size_t replace = diagonal + (a[i] != b[j]);
			diagonal = row[j + 1];
			row[j + 1] =
				least(replace, least(row[j], diagonal) + 1);
		}
	}
	return row[len];
}

const char *rt_nearest(const char *name, const char *const *known, size_t n)
{
	size_t len = strlen(name);
	if (len > LONGEST)
		return NULL;
	size_t best = 2 + len / 4; /* farther is another word */
	const char *found = NULL;
	for (size_t i = 0; i < n; i++) {
		if (strlen(known[i]) > LONGEST)
			continue;
		size_t d = distance(name, known[i]);
		if (d < best && d < len) {
			best = d;
			found = known[i];
		}
	}
	return found;
}
