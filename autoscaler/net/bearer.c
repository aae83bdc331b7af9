/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bearer.c - a token is what may stand in a header, and is not empty.
 */
#include "autoscaler/net/bearer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"

#define HEADER "Authorization: Bearer "
#define SPACE " \t\r\n"
#define TOKEN_MAX (BEARER_MAX - sizeof HEADER) /* bytes */

enum rt_status bearer_of(const char *token, char line[BEARER_MAX],
			 struct rt_error *err)
{
	token += strspn(token, SPACE);
	size_t len = strcspn(token, SPACE);
	bool good = len > 0 && len <= TOKEN_MAX &&
		    !token[len + strspn(token + len, SPACE)];

	for (size_t i = 0; i < len; i++)
		good = good && token[i] > ' ' && token[i] <= '~';
	if (!good)
		return rt_fail(err, RT_EINPUT, "not a bearer token");
	snprintf(line, BEARER_MAX, HEADER "%.*s", (int)len, token);
	return RT_OK;
}

enum rt_status bearer_read(const char *path, char line[BEARER_MAX],
			   struct rt_error *err)
{
	char token[BEARER_MAX];
	FILE *file = fopen(path, "re");

	if (!file)
		return rt_fail(err, RT_EIO, "%s: %s", path, strerror(errno));
	size_t len = fread(token, 1, sizeof token - 1, file);
	bool whole = !ferror(file) && feof(file);
	fclose(file);
	token[len] = '\0';
	if (!whole || strlen(token) != len)
		return rt_fail(err, RT_EIO, "%s: not a bearer token", path);
	if (bearer_of(token, line, err))
		return rt_wrap(err, "%s", path);
	return RT_OK;
}
