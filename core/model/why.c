/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why.c - the .def tables as names and sentences.
 */
#include "core/model/why.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const sentences[] = {
#define RT_REASON(code, sentence) sentence,
#include <raytide/reasons.def>
#undef RT_REASON
};

static const char *const statuses[] = {
#define RT_NODE_STATUS(name) #name,
#include <raytide/node_status.def>
#undef RT_NODE_STATUS
};

static const char *const causes[] = {
	[RT_CAUSE_IDLE] = "IDLE",
	[RT_CAUSE_MAX_NUM_NODE_PER_TYPE] = "MAX_NUM_NODE_PER_TYPE",
	[RT_CAUSE_MAX_NUM_NODES] = "MAX_NUM_NODES",
};

const char *rt_why_text(struct rt_why why, char *buf, size_t size)
{
	const char *s = sentences[why.code];
	size_t len = 0;

	buf[0] = '\0';
	while (*s && len + 1 < size) {
		int n;
		if (strncmp(s, "{n}", 3) == 0) {
			n = snprintf(buf + len, size - len, "%" PRId64, why.n);
			s += 3;
		} else if (strncmp(s, "{limit}", 7) == 0) {
			n = snprintf(buf + len, size - len, "%" PRId64,
				     why.limit);
			s += 7;
		} else {
			n = snprintf(buf + len, size - len, "%c", *s++);
		}
		len += (size_t)n;
	}
	return buf;
}

const char *rt_cause_name(enum rt_cause cause)
{
	return causes[cause];
}

const char *rt_node_status_name(enum rt_node_status status)
{
	return statuses[status];
}
