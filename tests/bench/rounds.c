/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rounds.c - what a round costs the controller, under the policy `ray`: CPU
 *time from the decoded observation to the end of the round.  Rounds are 5 s
 *apart; in a changed one a worker has become busy, in an unchanged one only the
 *idle times have grown.  Prints medians as JSON.
 *
 *	rounds WORKERS
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/error.h"
#include "core/base/param.h"
#include "core/controller/controller.h"
#include "core/host/chain_open.h"
#include "tests/bench/cluster.h"

#define ROUNDS 101
#define INTERVAL_MS 5000
#define WORKERS_MAX 200000

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double round_ms(struct rt_controller *controller, struct cluster *c)
{
	struct rt_arena *arena = rt_controller_begin(controller);
	struct rt_observation seen;
	struct rt_decision *decision;
	struct rt_actions *actions;
	struct rt_error err;

	cluster_wait(c, INTERVAL_MS);
	cluster_observe(c, rt_controller_names(controller), arena, &seen);
	double began = cpu_ms();
	if (rt_controller_reconcile(controller, &seen, &decision, &actions,
				    &err))
		RT_BUG(err.text);
	rt_controller_note(controller, actions);
	return cpu_ms() - began;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_ms(struct rt_controller *controller, struct cluster *c,
			bool change)
{
	double took[ROUNDS];

	for (uint32_t i = 0; i < ROUNDS; i++) {
		if (change)
			cluster_make_busy(c, 2 * i);
		took[i] = round_ms(controller, c);
	}
	qsort(took, ROUNDS, sizeof *took, by_size);
	return took[ROUNDS / 2];
}

static void run(uint32_t workers, const struct rt_chain *chain)
{
	struct rt_controller_settings settings;
	struct cluster *c = cluster_new(workers);

	rt_params_default(rt_controller_params, &settings);
	struct rt_controller *controller = rt_controller_new(&settings, chain);
	double first = round_ms(controller, c);
	double changed = median_ms(controller, c, true);
	double unchanged = median_ms(controller, c, false);
	printf("{\"first_ms\":%.3f,\"changed_ms\":%.3f,\"unchanged_ms\":%.3f}\n",
	       first, changed, unchanged);
	rt_controller_free(&controller);
	cluster_free(&c);
}

int main(int argc, char **argv)
{
	unsigned long workers = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	cJSON *name = cJSON_CreateString("ray");
	const struct rt_json policy = rt_json_root(name);
	struct rt_chain chain;
	struct rt_error err;

	if (workers < 1 || workers > WORKERS_MAX) {
		fprintf(stderr, "usage: rounds WORKERS (at most %d)\n",
			WORKERS_MAX);
		return 2;
	}
	if (rt_chain_open(&chain, &policy, &rt_registry, &err))
		RT_BUG(err.text);
	run((uint32_t)workers, &chain);
	rt_chain_close(&chain);
	cJSON_Delete(name);
	return 0;
}
