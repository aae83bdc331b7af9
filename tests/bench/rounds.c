/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rounds.c - what a round costs the controller: CPU time from the decoded
 * observation to the end of the round.  Rounds are 5 s apart; in a changed one
 * a worker has become busy, in an unchanged one only the idle times have grown.
 * Prints medians as JSON.  With a policy the cluster is pressed (cluster.h), so
 * that there is something to do for each.
 *
 *	rounds WORKERS [NAME|FILE]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/error.h"
#include "core/base/param.h"
#include "core/controller/controller.h"
#include "core/host/policy_file.h"
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

static void run(uint32_t workers, const char *policy)
{
	struct rt_controller_settings conf;
	struct rt_setting_group group = { rt_controller_params, &conf, NULL };
	struct rt_chain chain;
	const struct rt_settings settings = { &chain, 1, &group };
	struct rt_error err;

	rt_params_default(rt_controller_params, &conf);
	if (rt_policy_open(&settings, policy ? policy : "ray", &rt_registry,
			   &err))
		RT_BUG(err.text);
	struct cluster *c = cluster_new(workers, policy);
	struct rt_controller *controller = rt_controller_new(&conf, &chain);
	double first = round_ms(controller, c);
	double changed = median_ms(controller, c, true);
	double unchanged = median_ms(controller, c, false);
	printf("{\"first_ms\":%.3f,\"changed_ms\":%.3f,\"unchanged_ms\":%.3f}\n",
	       first, changed, unchanged);
	rt_controller_free(&controller);
	cluster_free(&c);
	rt_chain_close(&chain);
}

int main(int argc, char **argv)
{
	unsigned long workers = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	if (workers < 1 || workers > WORKERS_MAX || argc > 3) {
		fprintf(stderr, "usage: rounds WORKERS [POLICY] (at most %d)\n",
			WORKERS_MAX);
		return 2;
	}
	run((uint32_t)workers, argc > 2 ? argv[2] : NULL);
	return 0;
}
