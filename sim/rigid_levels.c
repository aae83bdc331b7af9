/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rigid_levels.c - three steps for each job, sorted by time.
 */
#include "sim/rigid_levels.h"

#include <stdlib.h>

#include "core/base/mem.h"

struct step {
	double at_s;
	enum sim_news_kind kind;
	uint32_t job;
};

static int by_time(const void *a, const void *b)
{
	const struct step *left = a, *right = b;

	return (left->at_s > right->at_s) - (left->at_s < right->at_s);
}

static struct step *make_steps(const struct sim_pool_job *jobs,
			       const double *starts, uint32_t len)
{
	struct step *steps = rt_calloc((size_t)len * 3, sizeof *steps);

	for (uint32_t i = 0; i < len; i++) {
		struct step *of = &steps[(size_t)i * 3];
		of[0] = (struct step){ jobs[i].submit_s, SIM_NEWS_SUBMITTED,
				       i };
		of[1] = (struct step){ starts[i], SIM_NEWS_STARTED, i };
		of[2] = (struct step){ starts[i] + jobs[i].run_s,
				       SIM_NEWS_ENDED, i };
	}
	qsort(steps, (size_t)len * 3, sizeof *steps, by_time);
	return steps;
}

static void take(struct sim_levels *levels, enum sim_news_kind kind,
		 double width)
{
	struct sim_resource_level *of = levels->resources;

	if (kind == SIM_NEWS_SUBMITTED) {
		levels->waiting++;
		of->demand += width;
	} else if (kind == SIM_NEWS_STARTED) {
		levels->waiting--;
		levels->running++;
		of->used += width;
	} else {
		levels->running--;
		of->used -= width;
		of->demand -= width;
	}
}

void sim_rigid_levels(const struct sim_pool_job *jobs, const double *starts,
		      uint32_t len, uint32_t processors,
		      const struct sim_watch *watch)
{
	struct sim_resource_level pool = { .name = "processors",
					   .capacity = processors };
	struct sim_levels levels = { .resources_len = 1, .resources = &pool };
	struct step *steps = make_steps(jobs, starts, len);

	for (size_t i = 0; i < (size_t)len * 3; i++) {
		if (i > 0 && steps[i].at_s > levels.at_s)
			watch->levels(watch->to, &levels);
		levels.at_s = steps[i].at_s;
		take(&levels, steps[i].kind, jobs[steps[i].job].width);
	}
	if (len > 0)
		watch->levels(watch->to, &levels);
	rt_free(steps);
}
