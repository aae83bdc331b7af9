/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_pool.c - checks the options of `raytide sim --pool`.
 */
#include "cli/sim_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/param.h"

#define SCHEDULERS_MAX 64
#define FACTOR_MAX 1000000

/* A whole number from 1 to `max`; false: it is none. */
static bool whole(const char *text, uint32_t max, uint32_t *out)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	*out = (uint32_t)value;
	return !errno && end != text && !*end && *text != '-' && value >= 1 &&
	       value <= max;
}

static enum rt_status find_scheduler(const struct rt_told *told,
				     const struct sim_scheduler **out,
				     struct rt_error *err)
{
	const char *name = told->text ? told->text : "fcfs";
	const char *names[SCHEDULERS_MAX];
	uint32_t n = 0;

	*out = sim_scheduler_find(name);
	if (*out && (*out)->pool)
		return RT_OK;
	for (size_t i = 0; sim_schedulers[i] && n < SCHEDULERS_MAX; i++)
		if (sim_schedulers[i]->pool)
			names[n++] = sim_schedulers[i]->name;
	const char *near = rt_nearest(name, names, n);
	return rt_fail(err, RT_EINPUT,
		       "%s: %s: no such scheduler of a pool; %s %s", told->at,
		       name, near ? "did you mean" : "there is",
		       near ? near : names[0]);
}

/* "run" is once the run time; 0 is the trace's own. */
static enum rt_status read_estimates(const struct rt_told *told,
				     uint32_t *factor, struct rt_error *err)
{
	const char *text = told->text;

	*factor = 1;
	if (!text || strcmp(text, "run") == 0)
		return RT_OK;
	if (strcmp(text, "trace") == 0)
		*factor = 0;
	else if (text[0] != 'x' || !whole(text + 1, FACTOR_MAX, factor))
		return rt_fail(err, RT_EINPUT,
			       "%s: %s: not understood; run, trace, or xK for "
			       "K times the run time, such as x2",
			       told->at, text);
	return RT_OK;
}

enum rt_status sim_pool_conf(const struct sim_pool_options *o,
			     struct sim_rigid_conf *conf, struct rt_error *err)
{
	enum rt_status status;

	if (!whole(o->processors.text, SIM_PROCESSORS_MAX, &conf->processors))
		return rt_fail(err, RT_EINPUT,
			       "%s: %s: not a whole number from 1 to %d",
			       o->processors.at, o->processors.text,
			       SIM_PROCESSORS_MAX);
	status = find_scheduler(&o->scheduler, &conf->scheduler, err);
	if (status)
		return status;
	return read_estimates(&o->estimates, &conf->estimate_factor, err);
}

void sim_pool_help(FILE *to)
{
	fprintf(to, "\nschedulers of a pool (--scheduler, with --pool):\n");
	for (size_t i = 0; sim_schedulers[i]; i++)
		if (sim_schedulers[i]->pool)
			fprintf(to, "  %-29s  %s\n", sim_schedulers[i]->name,
				sim_schedulers[i]->summary);
}
