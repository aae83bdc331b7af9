/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_fit.c - again and again the candidate that scores best takes all that it
 * can.  Ray tries every request on every candidate for each node it chooses.
 * Here a candidate remembers its trial: placing is greedy and what finds no
 * room leaves no trace, so the trial stands as long as the asks it took from
 * still hold as much.  One that takes from many asks is tried anew instead:
 * choosing it empties so many that there are few such rounds.
 */
#include "core/sched/pack_fit.h"

#include "core/sched/pack_asks.h"
#include "core/sched/pack_bin.h"
#include "core/sched/pack_resize.h"
#include "core/sched/pack_score.h"
#include "core/sched/pack_sort.h"
#include "core/sched/pack_trial.h"

#define TAKES 16

struct take {
	uint32_t ask;
	int64_t count;
};

struct candidate {
	struct rt_bin *bin;
	struct rt_score score;
	bool tried;
	bool chosen;
	uint32_t takes_len; /* how many asks it takes from; beyond TAKES they
			       are not remembered */
	struct take takes[TAKES];
};

/* Scratch, kept from packing to packing. */
struct rt_fit {
	struct rt_asks *asks;
	enum rt_source source;
	uint32_t len, cap;
	struct candidate *at;
	/* Those in the running, by index; their order decides ties. */
	uint32_t order_len, order_cap;
	uint32_t *order;
	/* For each number of a twin, the last round that saw it. */
	uint32_t seen_len;
	uint32_t *seen;
	uint32_t round;
	struct rt_bins exhausted;
	struct rt_bins resizable;
};

static void add_candidate(struct rt_pack *p, struct rt_bin *bin)
{
	struct rt_fit *f = p->fit;

	RT_ARENA_GROW(p->arena, f->at, f->len, f->cap);
	RT_ARENA_GROW(p->arena, f->order, f->order_len, f->order_cap);
	f->order[f->order_len++] = f->len;
	f->at[f->len].bin = bin;
	f->at[f->len].tried = false;
	f->at[f->len].chosen = false;
	f->len++;
}

static void clear_candidates(struct rt_fit *f)
{
	f->len = 0;
	f->order_len = 0;
}

static uint32_t next_for(const struct rt_pack *p, uint32_t from,
			 struct rt_res available)
{
	const struct rt_asks *asks = p->fit->asks;
	struct rt_offer offer = rt_asks_offer(p, asks, available);

	return rt_asks_next(asks, from, &offer);
}

/* Tries all asks on the candidate; `commit` takes from them what fits. */
static void try(struct rt_pack *p, struct candidate *c, bool commit)
{
	struct rt_asks *asks = p->fit->asks;

	rt_trial_begin(p, c->bin, p->fit->source);
	c->takes_len = 0;
	for (uint32_t i = 0;; i++) {
		i = next_for(p, i, rt_trial_available(p));
		if (i == asks->len)
			break;
		int64_t n = rt_trial_place(p, asks->at[i].request,
					   asks->at[i].left);
		if (n == 0)
			continue;
		if (c->takes_len < TAKES)
			c->takes[c->takes_len] = (struct take){ i, n };
		c->takes_len++;
		if (commit)
			rt_asks_take(asks, i, n);
	}
}

static bool stands(const struct rt_asks *asks, const struct candidate *c)
{
	if (!c->tried || c->takes_len > TAKES)
		return false;
	for (uint32_t i = 0; i < c->takes_len; i++)
		if (asks->at[c->takes[i].ask].left < c->takes[i].count)
			return false;
	return true;
}

/* A node that does not run yet is hidden behind an equal one before it, though
 * what they hold from earlier packings may score differently. */
static bool is_hidden(struct rt_fit *f, const struct rt_bin *bin)
{
	uint32_t twin = bin->twin[f->source];

	if (twin == RT_NO_TWIN)
		return false;
	if (f->seen[twin] == f->round)
		return true;
	f->seen[twin] = f->round;
	return false;
}

static int prefer(double a, double b)
{
	return (a > b) - (a < b);
}

static bool is_better(const struct rt_pack *p, const struct candidate *a,
		      const struct candidate *b)
{
	const struct rt_group *x = &p->snapshot->groups[a->bin->group];
	const struct rt_group *y = &p->snapshot->groups[b->bin->group];
	int c = rt_score_cmp(&a->score, &b->score);

	if (!c)
		c = prefer(x->recoverable_availability,
			   y->recoverable_availability);
	if (!c)
		c = (x->priority > y->priority) - (x->priority < y->priority);
	if (!c)
		c = prefer(x->availability, y->availability);
	return c > 0;
}

static void begin_round(struct rt_pack *p)
{
	struct rt_fit *f = p->fit;

	if (f->seen_len < p->twins.len) {
		f->seen_len = p->twins.len * 2;
		f->seen = RT_ARENA_ARRAY(p->arena, uint32_t, f->seen_len);
		f->round = 0;
	}
	f->round++;
}

/* The best candidate, which leaves the running, with its requests placed on it
 * and taken from the asks; NULL when none can place any. */
static struct candidate *choose(struct rt_pack *p)
{
	struct rt_fit *f = p->fit;
	struct candidate *best = NULL;
	uint32_t kept = 0, best_at = 0;

	begin_round(p);
	for (uint32_t i = 0; i < f->order_len; i++) {
		struct candidate *c = &f->at[f->order[i]];
		bool hidden = is_hidden(f, c->bin);
		if (!hidden && !stands(f->asks, c)) {
			try(p, c, false);
			c->tried = true;
			c->score = rt_score_trial(p);
		}
		if (!hidden && c->takes_len == 0)
			continue; /* nor will it ever: asks only shrink */
		if (!hidden && (!best || is_better(p, c, best))) {
			best = c;
			best_at = kept;
		}
		f->order[kept++] = f->order[i];
	}
	f->order_len = kept;
	if (!best)
		return NULL;
	f->order_len--;
	for (uint32_t i = best_at; i < f->order_len; i++)
		f->order[i] = f->order[i + 1];
	best->chosen = true;
	try(p, best, true);
	return best;
}

static bool fits_any(const struct rt_pack *p, const struct rt_bin *bin)
{
	const struct rt_asks *asks = p->fit->asks;
	struct rt_res available = bin->available[p->fit->source];

	for (uint32_t i = 0;; i++) {
		i = next_for(p, i, available);
		if (i == asks->len)
			return asks->len == 0;
		if (rt_room_for(p, available, asks->at[i].request->res, 1))
			return true;
	}
}

/* The order of the result: nodes as they are chosen, candidates not chosen,
 * nodes that were none since they run and are full. */
static void fit_existing(struct rt_pack *p)
{
	struct rt_fit *f = p->fit;

	f->exhausted.len = 0;
	clear_candidates(f);
	for (uint32_t i = 0; i < p->bins.len; i++) {
		struct rt_bin *bin = rt_resize_under_way(p, p->bins.at[i]);
		if (bin->status == RT_NODE_RAY_RUNNING && !fits_any(p, bin))
			rt_bins_add(p, &f->exhausted, bin);
		else
			add_candidate(p, bin);
	}
	while (f->asks->open && choose(p))
		rt_bins_add(p, &p->next, rt_trial_keep(p));
	for (uint32_t i = 0; i < f->len; i++)
		if (!f->at[i].chosen)
			rt_bins_add(p, &p->next, f->at[i].bin);
	for (uint32_t i = 0; i < f->exhausted.len; i++)
		rt_bins_add(p, &p->next, f->exhausted.at[i]);
}

/* The order of the result: nodes that cannot be resized, those that will be as
 * they are chosen, those that will not. */
static void fit_resized(struct rt_pack *p)
{
	struct rt_fit *f = p->fit;
	uint32_t kept = 0;

	f->resizable.len = 0;
	clear_candidates(f);
	for (uint32_t i = 0; i < p->next.len; i++) {
		struct rt_bin *bin = p->next.at[i];
		if (!rt_resize_is_possible(p, bin)) {
			p->next.at[kept++] = bin;
			continue;
		}
		rt_bins_add(p, &f->resizable, bin);
		add_candidate(p, rt_resize_raise(p, bin));
	}
	p->next.len = kept;
	while (f->asks->open && choose(p))
		rt_bins_add(p, &p->next, rt_resize_queue(p, rt_trial_keep(p)));
	for (uint32_t i = 0; i < f->len; i++)
		if (!f->at[i].chosen)
			rt_bins_add(p, &p->next, f->resizable.at[i]);
}

static int64_t *rooms(struct rt_pack *p)
{
	const struct rt_snapshot *s = p->snapshot;
	int64_t *room = RT_ARENA_ARRAY(p->arena, int64_t, s->groups_len);

	for (uint32_t g = 0; g < s->groups_len; g++)
		room[g] = s->groups[g].max_nodes + s->groups[g].is_head;
	for (uint32_t i = 0; i < p->bins.len; i++)
		room[p->bins.at[i]->group]--;
	return room;
}

static bool is_full(const struct rt_pack *p)
{
	int64_t max_workers = p->snapshot->max_workers;

	return p->next.len >= RT_PACK_NODES_MAX ||
	       (max_workers != RT_NONE && p->next.len >= max_workers + 1);
}

/* The pool has one new node of each group with room; when it is taken the next
 * of the group comes last, so equal groups take turns. */
static void fit_new(struct rt_pack *p)
{
	struct rt_fit *f = p->fit;
	int64_t *room = rooms(p);

	clear_candidates(f);
	for (uint32_t g = 0; g < p->snapshot->groups_len; g++)
		if (room[g] > 0)
			add_candidate(p, p->fresh[g]);
	while (f->asks->open && !is_full(p)) {
		struct candidate *c = choose(p);
		if (!c)
			break;
		rt_bins_add(p, &p->next, rt_trial_keep(p));
		if (--room[c->bin->group] > 0)
			f->order[f->order_len++] = (uint32_t)(c - f->at);
	}
}

void rt_fit(struct rt_pack *p, struct rt_asks *asks, enum rt_source source)
{
	if (!p->fit)
		p->fit = RT_ARENA_NEW(p->arena, struct rt_fit);
	p->fit->asks = asks;
	p->fit->source = source;
	p->next.len = 0;
	rt_asks_sort(p, asks);
	rt_asks_index(p, asks);
	fit_existing(p);
	fit_resized(p);
	fit_new(p);
}

void rt_fit_keep(struct rt_pack *p)
{
	struct rt_bins old = p->bins;

	p->bins = p->next;
	p->next = old;
}
