/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case.c - opened, decided, written down.
 */
#include "tests/unit/core/sched/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/model/codec_decision.h"
#include "core/model/codec_snapshot.h"
#include "core/sched/pack.h"
#include "tests/unit/core/sched/random.h"

static void open_case(struct sched_case *c, uint64_t seed)
{
	*c = (struct sched_case){
		.seed = seed,
		.names = rt_names_new(),
		.arena = rt_arena_new(),
	};
}

void case_random(struct sched_case *c, uint64_t seed, uint32_t size)
{
	open_case(c, seed);
	c->snapshot = random_snapshot(seed, size, c->names, c->arena);
}

void case_read(struct sched_case *c, const cJSON *doc)
{
	struct rt_error err;

	open_case(c, 0);
	if (rt_snapshot_decode(doc, c->names, c->arena, &c->snapshot, &err))
		fail_msg("%s", err.text);
}

void case_close(struct sched_case *c)
{
	rt_arena_free(&c->arena);
	rt_names_free(&c->names);
}

struct rt_plan *case_decide(const struct sched_case *c)
{
	struct rt_plan *plan = rt_plan_new(c->arena, c->snapshot);
	struct rt_error err;

	if (rt_pack_run(c->snapshot, plan, &err))
		case_fail(c, "%s", err.text);
	return plan;
}

const char *case_text(const struct sched_case *c, const struct rt_plan *plan)
{
	cJSON *doc = rt_decision_encode(rt_decision_seal(plan, c->arena));

	char *text = cJSON_PrintUnformatted(doc);
	const char *copy = rt_arena_strdup(c->arena, text);
	cJSON_free(text);
	cJSON_Delete(doc);
	return copy;
}

_Noreturn void case_fail(const struct sched_case *c, const char *fmt, ...)
{
	cJSON *doc = rt_snapshot_encode(c->snapshot);
	char *text = cJSON_PrintUnformatted(doc);
	va_list args;

	cJSON_Delete(doc);
	printf("seed %llu: %s\n", (unsigned long long)c->seed, text);
	cJSON_free(text);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fail();
	abort(); /* fail() leaves the test */
}
