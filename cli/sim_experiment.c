/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_experiment.c - an experiment knows names and files, a case how they are
 * run.
 */
#include "cli/sim_experiment.h"

#include <string.h>

#include "cli/sim_case.h"

/* Tables are found from where the experiment's file is. */
static const struct rt_told *sets_of(const struct experiment *e,
				     const struct cell *cell)
{
	struct rt_told *sets = rt_arena_dup(e->arena, cell->sets.at,
					    cell->sets.len * sizeof *sets);

	for (uint32_t i = 0; i < cell->sets.len; i++) {
		const char *set = sets[i].text;
		const char *table = experiment_table(e, set);
		if (table)
			sets[i].text = rt_arena_printf(e->arena, "%.*s=%s",
						       (int)strcspn(set, "="),
						       set, table);
	}
	return sets;
}

static struct sim_case_conf case_of(const struct experiment *e,
				    const struct cell *cell)
{
	return (struct sim_case_conf){
		.cluster = cell->cluster->manifest,
		.pool = { cell->cluster->pool, cell->cluster->scheduler,
			  cell->cluster->estimates },
		.trace = cell->workload->trace,
		.format = cell->workload->format,
		.sort = cell->workload->sort,
		.policy = cell->policy ? cell->policy->policy
				       : (struct rt_told){ "ray", NULL },
		.seed = cell->seed,
		.sets_len = cell->sets.len,
		.sets = sets_of(e, cell),
		.events = e->events && cell->cluster->manifest,
	};
}

static enum rt_status check(const struct experiment *e, const struct cell *cell,
			    struct rt_error *err)
{
	const struct sim_case_conf conf = case_of(e, cell);

	return sim_case_check(&conf, err);
}

static enum rt_status run(const struct experiment *e, const struct cell *cell,
			  const char *folder, const char *about,
			  struct rt_error *err)
{
	struct sim_case_conf conf = case_of(e, cell);
	struct sim_case *c;

	conf.out = folder;
	conf.about = about;
	enum rt_status status = sim_case_open(&c, &conf, err);
	if (!status)
		status = sim_case_run(c, NULL, NULL, err);
	sim_case_close(&c);
	return status;
}

const struct experiment_runner sim_experiment_runner = { check, run };
