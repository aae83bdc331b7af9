/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gsl.c - a type of generator whose state is the stream itself.
 */
#include "traces/gsl.h"

/* A stream is opened with its seed. */
static void set(void *state, unsigned long seed)
{
	(void)state;
	(void)seed;
}

static unsigned long get(void *state)
{
	return rt_rng_u32(state);
}

static double get_double(void *state)
{
	return rt_rng_unit(state);
}

static const gsl_rng_type type = {
	.name = "philox4x32-10",
	.max = UINT32_MAX,
	.min = 0,
	.size = sizeof(struct rt_rng),
	.set = set,
	.get = get,
	.get_double = get_double,
};

gsl_rng trace_gsl(struct rt_rng *rng)
{
	return (gsl_rng){ .type = &type, .state = rng };
}
