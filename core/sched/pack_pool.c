/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_pool.c - Ray tries every request on every candidate for each node it
 * chooses.  Here candidates that are twins are one class, and a class remembers
 * its trial: placing is greedy and what finds no room leaves no trace, so the
 * trial stands until an ask that it took from has less left than it took.  Each
 * ask knows who took how much of it, so that only those are tried anew; the
 * classes are in a heap, the best on top.
 */
#include "core/sched/pack_pool.h"

#include "core/sched/pack_asks.h"
#include "core/sched/pack_bin.h"
#include "core/sched/pack_heap.h"
#include "core/sched/pack_score.h"
#include "core/sched/pack_takes.h"
#include "core/sched/pack_trial.h"
#include "core/sched/pack_twin.h"

#define NOBODY UINT32_MAX

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
	struct rt_score score;
	uint32_t takes; /* list; RT_NO_TAKE: nothing fits */
	/* What the bin `from` became when these were taken, or NULL. */
	const struct rt_bin *from;
	struct rt_bin *result;
};

/* Kept from packing to packing. */
struct rt_pool {
	struct rt_asks *asks;
	enum rt_source source;
	struct rt_takes takes;
	uint32_t len, cap;
	struct candidate *at; /* their order decides ties */
	uint32_t classes_len, classes_cap;
	struct class *classes;
	/* Classes that can place something; those that are stale by their old
	 * score. */
	struct rt_heap heap;
	/* A bit for each class: to be tried.  In order of their numbers the
	 * classes and their bins lie side by side. */
	uint32_t stale_len, stale_cap;
	uint64_t *stale;
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

static uint32_t class_of(struct rt_pack *p, struct rt_bin *bin)
{
	struct rt_pool *pool = p->pool;
	struct known *known = known_of(p, bin);

	if (known->generation == pool->generation)
		return known->class;
	*known = (struct known){ pool->classes_len, pool->generation };
	RT_ARENA_GROW(p->arena, pool->classes, pool->classes_len,
		      pool->classes_cap);
	pool->classes[known->class] = (struct class){
		.first = NOBODY,
		.takes = RT_NO_TAKE,
		.full = bin->status == RT_NODE_RAY_RUNNING && !fits_any(p, bin),
	};
	if (pool->classes_len / 64 == pool->stale_len) {
		RT_ARENA_GROW(p->arena, pool->stale, pool->stale_len,
			      pool->stale_cap);
		pool->stale[pool->stale_len++] = 0;
	}
	return pool->classes_len++;
}

static struct rt_bin *first_of(const struct rt_pool *pool,
			       const struct class *c)
{
	return pool->at[c->first].bin;
}

static void make_stale(struct rt_pool *pool, uint32_t class)
{
	pool->stale[class / 64] |= UINT64_C(1) << class % 64;
}

/* ---- trials ------------------------------------------------------------- */

/* Trials that took more of the ask than is left stand no longer. */
static void take_from(struct rt_pack *p, uint32_t ask, int64_t count)
{
	struct rt_pool *pool = p->pool;
	struct rt_taken *taken = &pool->takes.asks[ask];

	rt_asks_take(pool->asks, ask, count);
	int64_t left = pool->asks->at[ask].left, most = 0;
	if (taken->most <= left)
		return;
	for (uint32_t i = taken->first; i != RT_NO_TAKE;
	     i = pool->takes.at[i].after) {
		const struct rt_take *take = &pool->takes.at[i];
		if (take->count > left)
			make_stale(pool, take->who);
		else if (take->count > most)
			most = take->count;
	}
	taken->most = most;
}

/* Places the next ask from `i` on that finds room; asks->len: there is none. */
static uint32_t place_next(struct rt_pack *p, uint32_t i, int64_t *count)
{
	const struct rt_asks *asks = p->pool->asks;

	for (;; i++) {
		i = next_for(p, i, rt_trial_available(p));
		if (i == asks->len)
			return i;
		*count = rt_trial_place(p, &asks->at[i]);
		if (*count)
			return i;
	}
}

static void try(struct rt_pack *p, uint32_t class)
{
	struct rt_pool *pool = p->pool;
	struct class *c = &pool->classes[class];
	int64_t n;

	rt_takes_drop(&pool->takes, &c->takes);
	c->from = NULL;
	rt_trial_begin(p, first_of(pool, c), pool->source);
	for (uint32_t i = place_next(p, 0, &n); i < pool->asks->len;
	     i = place_next(p, i + 1, &n))
		rt_takes_add(&pool->takes, p->arena, &c->takes, class, i, n);
	c->score = rt_score_trial(p);
}

/* The first of the class with its requests placed on it and taken from the
 * asks.  When it is the very bin that was there before, as new nodes of a group
 * are, so is the result. */
static struct rt_bin *place(struct rt_pack *p, struct class *c)
{
	const struct rt_pool *pool = p->pool;
	struct rt_bin *bin = first_of(pool, c);
	int64_t n;

	if (c->from == bin) {
		for (uint32_t i = c->takes; i != RT_NO_TAKE;
		     i = pool->takes.at[i].next)
			take_from(p, pool->takes.at[i].ask,
				  pool->takes.at[i].count);
		return c->result;
	}
	rt_trial_begin(p, bin, pool->source);
	for (uint32_t i = place_next(p, 0, &n); i < pool->asks->len;
	     i = place_next(p, i + 1, &n))
		take_from(p, i, n);
	c->from = bin;
	return c->result = rt_trial_keep(p);
}

/* ---- who is best -------------------------------------------------------- */

static int prefer(double a, double b)
{
	return (a > b) - (a < b);
}

static int prefer_group(const struct rt_group *a, const struct rt_group *b)
{
	int c = prefer(a->recoverable_availability,
		       b->recoverable_availability);

	if (!c)
		c = (a->priority > b->priority) - (a->priority < b->priority);
	if (!c)
		c = prefer(a->availability, b->availability);
	return c;
}

/* Of equals the one whose first comes first. */
static bool suits_better(const void *context, uint32_t x, uint32_t y)
{
	const struct rt_pack *p = context;
	const struct rt_group *groups = p->snapshot->groups;
	const struct class *a = &p->pool->classes[x];
	const struct class *b = &p->pool->classes[y];
	int c = rt_score_cmp(&a->score, &b->score);

	if (!c)
		c = prefer_group(&groups[first_of(p->pool, a)->group],
				 &groups[first_of(p->pool, b)->group]);
	return c ? c > 0 : a->first < b->first;
}

/* A class that can place nothing leaves for good: asks only shrink. */
static void try_again(struct rt_pack *p, uint32_t class)
{
	struct rt_pool *pool = p->pool;

	if (pool->classes[class].first == NOBODY)
		return;
	try(p, class);
	if (pool->classes[class].takes != RT_NO_TAKE)
		rt_heap_put(&pool->heap, p->arena, class);
	else
		rt_heap_drop(&pool->heap, class);
}

static void try_stale(struct rt_pack *p)
{
	struct rt_pool *pool = p->pool;

	for (uint32_t i = 0; i < pool->stale_len; i++) {
		for (uint64_t bits = pool->stale[i]; bits; bits &= bits - 1)
			try_again(p, i * 64 + (uint32_t)__builtin_ctzll(bits));
		pool->stale[i] = 0;
	}
}

/* ---- the pool ----------------------------------------------------------- */

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
	rt_heap_clear(&pool->heap);
	pool->heap.above = suits_better;
	pool->heap.context = p;
	pool->stale_len = 0;
	pool->generation++;
	rt_takes_open(&pool->takes, p->arena, asks->len);
}

bool rt_pool_is_exhausted(struct rt_pack *p, struct rt_bin *bin)
{
	const struct rt_pool *pool = p->pool;
	uint32_t len = pool->asks->len;

	if (bin->status != RT_NODE_RAY_RUNNING)
		return false;
	/* Most that are full show it at a glance, without their class. */
	if (len > 0 && next_for(p, 0, bin->available[pool->source]) == len)
		return true;
	uint32_t class = class_of(p, bin);
	return pool->classes[class].full;
}

void rt_pool_add(struct rt_pack *p, struct rt_bin *bin, struct rt_bin *back)
{
	struct rt_pool *pool = p->pool;
	uint32_t class = class_of(p, bin);
	struct class *c = &pool->classes[class];
	bool alone = c->first == NOBODY;

	RT_ARENA_GROW(p->arena, pool->at, pool->len, pool->cap);
	pool->at[pool->len] =
		(struct candidate){ .bin = bin, .back = back, .next = NOBODY };
	if (alone)
		c->first = pool->len;
	else
		pool->at[c->last].next = pool->len;
	c->last = pool->len++;
	if (alone && c->takes != RT_NO_TAKE)
		rt_heap_put(&pool->heap, p->arena, class);
	else if (alone)
		make_stale(pool, class);
}

struct rt_bin *rt_pool_choose(struct rt_pack *p)
{
	struct rt_pool *pool = p->pool;

	try_stale(p);
	if (!pool->heap.len)
		return NULL;
	uint32_t best = pool->heap.at[0];
	struct class *class = &pool->classes[best];
	struct rt_bin *result = place(p, class);
	struct candidate *chosen = &pool->at[class->first];
	chosen->chosen = true;
	class->first = chosen->next;
	if (class->first == NOBODY) {
		rt_heap_drop(&pool->heap, best);
		return result;
	}
	/* The next of its class may hold something else, and score
	 * differently. */
	if (first_of(pool, class)->held[pool->source] !=
	    chosen->bin->held[pool->source])
		make_stale(pool, best);
	rt_heap_put(&pool->heap, p->arena, best);
	return result;
}

void rt_pool_rest(struct rt_pack *p, struct rt_bins *out)
{
	const struct rt_pool *pool = p->pool;

	for (uint32_t i = 0; i < pool->len; i++)
		if (!pool->at[i].chosen)
			rt_bins_add(p, out, pool->at[i].back);
}
