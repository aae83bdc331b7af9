/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_snapshot.c - a line of `raytide decide`, under every policy.  Any bytes
 * are refused with an error or decided; an answer is JSON by the reader's own
 * rules, and the snapshot, written and read again, gets the same one.
 */
#include <stdlib.h>
#include <string.h>

#include "core/controller/explain.h"
#include "core/controller/memory.h"
#include "core/host/chain_open.h"
#include "core/model/codec_decision.h"
#include "core/model/codec_snapshot.h"
#include "core/model/plan.h"
#include "tests/fuzz/fuzz.h"

struct reading {
	struct rt_names *names;
	struct rt_arena *arena;
	struct rt_snapshot *snapshot; /* NULL: refused */
};

static struct reading open_reading(const char *text, size_t len)
{
	struct reading r = { rt_names_new(), rt_arena_new(), NULL };
	struct rt_error err;
	cJSON *doc;

	if (!rt_json_parse(text, len, &doc, &err))
		rt_snapshot_decode(doc, r.names, r.arena, &r.snapshot, &err);
	cJSON_Delete(doc);
	return r;
}

static void close_reading(struct reading *r)
{
	rt_arena_free(&r->arena);
	rt_names_free(&r->names);
}

static char *print(cJSON *doc)
{
	char *text = rt_json_print(doc);

	cJSON_Delete(doc);
	return text;
}

/* The answer, or the error. */
static char *decide(const struct reading *r, const struct rt_policy_ops *ops)
{
	cJSON *name = cJSON_CreateString(ops->name);
	const struct rt_json view = rt_json_root(name);
	struct rt_plan *plan = rt_plan_new(r->arena, r->snapshot);
	struct rt_chain chain;
	struct rt_error err;
	cJSON *answer;

	if (rt_chain_open(&chain, &view, &rt_registry, &err))
		abort();
	rt_plan_explain(plan);
	const struct rt_recall recall =
		rt_recall_nothing(&chain, r->snapshot, r->arena);
	if (rt_chain_decide(&chain, &recall, plan, &err)) {
		answer = cJSON_CreateString(err.text);
	} else {
		struct rt_decision *d = rt_decision_seal(plan, r->arena);
		answer = rt_decision_encode(d);
		cJSON_AddItemToObject(answer, "explain",
				      rt_explain(d, r->arena));
	}
	rt_chain_close(&chain);
	cJSON_Delete(name);
	return print(answer);
}

static void check_json(const char *text)
{
	struct rt_error err;
	cJSON *doc;

	if (rt_json_parse(text, strlen(text), &doc, &err))
		abort();
	cJSON_Delete(doc);
}

static void check_policy(const struct reading *once,
			 const struct reading *again,
			 const struct rt_policy_ops *ops)
{
	char *first = decide(once, ops);
	char *second = decide(again, ops);

	check_json(first);
	if (strcmp(first, second) != 0)
		abort();
	cJSON_free(first);
	cJSON_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading once = open_reading((const char *)data, size);

	if (once.snapshot) {
		char *text = print(rt_snapshot_encode(once.snapshot));
		struct reading again = open_reading(text, strlen(text));
		if (!again.snapshot)
			abort();
		for (size_t i = 0; rt_registry.policies[i]; i++)
			if (rt_registry.policies[i]->flags & RT_PACKS)
				check_policy(&once, &again,
					     rt_registry.policies[i]);
		close_reading(&again);
		cJSON_free(text);
	}
	close_reading(&once);
	return 0;
}
