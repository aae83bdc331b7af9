/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_score.c - Ray's utilization score, in doubles that round as Ray's do:
 * amounts are whole numbers of 1/10000, the utilization is one division of two
 * of them, its cube is pow(), sums run in byte order of the names and are
 * divided once.
 */
#include "core/sched/pack_score.h"

#include <math.h>

#include "core/model/res.h"
#include "core/sched/pack_trial.h"

/* What `request` scores under these labels: alternatives count down from their
 * number. */
static uint32_t match_of(const struct rt_request *request,
			 struct rt_labels labels)
{
	return request->selectors_len - rt_selector_met(request, labels);
}

/* The first request placed that matches at all decides. */
static uint32_t match(const struct rt_trial *t)
{
	struct rt_labels labels = { t->labels_len, t->labels };
	uint32_t found = 0;

	for (const struct rt_held *h = t->bin->held[t->source]; h;
	     h = h->before) {
		uint32_t m = match_of(h->request, labels);
		if (m)
			found = m;
	}
	for (uint32_t i = 0; i < t->placed_len && !found; i++)
		found = match_of(t->placed[i]->request, labels);
	return found;
}

static bool gpu_ok(const struct rt_pack *p)
{
	const struct rt_trial *t = &p->trial;

	if (!p->snapshot->conserve_gpu ||
	    rt_res_get(t->bin->total, p->gpu) == 0)
		return true;
	for (uint32_t i = 0; i < t->placed_len; i++)
		if (rt_res_has(t->placed[i]->request->res, p->gpu))
			return true;
	for (const struct rt_held *h = t->bin->held[t->source]; h;
	     h = h->before)
		if (rt_res_has(h->request->res, p->gpu))
			return true;
	return false;
}

/* Counts the names that `request` uses, that the node has and that were not
 * counted before. */
static uint32_t new_kinds(struct rt_pack *p, const struct rt_request *request)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < request->res.len; i++) {
		uint32_t name = request->res.at[i].name;
		if (request->res.at[i].units == 0 ||
		    p->stamp[name] == p->stamps)
			continue;
		p->stamp[name] = p->stamps;
		n += rt_res_has(p->trial.bin->total, name);
	}
	return n;
}

static uint32_t kinds(struct rt_pack *p)
{
	const struct rt_trial *t = &p->trial;
	uint32_t n = 0;

	p->stamps++;
	for (const struct rt_held *h = t->bin->held[t->source]; h;
	     h = h->before)
		n += new_kinds(p, h->request);
	for (uint32_t i = 0; i < t->placed_len; i++)
		n += new_kinds(p, t->placed[i]->request);
	return n;
}

/* Where the amount of `name` stands, or NULL.  Vectors that lie side by side
 * mostly have the same names, so the place of the last one is a good guess. */
static const struct rt_amount *find(const struct rt_trial *t, uint32_t name,
				    uint32_t guess)
{
	if (guess < t->available_len && t->available[guess].name == name)
		return &t->available[guess];
	for (uint32_t i = 0; i < t->available_len; i++)
		if (t->available[i].name == name)
			return &t->available[i];
	return NULL;
}

static void utilization(const struct rt_trial *t, struct rt_score *score)
{
	struct rt_res total = t->bin->total;
	double sum = 0, min = INFINITY;
	uint32_t n = 0;

	for (uint32_t i = 0; i < total.len; i++) {
		int64_t all = total.at[i].units;
		if (all == 0)
			continue;
		const struct rt_amount *left = find(t, total.at[i].name, i);
		if (!left) /* not offered, which is not the same as used up */
			continue;
		double used = 0;
		if (left->units < all)
			used = (double)(all - left->units) / (double)all;
		double x = (double)all / RT_UNITS * pow(used, 3.0);
		min = fmin(min, x);
		sum += x;
		n++;
	}
	score->min = n ? min : 0;
	score->mean = n ? sum / n : 0;
}

struct rt_score rt_score_trial(struct rt_pack *p)
{
	struct rt_score score = {
		.match = match(&p->trial),
		.gpu_ok = gpu_ok(p),
		.prefer = p->snapshot->groups[p->trial.bin->group].prefer,
		.kinds = kinds(p),
	};

	utilization(&p->trial, &score);
	return score;
}

int rt_score_cmp(const struct rt_score *a, const struct rt_score *b)
{
	if (a->match != b->match)
		return a->match > b->match ? 1 : -1;
	if (a->gpu_ok != b->gpu_ok)
		return a->gpu_ok ? 1 : -1;
	if (a->prefer != b->prefer)
		return a->prefer > b->prefer ? 1 : -1;
	if (a->kinds != b->kinds)
		return a->kinds > b->kinds ? 1 : -1;
	if (a->min != b->min)
		return a->min > b->min ? 1 : -1;
	if (a->mean != b->mean)
		return a->mean > b->mean ? 1 : -1;
	return 0;
}

double rt_bin_used(const struct rt_bin *bin)
{
	double sum = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; i < bin->total.len; i++) {
		int64_t all = bin->total.at[i].units;
		int64_t left = rt_res_get(bin->available[RT_SOURCE_DEMAND],
					  bin->total.at[i].name);
		if (all == 0)
			continue;
		sum += (double)(all - left) / (double)all;
		n++;
	}
	return n ? sum / n : 0;
}
