/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv.c - splits in place: a field is unquoted by moving it together, which
 * only ever makes it shorter.
 */
#include "core/base/csv.h"

#include <string.h>

/* Ends the quoted field that begins behind its first quote; returns what is
 * behind its last one, NULL when there is none. */
static char *unquote(char *from)
{
	for (char *to = from;; *to++ = *from++) {
		if (!*from)
			return NULL;
		if (*from == '"' && *++from != '"') {
			/* The quote before `from` is free for the NUL. */
			*to = '\0';
			return from;
		}
	}
}

int rt_csv_split(char *line, char **fields, int max)
{
	for (int n = 0; n < max;) {
		char *end;
		if (*line == '"') {
			fields[n++] = line + 1;
			end = unquote(line + 1);
		} else {
			fields[n++] = line;
			end = line + strcspn(line, ",");
		}
		if (!end || (*end && *end != ','))
			return -1;
		if (!*end)
			return n;
		*end = '\0';
		line = end + 1;
	}
	return -1;
}
