/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_pool.c - Ray tries every request on every candidate for each node it
 * chooses.  Here a candidate remembers its trial: placing is greedy and what
 * finds no room leaves no trace, so the trial stands as long as the asks it
 * took from still hold as much.  One that takes from many asks is tried anew
 * instead: choosing it empties so many that there are few such rounds.
 * Candidates that are twins share one trial, and the best class of them is
 * chosen for as many rounds as no trial changes.
 */
#include "core/sched/pack_pool.h"

#include "core/sched/pack_asks.h"
#include "core/sched/pack_bin.h"
#include "core/sched/pack_score.h"
#include "core/sched/pack_trial.h"
#include "core/sched/pack_twin.h"

#define TAKES 16
#define NOBODY UINT32_MAX

struct take {
	uint32_t ask;
	int64_t count;
};

/* A bin in the running. */
struct candidate {
	struct rt_bin *bin;
	struct rt_bin *back; /* what it is when it is not chosen */
	uint32_t next;       /* of its class; NOBODY: it is the last */
	bool chosen;
};

/* Candidates that are twins, the first of which stands for all. */
struct class
{
	uint32_t first, last; /* candidates; first == NOBODY: none is left */
	bool full;            /* it runs and has room for nothing */
	bool live;            /* among those to be looked at */
	bool tried;
	struct rt_score score;
	uint32_t takes_len; /* how many asks it takes from; beyond TAKES they
			       are not remembered */
	struct take takes[TAKES];
	/* What the bin `from` became when these were taken, or NULL. */
	const struct rt_bin *from;
	struct rt_bin *result;
};

/* Scratch, kept from packing to packing. */
struct rt_pool {
	struct rt_asks *asks;
	enum rt_source source;
	uint32_t len, cap;
	struct candidate *at; /* their order decides ties */
	uint32_t classes_len, classes_cap;
	struct class *classes;
	/* Classes with candidates, in any order. */
	uint32_t live_len, live_cap;
	uint32_t *live;
	uint32_t best;   /* the class chosen last */
	int64_t repeats; /* how many times more it is the best */
	/* For each number of a twin, its class, if that has the same number
	 * of `generation` as now. */
	uint32_t known_len, known_cap;
	struct known {
		uint32_t class, generation;
	} * known;
	uint32_t generation;
};

static uint32_t next_for(const struct rt_pack *p, uint32_t from,
			 struct rt_res available)
{
	const struct rt_asks *asks = p->pool->asks;
	struct rt_offer offer = rt_asks_offer(p, asks, available);

	return rt_asks_next(asks, from, &offer);
}

static bool fits_any(const struct rt_pack *p, const struct rt_bin *bin)
{
	const struct rt_asks *asks = p->pool->asks;
	struct rt_res available = bin->available[p->pool->source];

	for (uint32_t i = 0;; i++) {
		i = next_for(p, i, available);
		if (i == asks->len)
			return asks->len == 0;
		if (rt_room_for(p, available, asks->at[i].request->res, 1))
			return true;
	}
}

static struct known *known_of(struct rt_pack *p, struct rt_bin *bin)
{
	struct rt_pool *pool = p->pool;
	uint32_t twin = rt_twin_of(p, bin, pool->source);

	while (pool->known_len <= twin) {
		RT_ARENA_GROW(p->arena, pool->known, pool->known_len,
			      pool->known_cap);
		pool->known[pool->known_len++] = (struct known){ 0 };
	}
	return &pool->known[twin];
}

static struct class *class_of(struct rt_pack *p, struct rt_bin *bin)
{
	struct rt_pool *pool = p->pool;
	struct known *known = known_of(p, bin);

	if (known->generation == pool->generation)
		return &pool->classes[known->class];
	*known = (struct known){ pool->classes_len, pool->generation };
	RT_ARENA_GROW(p->arena, pool->classes, pool->classes_len,
		      pool->classes_cap);
	struct class *class = &pool->classes[pool->classes_len++];
	class->first = NOBODY;
	class->live = false;
	class->tried = false;
	class->full = bin->status == RT_NODE_RAY_RUNNING && !fits_any(p, bin);
	return class;
}

void rt_pool_add(struct rt_pack *p, struct rt_bin *bin, struct rt_bin *back)
{
	struct rt_pool *pool = p->pool;
	struct class *class = class_of(p, bin);

	RT_ARENA_GROW(p->arena, pool->at, pool->len, pool->cap);
	pool->at[pool->len] =
		(struct candidate){ .bin = bin, .back = back, .next = NOBODY };
	if (!class->live) {
		RT_ARENA_GROW(p->arena, pool->live, pool->live_len,
			      pool->live_cap);
		pool->live[pool->live_len++] =
			(uint32_t)(class - pool->classes);
		class->live = true;
	}
	if (class->first == NOBODY)
		class->first = pool->len;
	else
		pool->at[class->last].next = pool->len;
	class->last = pool->len++;
}

void rt_pool_open(struct rt_pack *p, struct rt_asks *asks,
		  enum rt_source source)
{
	if (!p->pool)
		p->pool = RT_ARENA_NEW(p->arena, struct rt_pool);
	struct rt_pool *pool = p->pool;
	pool->asks = asks;
	pool->source = source;
	pool->len = 0;
	pool->classes_len = 0;
	pool->live_len = 0;
	pool->repeats = 0;
	pool->generation++;
}

bool rt_pool_is_exhausted(struct rt_pack *p, struct rt_bin *bin)
{
	return class_of(p, bin)->full;
}

static struct rt_bin *first_of(const struct rt_pool *pool,
			       const struct class *c)
{
	return pool->at[c->first].bin;
}

/* Tries all asks on the first of the class; `commit` takes from them what
 * fits. */
static void try(struct rt_pack *p, struct class *c, bool commit)
{
	struct rt_asks *asks = p->pool->asks;

	rt_trial_begin(p, first_of(p->pool, c), p->pool->source);
	c->takes_len = 0;
	c->from = NULL;
	for (uint32_t i = 0;; i++) {
		i = next_for(p, i, rt_trial_available(p));
		if (i == asks->len)
			break;
		int64_t n = rt_trial_place(p, &asks->at[i]);
		if (n == 0)
			continue;
		if (c->takes_len < TAKES)
			c->takes[c->takes_len] = (struct take){ i, n };
		c->takes_len++;
		if (commit)
			rt_asks_take(asks, i, n);
	}
}

static bool stands(const struct rt_asks *asks, const struct class *c)
{
	if (!c->tried || c->takes_len > TAKES)
		return false;
	for (uint32_t i = 0; i < c->takes_len; i++)
		if (asks->at[c->takes[i].ask].left < c->takes[i].count)
			return false;
	return true;
}

static int prefer(double a, double b)
{
	return (a > b) - (a < b);
}

/* > 0: the first of `a` suits better. */
static int compare(const struct rt_pack *p, const struct class *a,
		   const struct class *b)
{
	const struct rt_group *groups = p->snapshot->groups;
	const struct rt_group *x = &groups[first_of(p->pool, a)->group];
	const struct rt_group *y = &groups[first_of(p->pool, b)->group];
	int c = rt_score_cmp(&a->score, &b->score);

	if (!c)
		c = prefer(x->recoverable_availability,
			   y->recoverable_availability);
	if (!c)
		c = (x->priority > y->priority) - (x->priority < y->priority);
	if (!c)
		c = prefer(x->availability, y->availability);
	return c;
}

/* Whether the class still has somebody who can place something.  Who cannot
 * never will: asks only shrink. */
static bool is_live(struct rt_pack *p, struct class *c)
{
	if (c->first == NOBODY)
		return false;
	if (!stands(p->pool->asks, c)) {
		try(p, c, false);
		c->tried = true;
		c->score = rt_score_trial(p);
	}
	return c->takes_len > 0;
}

static int64_t most_taken(const struct rt_pool *pool, uint32_t ask)
{
	int64_t most = 0;

	for (uint32_t i = 0; i < pool->live_len; i++) {
		const struct class *c = &pool->classes[pool->live[i]];
		if (c->takes_len > TAKES)
			return INT64_MAX;
		for (uint32_t k = 0; k < c->takes_len; k++)
			if (c->takes[k].ask == ask && c->takes[k].count > most)
				most = c->takes[k].count;
	}
	return most;
}

/* How many times `best` can be chosen with all trials still standing. */
static int64_t repeats_of(const struct rt_pool *pool, const struct class *best)
{
	int64_t least = INT64_MAX;

	if (best->takes_len > TAKES)
		return 0;
	for (uint32_t i = 0; i < best->takes_len && least > 0; i++) {
		const struct take *take = &best->takes[i];
		int64_t left = pool->asks->at[take->ask].left;
		int64_t most =
			left > take->count ? most_taken(pool, take->ask) : left;
		int64_t n = most < left ? (left - most) / take->count : 0;
		if (n < least)
			least = n;
	}
	return least;
}

/* The class whose first scores best; of equals, the one whose first comes
 * first. */
static struct class *look_for_best(struct rt_pack *p)
{
	struct rt_pool *pool = p->pool;
	struct class *best = NULL;
	uint32_t kept = 0;
	bool tie = false;

	for (uint32_t i = 0; i < pool->live_len; i++) {
		struct class *c = &pool->classes[pool->live[i]];
		c->live = is_live(p, c);
		if (!c->live)
			continue;
		pool->live[kept++] = pool->live[i];
		int better = best ? compare(p, c, best) : 1;
		if (better > 0 || (better == 0 && c->first < best->first))
			best = c;
		tie = better == 0 || (tie && better < 0);
	}
	pool->live_len = kept;
	pool->repeats = best && !tie ? repeats_of(pool, best) : 0;
	return best;
}

/* As long as no trial changes, the best class is the one it was. */
static struct class *best_class(struct rt_pack *p)
{
	struct rt_pool *pool = p->pool;

	if (pool->repeats-- > 0) {
		struct class *best = &pool->classes[pool->best];
		if (best->first != NOBODY && best->tried)
			return best;
	}
	struct class *best = look_for_best(p);
	if (best)
		pool->best = (uint32_t)(best - pool->classes);
	return best;
}

/* The first of the class with its requests placed on it and taken from the
 * asks.  When it is the very bin that was there before, as new nodes of a group
 * are, so is the result. */
static struct rt_bin *place(struct rt_pack *p, struct class *c)
{
	struct rt_bin *bin = first_of(p->pool, c);

	if (c->from == bin && c->takes_len <= TAKES) {
		for (uint32_t i = 0; i < c->takes_len; i++)
			rt_asks_take(p->pool->asks, c->takes[i].ask,
				     c->takes[i].count);
		return c->result;
	}
	try(p, c, true);
	c->from = bin;
	return c->result = rt_trial_keep(p);
}

struct rt_bin *rt_pool_choose(struct rt_pack *p)
{
	struct rt_pool *pool = p->pool;
	struct class *best = best_class(p);

	if (!best)
		return NULL;
	struct rt_bin *result = place(p, best);
	struct candidate *chosen = &pool->at[best->first];
	chosen->chosen = true;
	best->first = chosen->next;
	/* The next of its class may hold something else, and score
	 * differently. */
	if (best->first != NOBODY && first_of(pool, best)->held[pool->source] !=
					     chosen->bin->held[pool->source])
		best->tried = false;
	return result;
}

void rt_pool_rest(struct rt_pack *p, struct rt_bins *out)
{
	const struct rt_pool *pool = p->pool;

	for (uint32_t i = 0; i < pool->len; i++)
		if (!pool->at[i].chosen)
			rt_bins_add(p, out, pool->at[i].back);
}
