/* SPDX-License-Identifier: Apache-2.0 */
/*
 * easy.c - a promise is worked out once, not in every pass.  It stands until
 * the job it is made to starts or one that runs ends before its estimate: a job
 * that passes either has ended by then, or has been taken off what is to be
 * left over.  Likewise who was refused once is refused until something ends, so
 * that till then only those who have just come are tried.
 */
#include "sim/easy.h"

#include <string.h>

#include "core/base/mem.h"

/* ---- what runs ---------------------------------------------------------- */

/* How many end later than that. */
static uint32_t later(const struct sim_easy *easy, double at_s)
{
	uint32_t low = 0, high = easy->running_len;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (easy->running[middle].at_s > at_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static double estimated_end_s(const struct sim_pool *pool, uint32_t job)
{
	return pool->starts[job] + pool->jobs[job].estimate_s;
}

static void start(struct sim_easy *easy, struct sim_pool *pool, uint32_t place)
{
	uint32_t job = easy->line.jobs[place];

	sim_pool_start(pool, job);
	sim_line_leave(&easy->line, place);
	RT_GROW(easy->running, easy->running_len, easy->running_cap);
	double at_s = estimated_end_s(pool, job);
	uint32_t i = later(easy, at_s);
	memmove(&easy->running[i + 1], &easy->running[i],
		(easy->running_len++ - i) * sizeof *easy->running);
	easy->running[i] = (struct sim_easy_end){ at_s, pool->jobs[job].width };
}

void sim_easy_ended(struct sim_easy *easy, const struct sim_pool *pool,
		    uint32_t job)
{
	double at_s = estimated_end_s(pool, job);
	uint32_t i = later(easy, at_s);

	while (easy->running[i].width != pool->jobs[job].width)
		i++; /* among those that end together */
	memmove(&easy->running[i], &easy->running[i + 1],
		(--easy->running_len - i) * sizeof *easy->running);
	easy->room = true;
	if (pool->now_s < at_s)
		easy->promised = false;
}

/* ---- the pass ----------------------------------------------------------- */

static void promise(struct sim_easy *easy, const struct sim_pool *pool,
		    uint32_t width)
{
	uint32_t free = pool->free, i = easy->running_len;

	/* All that end together have ended. */
	while (free < width ||
	       (i > 0 && easy->running[i - 1].at_s == easy->running[i].at_s))
		free += easy->running[--i].width;
	easy->shadow_s = easy->running[i].at_s;
	easy->extra = free - width;
	easy->promised = true;
	easy->room = true;
}

static void backfill(struct sim_easy *easy, struct sim_pool *pool,
		     uint32_t place, bool spare)
{
	while (pool->free) {
		const struct sim_gap room = {
			.free = pool->free,
			.extra = spare ? easy->extra : 0,
			.now_s = pool->now_s,
			.shadow_s = easy->shadow_s,
		};
		place = sim_line_find(&easy->line, place, &room);
		if (place == SIM_NOWHERE)
			break;
		uint32_t job = easy->line.jobs[place];
		start(easy, pool, place);
		if (estimated_end_s(pool, job) > easy->shadow_s)
			easy->extra -= pool->jobs[job].width;
	}
}

void sim_easy_pass(struct sim_easy *easy, struct sim_pool *pool, bool spare)
{
	struct sim_line *line = &easy->line;
	uint32_t came = pool->arrived - easy->seen;

	for (; easy->seen < pool->arrived; easy->seen++)
		sim_line_join(line, easy->seen, pool->jobs[easy->seen].width,
			      pool->jobs[easy->seen].estimate_s);
	while (line->waiting) {
		uint32_t width = pool->jobs[line->jobs[line->front]].width;
		if (width <= pool->free) {
			start(easy, pool, line->front);
			easy->promised = false;
			continue;
		}
		if (pool->free == 0)
			return;
		if (!easy->promised)
			promise(easy, pool, width);
		uint32_t first =
			easy->room ? line->front + 1 : line->end - came;
		easy->room = false;
		backfill(easy, pool, first, spare);
		return;
	}
}

void sim_easy_close(struct sim_easy *easy)
{
	sim_line_free(&easy->line);
	rt_free(easy->running);
}
