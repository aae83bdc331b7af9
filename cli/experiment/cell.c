/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cell.c - counts through the combinations like a clock, from the right.
 */
#include "cli/experiment/cell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment/digest.h"
#include "cli/experiment/value.h"
#include "core/base/mem.h"
#include "core/base/yaml.h"

/* Sums of the files, by the places of the entries. */
struct sums {
	uint64_t *workloads, *clusters, *policies;
	uint64_t program;
};

static void append(struct experiment_list *to,
		   const struct experiment_list *list)
{
	for (uint32_t i = 0; i < list->len; i++)
		to->at[to->len++] = list->at[i];
}

/* From what holds for all runs to what holds for this one alone. */
static void collect_sets(const struct experiment *e, struct cell *cell)
{
	const struct experiment_list *policy =
		cell->policy ? &cell->policy->set : NULL;
	uint32_t len = e->set.len + cell->workload->set.len +
		       cell->cluster->set.len + (policy ? policy->len : 0) +
		       e->parameters.len;

	cell->sets.at = RT_ARENA_ARRAY(e->arena, struct rt_told, len);
	append(&cell->sets, &e->set);
	append(&cell->sets, &cell->workload->set);
	append(&cell->sets, &cell->cluster->set);
	if (policy)
		append(&cell->sets, policy);
	for (uint32_t i = 0; i < e->parameters.len; i++)
		cell->sets.at[cell->sets.len++] = (struct rt_told){
			rt_arena_printf(e->arena, "%s=%s",
					e->parameters.at[i].key,
					cell->values[i].text),
			cell->values[i].at
		};
}

/* A table that cannot be read is told when the run is checked. */
static uint64_t sum_set(const struct experiment *e, const char *set,
			uint64_t sum)
{
	const char *table = experiment_table(e, set);

	sum = digest_text(sum, set);
	if (table)
		digest_file(&sum, table, NULL);
	return sum;
}

static uint64_t sum_up(const struct experiment *e, const struct cell *cell,
		       uint64_t files)
{
	char number[48];
	uint64_t sum = DIGEST_EMPTY;

	snprintf(number, sizeof number, "%" PRIu64 " %016" PRIx64, cell->seed,
		 files);
	sum = digest_text(sum, number);
	sum = digest_text(sum, cell->workload->name);
	sum = digest_text(sum, cell->workload->format.text);
	sum = digest_text(sum, cell->workload->sort ? "sort" : NULL);
	sum = digest_text(sum, cell->cluster->name);
	sum = digest_text(sum, cell->cluster->pool.text);
	sum = digest_text(sum, cell->cluster->scheduler.text);
	sum = digest_text(sum, cell->cluster->estimates.text);
	sum = digest_text(sum, cell->policy ? cell->policy->name : NULL);
	sum = digest_text(sum, cell->policy ? cell->policy->policy.text : NULL);
	for (uint32_t i = 0; i < cell->sets.len; i++)
		sum = sum_set(e, cell->sets.at[i].text, sum);
	return sum;
}

static void name_cell(const struct experiment *e, const struct sums *sums,
		      struct cell *cell)
{
	const struct experiment_workload *workloads = e->workloads.at;
	const struct experiment_cluster *clusters = e->clusters.at;
	const struct experiment_policy *policies = e->policies.at;
	uint64_t files = sums->workloads[cell->workload - workloads] * 3 +
			 sums->clusters[cell->cluster - clusters] * 5;

	if (cell->policy)
		files += sums->policies[cell->policy - policies] * 7;
	uint64_t id = sum_up(e, cell, files);
	snprintf(cell->id, sizeof cell->id, "%016" PRIx64, id);
	snprintf(cell->key, sizeof cell->key, "%016" PRIx64,
		 digest_text(sums->program, cell->id));
}

/* ---- combinations ------------------------------------------------------- */

/* The i-th of all for one workload, cluster and policy. */
static void make_cell(const struct experiment *e, struct cell *cell, uint64_t i)
{
	cell->seed = e->seeds.at[i % e->seeds.len];
	i /= e->seeds.len;
	cell->values =
		RT_ARENA_ARRAY(e->arena, struct rt_told, e->parameters.len);
	for (uint32_t p = e->parameters.len; p-- > 0;) {
		const struct experiment_list *values =
			&e->parameters.at[p].values;
		cell->values[p] = values->at[i % values->len];
		i /= values->len;
	}
	collect_sets(e, cell);
}

static uint64_t count_turns(const struct experiment *e)
{
	uint64_t n = e->seeds.len;

	for (uint32_t p = 0; p < e->parameters.len && n <= CELLS_MAX; p++)
		n *= e->parameters.at[p].values.len;
	return n;
}

static void add_cells(const struct experiment *e, const struct sums *sums,
		      const struct cell *form, uint64_t turns,
		      struct cells *cells)
{
	for (uint64_t i = 0; i < turns; i++) {
		struct cell *cell = &cells->at[cells->len++];
		*cell = *form;
		make_cell(e, cell, i);
		name_cell(e, sums, cell);
	}
}

static void add_all(const struct experiment *e, const struct sums *sums,
		    uint64_t turns, struct cells *cells)
{
	const struct experiment_workload *workloads = e->workloads.at;
	const struct experiment_cluster *clusters = e->clusters.at;
	const struct experiment_policy *policies = e->policies.at;

	for (uint32_t w = 0; w < e->workloads.len; w++)
		for (uint32_t c = 0; c < e->clusters.len; c++) {
			struct cell form = { .workload = &workloads[w],
					     .cluster = &clusters[c] };
			bool pool = clusters[c].pool.text;
			for (uint32_t p = 0; p < (pool ? 1 : e->policies.len);
			     p++) {
				form.policy = pool ? NULL : &policies[p];
				add_cells(e, sums, &form, turns, cells);
			}
		}
}

/* ---- files -------------------------------------------------------------- */

static enum rt_status sum_file(uint64_t *sum, const char *path,
			       struct rt_error *err)
{
	*sum = DIGEST_EMPTY;
	return path ? digest_file(sum, path, err) : RT_OK;
}

/* The shared objects that a policy file names, wherever in it. */
static enum rt_status add_plugins(uint64_t *sum, const cJSON *doc,
				  struct rt_error *err)
{
	enum rt_status status = RT_OK;
	const cJSON *item;

	cJSON_ArrayForEach(item, doc)
	{
		if (cJSON_IsString(item) && item->string &&
		    strcmp(item->string, "plugin") == 0)
			status = digest_file(sum, item->valuestring, err);
		else
			status = add_plugins(sum, item, err);
		if (status)
			break;
	}
	return status;
}

static enum rt_status sum_policy(uint64_t *sum, const char *policy,
				 struct rt_error *err)
{
	bool is_file = experiment_is_policy_file(policy);
	cJSON *doc = NULL;
	enum rt_status status = sum_file(sum, is_file ? policy : NULL, err);

	if (!status && is_file && !(status = rt_yaml_load(policy, &doc, err)))
		status = add_plugins(sum, doc, err);
	cJSON_Delete(doc);
	return status;
}

static enum rt_status sum_files(const struct experiment *e, struct sums *sums,
				struct rt_error *err)
{
	const struct experiment_workload *workloads = e->workloads.at;
	const struct experiment_cluster *clusters = e->clusters.at;
	const struct experiment_policy *policies = e->policies.at;
	enum rt_status status = sum_file(&sums->program, "/proc/self/exe", err);

	sums->workloads = RT_ARENA_ARRAY(e->arena, uint64_t, e->workloads.len);
	sums->clusters = RT_ARENA_ARRAY(e->arena, uint64_t, e->clusters.len);
	sums->policies = RT_ARENA_ARRAY(e->arena, uint64_t, e->policies.len);
	for (uint32_t i = 0; i < e->workloads.len && !status; i++) {
		sums->workloads[i] = DIGEST_EMPTY;
		status = digest_trace(&sums->workloads[i], workloads[i].trace,
				      err);
	}
	for (uint32_t i = 0; i < e->clusters.len && !status; i++)
		status =
			sum_file(&sums->clusters[i], clusters[i].manifest, err);
	for (uint32_t i = 0; i < e->policies.len && !status; i++)
		if ((status = sum_policy(&sums->policies[i],
					 policies[i].policy.text, err)))
			rt_wrap(err, "%s", policies[i].policy.at);
	return status;
}

/* ---- all ---------------------------------------------------------------- */

enum rt_status cells_expand(const struct experiment *e, struct cells *cells,
			    struct rt_error *err)
{
	uint64_t turns = count_turns(e);
	uint64_t most =
		(uint64_t)e->workloads.len * e->clusters.len * e->policies.len;
	struct sums sums;
	enum rt_status status;

	if (turns > CELLS_MAX || most > CELLS_MAX || turns * most > CELLS_MAX)
		return rt_fail(err, RT_ELIMIT, "%s: more than %d runs", e->path,
			       CELLS_MAX);
	if ((status = sum_files(e, &sums, err)))
		return status;
	*cells = (struct cells){
		.at = RT_ARENA_ARRAY(e->arena, struct cell, turns * most),
	};
	add_all(e, &sums, turns, cells);
	return RT_OK;
}
