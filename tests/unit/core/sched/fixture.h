/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - a snapshot for a test, given as JSON: its configuration, nodes
 * and demand, with single quotes for double ones.
 */
#ifndef TESTS_UNIT_CORE_SCHED_FIXTURE_H
#define TESTS_UNIT_CORE_SCHED_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/model/codec_snapshot.h"
#include "core/model/plan.h"
#include "core/sched/pack_bin.h"
#include "core/sched/pack_twin.h"

struct fixture {
	struct rt_names *names;
	struct rt_arena *arena;
	cJSON *doc;
	struct rt_snapshot *snapshot;
	struct rt_plan *plan;
	struct rt_error err;
};

static inline void fixture_open(struct fixture *f, const char *members)
{
	char text[8192];

	snprintf(text, sizeof text, "{'version':1,'now_ms':1000000,%s}",
		 members);
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	*f = (struct fixture){ .names = rt_names_new(),
			       .arena = rt_arena_new() };
	if (rt_json_parse(text, strlen(text), &f->doc, &f->err) ||
	    rt_snapshot_decode(f->doc, f->names, f->arena, &f->snapshot,
			       &f->err))
		fail_msg("%s: %s", f->err.text, text);
	f->plan = rt_plan_new(f->arena, f->snapshot);
}

static inline void fixture_close(struct fixture *f)
{
	cJSON_Delete(f->doc);
	rt_arena_free(&f->arena);
	rt_names_free(&f->names);
}

/* A packing of the snapshot with its nodes taken in. */
static inline struct rt_pack fixture_pack(struct fixture *f)
{
	uint32_t names = f->snapshot->names.len;
	struct rt_pack p = {
		.snapshot = f->snapshot,
		.plan = f->plan,
		.arena = f->arena,
		.draft = f->arena,
		.cpu = UINT32_MAX,
		.gpu = UINT32_MAX,
		.memory = UINT32_MAX,
		.implicit = RT_ARENA_ARRAY(f->arena, bool, names),
		.stamp = RT_ARENA_ARRAY(f->arena, uint32_t, names),
	};

	rt_twins_open(&p);
	rt_bins_take_in(&p);
	return p;
}

#endif
