/* SPDX-License-Identifier: Apache-2.0 */
/*
 * easy.h - EASY backfilling: the first job that does not fit is promised the
 * earliest moment at which it will, going by the estimates; others may pass it
 * as long as they do not put that off.
 */
#ifndef SIM_EASY_H
#define SIM_EASY_H

#include "sim/pool.h"

/* A job that runs. */
struct sim_easy_end {
	double at_s; /* going by its estimate */
	uint32_t width;
};

/* Zeroed: nothing has come yet. */
struct sim_easy {
	struct sim_line line;
	uint32_t seen; /* jobs before it are or were in the line */
	uint32_t running_len, running_cap;
	struct sim_easy_end *running; /* the soonest is the last one */
	/* What the front of the line is promised. */
	bool promised;
	double shadow_s;
	uint32_t extra; /* free then, beyond what it needs */
	bool room;      /* something ended since all were tried */
};

/* `spare`: may a job that ends later use what is to be left over then? */
void sim_easy_pass(struct sim_easy *, struct sim_pool *, bool spare);
void sim_easy_ended(struct sim_easy *, const struct sim_pool *, uint32_t job);
void sim_easy_close(struct sim_easy *);

#endif
