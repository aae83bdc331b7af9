/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case.h - one snapshot under test: a random one, or a line of a file.
 */
#ifndef TESTS_UNIT_CORE_SCHED_CASE_H
#define TESTS_UNIT_CORE_SCHED_CASE_H

#include "core/base/json.h"
#include "core/base/names.h"
#include "core/model/plan.h"

struct sched_case {
	uint64_t seed; /* 0: not a random one */
	struct rt_names *names;
	struct rt_arena *arena;
	struct rt_snapshot *snapshot;
};

void case_random(struct sched_case *, uint64_t seed, uint32_t size);
/* Decodes a document; a test fails when it is no snapshot. */
void case_read(struct sched_case *, const cJSON *doc);
void case_close(struct sched_case *);

/* What core/sched decides. */
struct rt_plan *case_decide(const struct sched_case *);
/* The plan as a decision in JSON, without the explanation; in the arena. */
const char *case_text(const struct sched_case *, const struct rt_plan *);

/* Fails the test, with the snapshot and its seed. */
_Noreturn void case_fail(const struct sched_case *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
