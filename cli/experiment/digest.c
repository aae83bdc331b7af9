/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.c - a byte at a time.
 */
#include "cli/experiment/digest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "traces/folder.h"

static uint64_t digest(uint64_t sum, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * 1099511628211u;
	return sum;
}

uint64_t digest_text(uint64_t sum, const char *text)
{
	unsigned char known = text != NULL;

	sum = digest(sum, &known, 1);
	return text ? digest(sum, text, strlen(text) + 1) : sum;
}

enum rt_status digest_file(uint64_t *sum, const char *path,
			   struct rt_error *err)
{
	FILE *file = fopen(path, "rbe");
	char part[65536];
	size_t n;

	if (!file)
		return rt_fail(err, RT_EINPUT, "%s: cannot be opened: %s", path,
			       strerror(errno));
	while ((n = fread(part, 1, sizeof part, file)) > 0)
		*sum = digest(*sum, part, n);
	bool failed = ferror(file);
	fclose(file);
	if (failed)
		return rt_fail(err, RT_EINPUT, "%s: cannot be read: %s", path,
			       strerror(errno));
	return RT_OK;
}

enum rt_status digest_trace(uint64_t *sum, const char *path,
			    struct rt_error *err)
{
	struct rt_arena *arena = rt_arena_new();
	const char *const *files;
	uint32_t len;
	enum rt_status status =
		trace_folder_list(path, arena, &files, &len, err);

	for (uint32_t i = 0; !status && i < len; i++) {
		if (len > 1)
			*sum = digest_text(*sum, files[i]);
		status = digest_file(sum, files[i], err);
	}
	rt_arena_free(&arena);
	return status;
}
