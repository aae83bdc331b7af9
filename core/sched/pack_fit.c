/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_fit.c - again and again the candidate that scores best takes all that it
 * can.  Ray tries every request on every candidate for each node it chooses.
 * Here a candidate remembers its trial: placing is greedy and what finds no
 * room leaves no trace, so the trial stands as long as the asks it took from
 * still hold as much.  One that takes from many asks is tried anew instead:
 * choosing it empties so many that there are few such rounds.  Candidates that
 * are twins share one trial, and the best class of them is chosen for as many
 * rounds as no trial changes.
 */
#include "core/sched/pack_fit.h"

#include "core/model/plan.h"
#include "core/sched/pack_asks.h"
#include "core/sched/pack_bin.h"
#include "core/sched/pack_resize.h"
#include "core/sched/pack_score.h"
#include "core/sched/pack_sort.h"
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
	uint32_t next; /* of its class; NOBODY: it is the last */
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
struct rt_fit {
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
	struct rt_bins exhausted;
	struct rt_bins resizable;
};

static uint32_t next_for(const struct rt_pack *p, uint32_t from,
			 struct rt_res available)
{
	const struct rt_asks *asks = p->fit->asks;
	struct rt_offer offer = rt_asks_offer(p, asks, available);

	return rt_asks_next(asks, from, &offer);
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

static struct known *known_of(struct rt_pack *p, struct rt_bin *bin)
{
	struct rt_fit *f = p->fit;
	uint32_t twin = rt_twin_of(p, bin, f->source);

	while (f->known_len <= twin) {
		RT_ARENA_GROW(p->arena, f->known, f->known_len, f->known_cap);
		f->known[f->known_len++] = (struct known){ 0 };
	}
	return &f->known[twin];
}

static struct class *class_of(struct rt_pack *p, struct rt_bin *bin)
{
	struct rt_fit *f = p->fit;
	struct known *known = known_of(p, bin);

	if (known->generation == f->generation)
		return &f->classes[known->class];
	*known = (struct known){ f->classes_len, f->generation };
	RT_ARENA_GROW(p->arena, f->classes, f->classes_len, f->classes_cap);
	struct class *class = &f->classes[f->classes_len++];
	class->first = NOBODY;
	class->live = false;
	class->tried = false;
	class->full = bin->status == RT_NODE_RAY_RUNNING && !fits_any(p, bin);
	return class;
}

static void add_candidate(struct rt_pack *p, struct rt_bin *bin)
{
	struct rt_fit *f = p->fit;
	struct class *class = class_of(p, bin);

	RT_ARENA_GROW(p->arena, f->at, f->len, f->cap);
	f->at[f->len] = (struct candidate){ .bin = bin, .next = NOBODY };
	if (!class->live) {
		RT_ARENA_GROW(p->arena, f->live, f->live_len, f->live_cap);
		f->live[f->live_len++] = (uint32_t)(class - f->classes);
		class->live = true;
	}
	if (class->first == NOBODY)
		class->first = f->len;
	else
		f->at[class->last].next = f->len;
	class->last = f->len++;
}

static void clear_candidates(struct rt_fit *f)
{
	f->len = 0;
	f->classes_len = 0;
	f->live_len = 0;
	f->repeats = 0;
	f->generation++;
}

static struct rt_bin *first_of(const struct rt_fit *f, const struct class *c)
{
	return f->at[c->first].bin;
}

/* Tries all asks on the first of the class; `commit` takes from them what
 * fits. */
static void try(struct rt_pack *p, struct class *c, bool commit)
{
	struct rt_asks *asks = p->fit->asks;

	rt_trial_begin(p, first_of(p->fit, c), p->fit->source);
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
	const struct rt_group *x = &groups[first_of(p->fit, a)->group];
	const struct rt_group *y = &groups[first_of(p->fit, b)->group];
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
	if (!stands(p->fit->asks, c)) {
		try(p, c, false);
		c->tried = true;
		c->score = rt_score_trial(p);
	}
	return c->takes_len > 0;
}

static int64_t most_taken(const struct rt_fit *f, uint32_t ask)
{
	int64_t most = 0;

	for (uint32_t i = 0; i < f->live_len; i++) {
		const struct class *c = &f->classes[f->live[i]];
		if (c->takes_len > TAKES)
			return INT64_MAX;
		for (uint32_t k = 0; k < c->takes_len; k++)
			if (c->takes[k].ask == ask && c->takes[k].count > most)
				most = c->takes[k].count;
	}
	return most;
}

/* How many times `best` can be chosen with all trials still standing. */
static int64_t repeats_of(const struct rt_fit *f, const struct class *best)
{
	int64_t least = INT64_MAX;

	if (best->takes_len > TAKES)
		return 0;
	for (uint32_t i = 0; i < best->takes_len && least > 0; i++) {
		const struct take *take = &best->takes[i];
		int64_t left = f->asks->at[take->ask].left;
		int64_t most =
			left > take->count ? most_taken(f, take->ask) : left;
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
	struct rt_fit *f = p->fit;
	struct class *best = NULL;
	uint32_t kept = 0;
	bool tie = false;

	for (uint32_t i = 0; i < f->live_len; i++) {
		struct class *c = &f->classes[f->live[i]];
		c->live = is_live(p, c);
		if (!c->live)
			continue;
		f->live[kept++] = f->live[i];
		int better = best ? compare(p, c, best) : 1;
		if (better > 0 || (better == 0 && c->first < best->first))
			best = c;
		tie = better == 0 || (tie && better < 0);
	}
	f->live_len = kept;
	f->repeats = best && !tie ? repeats_of(f, best) : 0;
	return best;
}

/* As long as no trial changes, the best class is the one it was. */
static struct class *best_class(struct rt_pack *p)
{
	struct rt_fit *f = p->fit;

	if (f->repeats-- > 0) {
		struct class *best = &f->classes[f->best];
		if (best->first != NOBODY && best->tried)
			return best;
	}
	struct class *best = look_for_best(p);
	if (best)
		f->best = (uint32_t)(best - f->classes);
	return best;
}

/* The first of the class with its requests placed on it and taken from the
 * asks.  When it is the very bin that was there before, as new nodes of a group
 * are, so is the result. */
static struct rt_bin *place(struct rt_pack *p, struct class *c)
{
	struct rt_bin *bin = first_of(p->fit, c);

	if (c->from == bin && c->takes_len <= TAKES) {
		for (uint32_t i = 0; i < c->takes_len; i++)
			rt_asks_take(p->fit->asks, c->takes[i].ask,
				     c->takes[i].count);
		return c->result;
	}
	try(p, c, true);
	c->from = bin;
	return c->result = rt_trial_keep(p);
}

/* The best candidate leaves the running, NULL when none can place any.  What it
 * becomes is in `result`.  The next of its class may hold something else, and
 * score differently. */
static struct candidate *choose(struct rt_pack *p, struct rt_bin **result)
{
	struct rt_fit *f = p->fit;
	struct class *best = best_class(p);

	if (!best)
		return NULL;
	*result = place(p, best);
	struct candidate *chosen = &f->at[best->first];
	chosen->chosen = true;
	best->first = chosen->next;
	if (best->first != NOBODY &&
	    first_of(f, best)->held[f->source] != chosen->bin->held[f->source])
		best->tried = false;
	return chosen;
}

/* The order of the result: nodes as they are chosen, candidates not chosen,
 * nodes that were none since they run and are full. */
static void fit_existing(struct rt_pack *p)
{
	struct rt_fit *f = p->fit;
	struct rt_bin *result;

	f->exhausted.len = 0;
	clear_candidates(f);
	for (uint32_t i = 0; i < p->bins.len; i++) {
		struct rt_bin *bin = rt_resize_under_way(p, p->bins.at[i]);
		if (class_of(p, bin)->full)
			rt_bins_add(p, &f->exhausted, bin);
		else
			add_candidate(p, bin);
	}
	while (f->asks->open && choose(p, &result))
		rt_bins_add(p, &p->next, result);
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
	struct rt_bin *result;
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
	while (f->asks->open && choose(p, &result))
		rt_bins_add(p, &p->next, rt_resize_queue(p, result));
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
	struct rt_bin *result;
	int64_t *room = rooms(p);

	clear_candidates(f);
	for (uint32_t g = 0; g < p->snapshot->groups_len; g++)
		if (room[g] > 0)
			add_candidate(p, p->fresh[g]);
	while (f->asks->open && !is_full(p)) {
		const struct candidate *c = choose(p, &result);
		if (!c)
			break;
		rt_bins_add(p, &p->next, result);
		if (--room[c->bin->group] > 0)
			add_candidate(p, c->bin);
	}
}

/* Ray gives the whole round up there. */
static void note_clash(struct rt_pack *p)
{
	const struct rt_bin *bin = p->trial.clash;

	if (bin && bin->node != RT_NO_NODE)
		rt_plan_note(p->plan, bin->group, bin->node, 1,
			     p->trial.clash_why);
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
	p->trial.clash = NULL;
	fit_existing(p);
	fit_resized(p);
	fit_new(p);
	note_clash(p);
}

void rt_fit_keep(struct rt_pack *p)
{
	struct rt_bins old = p->bins;

	p->bins = p->next;
	p->next = old;
}
