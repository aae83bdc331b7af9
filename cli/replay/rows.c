/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.c - the last row of each group says how it was until now.
 */
#include "cli/replay/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/model/why.h"

#define WHY_TEXT 512

/* ---- made ---------------------------------------------------------------- */

/* Why the other wants what the recorded one does not; else why that one does.
 */
static char *why_of(const struct rt_decision *d, uint32_t group)
{
	const struct rt_snapshot *s = d->snapshot;
	char text[WHY_TEXT] = "";

	for (uint32_t i = d->notes_len; i-- > 0 && !*text;) {
		const struct rt_note *note = &d->notes[i];
		bool ours = note->node != UINT32_MAX
				    ? s->nodes[note->node].group == group
				    : note->group == group;
		if (ours)
			rt_why_text(s, note->why, text, sizeof text);
	}
	return rt_strdup(text);
}

static const struct row *last_of(const struct rows *rows, const char *group)
{
	for (uint32_t i = rows->len; i-- > 0;)
		if (strcmp(rows->at[i].group, group) == 0)
			return &rows->at[i];
	return NULL;
}

static uint32_t find_group(const struct rt_snapshot *s, const char *name)
{
	uint32_t g = 0;

	while (g < s->groups_len && strcmp(s->groups[g].name, name) != 0)
		g++;
	return g;
}

static int64_t count(const struct rt_snapshot *s, uint32_t group)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < s->nodes_len; i++)
		n += s->nodes[i].group == group &&
		     s->nodes[i].status < RT_NODE_RAY_STOP_REQUESTED;
	return n;
}

/* True when the group differs now. */
static bool add_group(struct rows *rows, const struct rt_record *record,
		      const struct rt_decision *recorded, uint32_t g,
		      const struct rt_decision *other, int64_t now_ms)
{
	const char *name = recorded->snapshot->groups[g].name;
	uint32_t h = find_group(other->snapshot, name);
	const struct row *last = last_of(rows, name);
	struct row row = {
		.round = record->round,
		.at_s = (double)(now_ms - rows->began_ms) / 1000,
		.has = count(recorded->snapshot, g),
		.wants = { rt_decision_target(recorded, g),
			   h < other->snapshot->groups_len
				   ? rt_decision_target(other, h)
				   : 0 },
	};
	bool differs = row.wants[0] != row.wants[1];

	if (last ? memcmp(last->wants, row.wants, sizeof row.wants) == 0 ||
			    (!differs && last->wants[0] == last->wants[1])
		 : !differs)
		return differs;
	row.group = rt_strdup(name);
	row.why = h < other->snapshot->groups_len && differs ? why_of(other, h)
							     : rt_strdup("");
	RT_GROW(rows->at, rows->len, rows->cap);
	rows->at[rows->len++] = row;
	return differs;
}

void rows_add(struct rows *rows, const struct rt_record *record,
	      const struct rt_decision *const decisions[ESTIMATE_POLICIES],
	      int64_t now_ms)
{
	const struct rt_snapshot *s = decisions[ESTIMATE_RECORDED]->snapshot;
	bool differs = false;

	if (!rows->rounds++)
		rows->began_ms = now_ms;
	for (uint32_t g = 1; g < s->groups_len; g++)
		differs |= add_group(rows, record, decisions[ESTIMATE_RECORDED],
				     g, decisions[ESTIMATE_OTHER], now_ms);
	rows->different += differs;
}

void rows_free(struct rows *rows)
{
	for (uint32_t i = 0; i < rows->len; i++) {
		rt_free(rows->at[i].group);
		rt_free(rows->at[i].why);
	}
	rt_free(rows->at);
	*rows = (struct rows){ 0 };
}

/* ---- told ---------------------------------------------------------------- */

static void print_sums(const struct estimate *e, const char *policy,
		       const struct estimate_sums *sums)
{
	printf("%-24s %12.4f %10.4f %12.4f", policy, sums->node_hours,
	       sums->cost, sums->waiting_hours);
	for (uint32_t r = 0; estimate_resource(e, r); r++)
		printf(" %12.4f", sums->unmet_hours[r]);
	printf("\n");
}

static void print_estimate(const struct estimate *e, const struct told *told)
{
	struct estimate_sums sums[ESTIMATE_POLICIES];
	char head[64];

	estimate_sum(e, told->delay_s, sums);
	printf("\n%-24s %12s %10s %12s", "estimate", "node-hours", "cost",
	       "waiting-h");
	for (uint32_t r = 0; estimate_resource(e, r); r++) {
		snprintf(head, sizeof head, "%s-h short",
			 estimate_resource(e, r));
		printf(" %12s", head);
	}
	printf("\n");
	print_sums(e, told->recorded, &sums[ESTIMATE_RECORDED]);
	print_sums(e, told->other, &sums[ESTIMATE_OTHER]);
	printf("\nOpen-loop, over %.2f hours: the demand is that of the "
	       "recording, whatever the\nother policy would have made of it. A "
	       "node costs from when it is wanted, and is\nof use %.1f s later "
	       "(%s). \"short\" is what ran or\nwaited beyond the room that "
	       "there would have been; \"waiting\" is that as requests, of\n"
	       "which %.4f h were recorded. `raytide sim` closes the loop.\n",
	       estimate_hours(e), told->delay_s, told->delay_from,
	       estimate_waited_hours(e));
}

void rows_print(const struct rows *rows, const struct estimate *e,
		const struct told *told)
{
	printf("%8s %10s  %-20s %6s %9s %6s  %s\n", "round", "at_s", "group",
	       "nodes", "recorded", "other", "why");
	for (uint32_t i = 0; i < rows->len; i++) {
		const struct row *row = &rows->at[i];
		printf("%8" PRId64 " %10.1f  %-20s %6" PRId64 " %9" PRId64
		       " %6" PRId64 "  %s\n",
		       row->round, row->at_s, row->group, row->has,
		       row->wants[ESTIMATE_RECORDED],
		       row->wants[ESTIMATE_OTHER], row->why);
	}
	printf("%" PRId64 " of %" PRId64 " rounds differ\n", rows->different,
	       rows->rounds);
	print_estimate(e, told);
}

static void add_sums(cJSON *list, const struct estimate *e, const char *policy,
		     const struct estimate_sums *sums)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "policy", policy);
	cJSON_AddNumberToObject(json, "node_hours", sums->node_hours);
	cJSON_AddNumberToObject(json, "cost", sums->cost);
	cJSON_AddNumberToObject(json, "waiting_hours", sums->waiting_hours);
	cJSON *unmet = cJSON_AddObjectToObject(json, "short_hours");
	for (uint32_t r = 0; estimate_resource(e, r); r++)
		cJSON_AddNumberToObject(unmet, estimate_resource(e, r),
					sums->unmet_hours[r]);
	cJSON_AddItemToArray(list, json);
}

static cJSON *row_json(const struct row *row)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddNumberToObject(json, "round", (double)row->round);
	cJSON_AddNumberToObject(json, "at_s", row->at_s);
	cJSON_AddStringToObject(json, "group", row->group);
	cJSON_AddNumberToObject(json, "nodes", (double)row->has);
	cJSON_AddNumberToObject(json, "recorded",
				(double)row->wants[ESTIMATE_RECORDED]);
	cJSON_AddNumberToObject(json, "other",
				(double)row->wants[ESTIMATE_OTHER]);
	cJSON_AddStringToObject(json, "why", row->why);
	return json;
}

void rows_print_json(const struct rows *rows, const struct estimate *e,
		     const struct told *told)
{
	struct estimate_sums sums[ESTIMATE_POLICIES];
	cJSON *json = cJSON_CreateObject();

	estimate_sum(e, told->delay_s, sums);
	cJSON_AddNumberToObject(json, "rounds", (double)rows->rounds);
	cJSON_AddNumberToObject(json, "different", (double)rows->different);
	cJSON_AddNumberToObject(json, "hours", estimate_hours(e));
	cJSON_AddNumberToObject(json, "delay_s", told->delay_s);
	cJSON_AddStringToObject(json, "delay_from", told->delay_from);
	cJSON_AddNumberToObject(json, "waited_hours", estimate_waited_hours(e));
	cJSON *list = cJSON_AddArrayToObject(json, "open_loop");
	add_sums(list, e, told->recorded, &sums[ESTIMATE_RECORDED]);
	add_sums(list, e, told->other, &sums[ESTIMATE_OTHER]);
	list = cJSON_AddArrayToObject(json, "differences");
	for (uint32_t i = 0; i < rows->len; i++)
		cJSON_AddItemToArray(list, row_json(&rows->at[i]));
	char *text = rt_json_print(json);
	puts(text);
	cJSON_free(text);
	cJSON_Delete(json);
}
