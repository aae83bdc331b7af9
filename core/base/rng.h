/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rng.h - random numbers in streams that are named by what they are for.  Of
 * one seed each (purpose, index) is a stream of its own, so that a draw more in
 * one place moves no other.  The generator is Philox4x32-10: the n-th block of
 * a stream is a function of seed, stream and n, and nothing else.
 */
#ifndef CORE_BASE_RNG_H
#define CORE_BASE_RNG_H

#include <stdint.h>

struct rt_rng {
	uint32_t key[2];
	uint64_t block; /* the next one */
	uint64_t stream;
	uint32_t left; /* words of the last block, not yet taken */
	uint32_t words[4];
};

/* "launch-failures", 3: of the fourth group. */
struct rt_rng rt_rng_open(uint64_t seed, const char *purpose, uint64_t index);

uint32_t rt_rng_u32(struct rt_rng *);
uint64_t rt_rng_u64(struct rt_rng *);
/* From 0 to below 1, in steps of 2^-53. */
double rt_rng_unit(struct rt_rng *);

/* The block itself, for its test: J. K. Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011. */
void rt_philox(const uint32_t counter[4], const uint32_t key[2],
	       uint32_t out[4]);

#endif
