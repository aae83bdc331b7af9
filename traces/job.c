/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.c - the block: the job, its list of ids, its asks, then all texts.
 */
#include "traces/job.h"

#include <string.h>

#include "core/base/mem.h"

static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* Copies the text to where `*end` is. */
static const char *put_text(const char *text, char **end)
{
	size_t size = text_size(text);
	char *at = *end;

	if (!text)
		return NULL;
	memcpy(at, text, size);
	*end += size;
	return at;
}

struct trace_job *trace_job_copy(const struct trace_job *from)
{
	size_t asks = from->asks_len * sizeof *from->asks;
	size_t after = from->after_len * sizeof *from->after;
	size_t size = sizeof *from + asks + after + text_size(from->id) +
		      text_size(from->user) + text_size(from->preceding);

	for (uint32_t i = 0; i < from->after_len; i++)
		size += text_size(from->after[i]);
	struct trace_job *job = rt_realloc(NULL, size);
	char *end = (char *)(job + 1);
	*job = *from;
	job->size = size;
	/* The ids come first: a pointer needs the larger alignment. */
	const char **ids = (const char **)(void *)end;
	end += after;
	job->after = after ? ids : NULL;
	job->asks = asks ? memcpy(end, from->asks, asks) : NULL;
	end += asks;
	job->id = put_text(from->id, &end);
	job->user = put_text(from->user, &end);
	job->preceding = put_text(from->preceding, &end);
	for (uint32_t i = 0; i < from->after_len; i++)
		ids[i] = put_text(from->after[i], &end);
	return job;
}

void trace_job_free(struct trace_job **job)
{
	rt_free(*job);
	*job = NULL;
}
