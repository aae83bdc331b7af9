/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rng.c - the seed is Philox's key; its counter is the stream, which is a hash
 * of purpose and index, and the number of the block in it.
 */
#include "core/base/rng.h"

#include <string.h>

#define ROUNDS 10
#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define WEYL_0 0x9E3779B9u
#define WEYL_1 0xBB67AE85u

void rt_philox(const uint32_t counter[4], const uint32_t key[2],
	       uint32_t out[4])
{
	uint32_t k0 = key[0], k1 = key[1];

	memcpy(out, counter, 4 * sizeof *out);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t p0 = (uint64_t)MULTIPLIER_0 * out[0];
		uint64_t p1 = (uint64_t)MULTIPLIER_1 * out[2];
		out[0] = (uint32_t)(p1 >> 32) ^ out[1] ^ k0;
		out[1] = (uint32_t)p1;
		out[2] = (uint32_t)(p0 >> 32) ^ out[3] ^ k1;
		out[3] = (uint32_t)p0;
		k0 += WEYL_0;
		k1 += WEYL_1;
	}
}

/* FNV-1a. */
static uint64_t hash(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ at[i]) * 1099511628211u;
	return h;
}

struct rt_rng rt_rng_open(uint64_t seed, const char *purpose, uint64_t index)
{
	unsigned char bytes[8]; /* the same on every machine */

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(index >> (8 * i));
	uint64_t h = hash(14695981039346656037u, purpose, strlen(purpose) + 1);
	return (struct rt_rng){
		.key = { (uint32_t)seed, (uint32_t)(seed >> 32) },
		.stream = hash(h, bytes, sizeof bytes),
	};
}

uint32_t rt_rng_u32(struct rt_rng *rng)
{
	if (rng->left == 0) {
		const uint32_t counter[4] = {
			(uint32_t)rng->block,
			(uint32_t)(rng->block >> 32),
			(uint32_t)rng->stream,
			(uint32_t)(rng->stream >> 32),
		};
		rt_philox(counter, rng->key, rng->words);
		rng->block++;
		rng->left = 4;
	}
	return rng->words[4 - rng->left--];
}

uint64_t rt_rng_u64(struct rt_rng *rng)
{
	uint64_t low = rt_rng_u32(rng);

	return low | (uint64_t)rt_rng_u32(rng) << 32;
}

double rt_rng_unit(struct rt_rng *rng)
{
	return (double)(rt_rng_u64(rng) >> 11) * 0x1p-53;
}
