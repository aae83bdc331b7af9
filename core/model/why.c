/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why.c - the .def tables as names and sentences.  A sentence is one printable
 * line whatever the names hold.
 */
#include "core/model/why.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/utf8.h"

#define NAME_SHOWN 64 /* bytes of a name in a sentence */

static const char *const sentences[] = {
#define RT_REASON(code, sentence) sentence,
#include <raytide/reasons.def>
#undef RT_REASON
};

static const char *const codes[] = {
#define RT_REASON(code, sentence) #code,
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
	[RT_CAUSE_CONSOLIDATE] = "CONSOLIDATE",
};

/* A text that is cut where its buffer ends. */
struct text {
	char *at;
	size_t left; /* with the NUL; at least 1 */
};

static void put(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(t->at, t->left, fmt, args);
	va_end(args);
	size_t len = n < 0 ? 0 : (size_t)n;
	if (len >= t->left)
		len = t->left - 1;
	t->at += len;
	t->left -= len;
}

static void put_name(struct text *t, const char *name)
{
	put(t, "%.*s%s", NAME_SHOWN, name,
	    strlen(name) > NAME_SHOWN ? "..." : "");
}

static void put_units(struct text *t, int64_t units)
{
	put(t, "%.15g", (double)units / RT_UNITS);
}

static void put_res(struct text *t, const struct rt_snapshot *s,
		    struct rt_res res)
{
	put(t, "{");
	for (uint32_t i = 0; i < res.len; i++) {
		put(t, "%s", i ? ", " : "");
		put_name(t, s->names.text[res.at[i].name]);
		put(t, ": ");
		put_units(t, res.at[i].units);
	}
	put(t, "}");
}

static void put_entry(struct text *t, const struct rt_snapshot *s,
		      struct rt_entry entry)
{
	const struct rt_demand *d = &s->demand;

	switch (entry.kind) {
	case RT_ENTRY_NONE:
		put(t, "pending demand");
		break;
	case RT_ENTRY_TASK:
		put(t, "tasks[%" PRIu32 "] (%" PRId64 " x ", entry.index,
		    d->tasks[entry.index].count);
		put_res(t, s, d->tasks[entry.index].res);
		put(t, ")");
		break;
	case RT_ENTRY_GANG:
		put(t, "gangs[%" PRIu32 "] (%" PRId64 " bundles)", entry.index,
		    rt_gang_size(&d->gangs[entry.index]));
		break;
	case RT_ENTRY_CONSTRAINT:
		put(t, "constraints[%" PRIu32 "]", entry.index);
		break;
	case RT_ENTRY_SPARE:
		put(t, "spares[%" PRIu32 "] (%" PRId64 " x ", entry.index,
		    d->spares[entry.index].count);
		put_res(t, s, d->spares[entry.index].res);
		put(t, ")");
		break;
	}
}

static bool take(const char **s, const char *slot)
{
	size_t len = strlen(slot);

	if (strncmp(*s, slot, len) != 0)
		return false;
	*s += len;
	return true;
}

const char *rt_why_text(const struct rt_snapshot *snapshot, struct rt_why why,
			char *buf, size_t size)
{
	struct text t = { buf, size };
	const char *s = sentences[why.code];

	buf[0] = '\0';
	while (*s)
		if (take(&s, "{n}"))
			put(&t, "%" PRId64, why.n);
		else if (take(&s, "{limit}"))
			put(&t, "%" PRId64, why.limit);
		else if (take(&s, "{n.units}"))
			put_units(&t, why.n);
		else if (take(&s, "{limit.units}"))
			put_units(&t, why.limit);
		else if (take(&s, "{entry}"))
			put_entry(&t, snapshot, why.entry);
		else if (take(&s, "{name}"))
			put_name(&t, snapshot->names.text[why.name]);
		else if (take(&s, "{group}"))
			put_name(&t, snapshot->groups[why.group].name);
		else
			put(&t, "%c", *s++);
	rt_utf8_tidy(buf);
	return buf;
}

const char *rt_entry_text(const struct rt_snapshot *snapshot,
			  struct rt_entry entry, char *buf, size_t size)
{
	struct text t = { buf, size };

	buf[0] = '\0';
	put_entry(&t, snapshot, entry);
	rt_utf8_tidy(buf);
	return buf;
}

const char *rt_reason_code(enum rt_reason reason, char buf[RT_REASON_CODE])
{
	snprintf(buf, RT_REASON_CODE, "%s", codes[reason]);
	for (char *c = buf; *c; c++)
		*c = *c == '_' ? '-' : (char)tolower(*c);
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
