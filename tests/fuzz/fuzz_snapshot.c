/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_snapshot.c - a line of `raytide decide`: any bytes are refused with an
 * error or decided, and what was decided can be written.
 */
#include "core/base/json.h"
#include "core/controller/explain.h"
#include "core/model/codec_decision.h"
#include "core/model/codec_snapshot.h"
#include "core/model/plan.h"
#include "core/sched/pack.h"
#include "tests/fuzz/fuzz.h"

static void print(cJSON *doc)
{
	cJSON_free(cJSON_PrintUnformatted(doc));
	cJSON_Delete(doc);
}

static void decide(const struct rt_snapshot *snapshot, struct rt_arena *arena)
{
	struct rt_plan *plan = rt_plan_new(arena, snapshot);
	struct rt_error err;

	rt_plan_explain(plan);
	if (!rt_pack_run(snapshot, plan, &err)) {
		const struct rt_decision *d = rt_decision_seal(plan, arena);
		print(rt_decision_encode(d));
		print(rt_explain(d, arena));
	}
	print(rt_snapshot_encode(snapshot));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rt_snapshot *snapshot;
	struct rt_error err;
	cJSON *doc;

	if (rt_json_parse((const char *)data, size, &doc, &err))
		return 0;
	struct rt_names *names = rt_names_new();
	struct rt_arena *arena = rt_arena_new();
	if (!rt_snapshot_decode(doc, names, arena, &snapshot, &err))
		decide(snapshot, arena);
	rt_arena_free(&arena);
	rt_names_free(&names);
	cJSON_Delete(doc);
	return 0;
}
