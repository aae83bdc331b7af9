/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold.c - the simulator's event queue under the hold model: the soonest of
 * PENDING events is taken out and another put in, a random time later, as often
 * as EVENTS.  Prints events per second of CPU time as JSON.
 *
 *	hold PENDING EVENTS
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/rng.h"
#include "sim/evq.h"

#define LATER 4096 /* delays, drawn before */

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct rt_rng rng = rt_rng_open(1, "hold", 0);
	struct sim_evq q = { 0 };
	static double later[LATER];

	if (argc != 3)
		return 2;
	uint32_t pending = (uint32_t)strtoul(argv[1], NULL, 10);
	uint64_t events = strtoull(argv[2], NULL, 10);
	for (uint32_t i = 0; i < LATER; i++)
		later[i] = 2 * rt_rng_unit(&rng);
	for (uint32_t i = 0; i < pending; i++)
		sim_evq_push(&q, (struct sim_event){ later[i % LATER],
						     SIM_TASK_DONE, i });
	double began_s = cpu_s();
	for (uint64_t i = 0; i < events; i++) {
		struct sim_event event = sim_evq_pop(&q);
		event.at_s += later[i % LATER];
		sim_evq_push(&q, event);
	}
	printf("{\"events_per_s\":%.0f}\n",
	       (double)events / (cpu_s() - began_s));
	sim_evq_free(&q);
	return 0;
}
