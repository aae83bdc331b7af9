/* SPDX-License-Identifier: Apache-2.0 */
/*
 * estimate.c - a sample for each round, summed up at the end, when it is known
 * how long nodes took to come.
 */
#include "cli/replay/estimate.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

#define GAP_S 60.0 /* without rounds, longer than that: nothing is known */
#define HOUR_S 3600.0

struct group {
	char *name;
	double price; /* of a node for an hour; 0: not known */
	double has[ESTIMATE_RESOURCES];
};

struct sample {
	double at_s;
	uint32_t len; /* groups that were known then */
	int64_t *wants[ESTIMATE_POLICIES];
	double demand[ESTIMATE_RESOURCES];
	double head[ESTIMATE_RESOURCES]; /* room that is always there */
	double size[ESTIMATE_RESOURCES]; /* of a waiting request; 0: none yet */
	double waiting;                  /* requests */
};

struct estimate {
	uint32_t groups_len, groups_cap;
	struct group *groups;
	uint32_t resources_len;
	char *resources[ESTIMATE_RESOURCES];
	double size[ESTIMATE_RESOURCES]; /* of those that waited last */
	uint32_t len, cap;
	struct sample *samples;
	uint32_t delays_len, delays_cap;
	double *delays;
};

struct estimate *estimate_new(void)
{
	return rt_calloc(1, sizeof(struct estimate));
}

void estimate_free(struct estimate **slot)
{
	struct estimate *e = *slot;

	if (!e)
		return;
	for (uint32_t i = 0; i < e->groups_len; i++)
		rt_free(e->groups[i].name);
	for (uint32_t i = 0; i < e->resources_len; i++)
		rt_free(e->resources[i]);
	for (uint32_t i = 0; i < e->len; i++)
		for (int p = 0; p < ESTIMATE_POLICIES; p++)
			rt_free(e->samples[i].wants[p]);
	rt_free(e->groups);
	rt_free(e->samples);
	rt_free(e->delays);
	rt_free(e);
	*slot = NULL;
}

/* ---- a round ------------------------------------------------------------- */

/* ESTIMATE_RESOURCES: not one that is looked at.  Memory is what Ray asks for
 * least and counts worst. */
static uint32_t find_resource(struct estimate *e, const char *name, bool add)
{
	uint32_t i = 0;

	while (i < e->resources_len && strcmp(e->resources[i], name) != 0)
		i++;
	if (i < e->resources_len)
		return i;
	if (!add || i == ESTIMATE_RESOURCES || strcmp(name, "memory") == 0)
		return ESTIMATE_RESOURCES;
	e->resources[i] = rt_strdup(name);
	return e->resources_len++;
}

static void add_res(struct estimate *e, const struct rt_name_table *names,
		    struct rt_res res, double times,
		    double sums[ESTIMATE_RESOURCES])
{
	for (uint32_t i = 0; i < res.len; i++) {
		uint32_t r =
			find_resource(e, names->text[res.at[i].name], false);
		if (r < ESTIMATE_RESOURCES)
			sums[r] += times * (double)res.at[i].units / RT_UNITS;
	}
}

static uint32_t find_group(struct estimate *e, const struct rt_snapshot *s,
			   const struct rt_group *group)
{
	uint32_t g = 0;

	while (g < e->groups_len && strcmp(e->groups[g].name, group->name) != 0)
		g++;
	if (g == e->groups_len) {
		RT_GROW(e->groups, e->groups_len, e->groups_cap);
		e->groups[e->groups_len++] =
			(struct group){ .name = rt_strdup(group->name) };
	}
	for (uint32_t i = 0; i < group->res.len; i++)
		find_resource(e, s->names.text[group->res.at[i].name], true);
	memset(e->groups[g].has, 0, sizeof e->groups[g].has);
	add_res(e, &s->names, group->res, 1, e->groups[g].has);
	if (group->price > 0)
		e->groups[g].price = group->price;
	return g;
}

static void add_request(struct estimate *e, const struct rt_snapshot *s,
			struct rt_res res, double count, struct sample *sample,
			double asked[ESTIMATE_RESOURCES])
{
	double one[ESTIMATE_RESOURCES] = { 0 };

	add_res(e, &s->names, res, 1, one);
	for (uint32_t r = 0; r < e->resources_len; r++) {
		sample->demand[r] += count * one[r];
		sample->size[r] += count * one[r];
		asked[r] += one[r] > 0 ? count : 0;
	}
	sample->waiting += count;
}

/* Requests that wait, and the mean of what they ask for. */
static void add_waiting(struct estimate *e, const struct rt_snapshot *s,
			const struct rt_demand *demand, struct sample *sample)
{
	double asked[ESTIMATE_RESOURCES] = { 0 };

	for (uint32_t i = 0; i < demand->tasks_len; i++)
		add_request(e, s, demand->tasks[i].res,
			    (double)demand->tasks[i].count, sample, asked);
	for (uint32_t i = 0; i < demand->gangs_len; i++)
		for (uint32_t b = 0; b < demand->gangs[i].len; b++)
			add_request(e, s, demand->gangs[i].bundles[b].res, 1,
				    sample, asked);
	for (uint32_t r = 0; r < e->resources_len; r++) {
		if (asked[r] > 0)
			e->size[r] = sample->size[r] / asked[r];
		sample->size[r] = e->size[r];
	}
}

static void add_demand(struct estimate *e, const struct rt_snapshot *s,
		       const struct rt_observation *obs, struct sample *sample)
{
	for (uint32_t i = 0; i < obs->ray_nodes_len; i++) {
		const struct rt_ray_node *node = &obs->ray_nodes[i];
		if (node->status == RT_RAY_DEAD)
			continue;
		add_res(e, &s->names, node->total, 1, sample->demand);
		add_res(e, &s->names, node->available, -1, sample->demand);
		if (strcmp(node->group, s->groups[0].name) == 0)
			add_res(e, &s->names, node->total, 1, sample->head);
	}
	add_waiting(e, s, &obs->demand, sample);
}

void estimate_add(struct estimate *e, const struct rt_observation *obs,
		  const struct rt_decision *const decisions[ESTIMATE_POLICIES])
{
	struct sample sample = { .at_s = (double)obs->now_ms / 1000 };

	for (int p = 0; p < ESTIMATE_POLICIES; p++) {
		const struct rt_snapshot *s = decisions[p]->snapshot;
		for (uint32_t g = 1; g < s->groups_len; g++)
			find_group(e, s, &s->groups[g]);
	}
	sample.len = e->groups_len;
	for (int p = 0; p < ESTIMATE_POLICIES; p++) {
		const struct rt_snapshot *s = decisions[p]->snapshot;
		sample.wants[p] = rt_calloc(sample.len + 1, sizeof(int64_t));
		for (uint32_t g = 1; g < s->groups_len; g++)
			sample.wants[p][find_group(e, s, &s->groups[g])] =
				rt_decision_target(decisions[p], g);
	}
	if (decisions[0]->snapshot->groups_len)
		add_demand(e, decisions[0]->snapshot, obs, &sample);
	RT_GROW(e->samples, e->len, e->cap);
	e->samples[e->len++] = sample;
}

void estimate_watch(struct estimate *e, const struct rt_instances *table,
		    int64_t now_ms)
{
	for (uint32_t i = 0; i < table->len; i++) {
		const struct rt_instance *one = table->at[i];
		if (one->is_head || one->status != RT_NODE_RAY_RUNNING ||
		    one->since_ms != now_ms || one->asked_ms == now_ms)
			continue;
		RT_GROW(e->delays, e->delays_len, e->delays_cap);
		e->delays[e->delays_len++] =
			(double)(now_ms - one->asked_ms) / 1000;
	}
}

/* ---- the end ------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double estimate_delay_s(const struct estimate *e, double otherwise_s)
{
	if (!e->delays_len)
		return otherwise_s;
	qsort(e->delays, e->delays_len, sizeof *e->delays, compare);
	return e->delays[e->delays_len / 2];
}

static int64_t wants(const struct sample *sample, int policy, uint32_t group)
{
	return group < sample->len ? sample->wants[policy][group] : 0;
}

/* Nodes that were wanted at `i` and all the time before it in which they were
 * to come; what was wanted at the beginning was there. */
static int64_t useful(const struct estimate *e, uint32_t i, int policy,
		      uint32_t group, double delay_s)
{
	double from_s = e->samples[i].at_s - delay_s;
	int64_t least = wants(&e->samples[i], policy, group);

	while (i > 0 && e->samples[i].at_s > from_s) {
		int64_t before = wants(&e->samples[--i], policy, group);
		if (before < least)
			least = before;
	}
	return least;
}

static double span_s(const struct estimate *e, uint32_t i)
{
	double s = i + 1 < e->len ? e->samples[i + 1].at_s - e->samples[i].at_s
				  : 0;

	return s < GAP_S ? s : 0;
}

static void sum_sample(const struct estimate *e, uint32_t i, int policy,
		       double delay_s, struct estimate_sums *sums)
{
	const struct sample *sample = &e->samples[i];
	double hours = span_s(e, i) / HOUR_S, waiting = 0;
	double room[ESTIMATE_RESOURCES];

	memcpy(room, sample->head, sizeof room);
	for (uint32_t g = 0; g < sample->len; g++) {
		double nodes = (double)wants(sample, policy, g);
		double there = (double)useful(e, i, policy, g, delay_s);
		sums->node_hours += hours * nodes;
		sums->cost += hours * nodes * e->groups[g].price;
		for (uint32_t r = 0; r < e->resources_len; r++)
			room[r] += there * e->groups[g].has[r];
	}
	for (uint32_t r = 0; r < e->resources_len; r++) {
		double lacks = sample->demand[r] - room[r];
		if (lacks <= 0)
			continue;
		sums->unmet_hours[r] += hours * lacks;
		if (sample->size[r] > 0 && lacks / sample->size[r] > waiting)
			waiting = lacks / sample->size[r];
	}
	sums->waiting_hours += hours * waiting;
}

void estimate_sum(const struct estimate *e, double delay_s,
		  struct estimate_sums sums[ESTIMATE_POLICIES])
{
	for (int p = 0; p < ESTIMATE_POLICIES; p++) {
		sums[p] = (struct estimate_sums){ 0 };
		for (uint32_t i = 0; i < e->len; i++)
			sum_sample(e, i, p, delay_s, &sums[p]);
	}
}

const char *estimate_resource(const struct estimate *e, uint32_t i)
{
	return i < e->resources_len ? e->resources[i] : NULL;
}

double estimate_hours(const struct estimate *e)
{
	double seconds = 0;

	for (uint32_t i = 0; i < e->len; i++)
		seconds += span_s(e, i);
	return seconds / HOUR_S;
}

double estimate_waited_hours(const struct estimate *e)
{
	double hours = 0;

	for (uint32_t i = 0; i < e->len; i++)
		hours += span_s(e, i) / HOUR_S * e->samples[i].waiting;
	return hours;
}
