/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter.c - what there is changes at instants and holds between them, so the
 * sums are exact: level times time.  Totals are kept as whole numbers and
 * ten-thousandths apart: no rounding creeps in, however often tasks come and
 * go, and the bytes of a large cluster do not overflow.
 */
#include "sim/meter.h"

#include <math.h>
#include <string.h>

#include "core/model/res.h"

struct total {
	int64_t whole, parts;
};

struct column {
	struct total demand, used, capacity, charged;
	struct sim_sums sums, at_end;
	double grid_demand, grid_capacity; /* when an interval last began */
};

struct sim_meter {
	const struct rt_raycluster *cluster;
	bool with_head;
	double interval_s;
	const struct sim_watch *watch; /* or NULL */
	uint32_t names_len;
	uint32_t *column_of; /* by name; UINT32_MAX: none */
	uint32_t columns_len;
	struct column *columns;
	struct sim_levels levels; /* at_s: of the last change */
	bool changed;             /* at this instant */
	bool ended;               /* a task, at this instant */
	bool begun;               /* a task was submitted */
	double first_s;
	double interval;  /* the number of the next one that begins */
	bool seen_one;    /* the first has begun: others can be held to it */
	double intervals; /* that have ended */
	double end_s, end_intervals;
	bool *shrunk; /* by group */
	uint64_t oscillations;
};

static double value(struct total total)
{
	return (double)total.whole + (double)total.parts / RT_UNITS;
}

static void add(struct total *total, int64_t units, int sign)
{
	total->whole += sign * (units / RT_UNITS);
	total->parts += sign * (units % RT_UNITS);
}

/* ---- the start ---------------------------------------------------------- */

static bool counts(const struct sim_meter *m, uint32_t group)
{
	return m->with_head || !m->cluster->groups[group].is_head;
}

/* A column for each resource that a node has, in byte order. */
static void add_columns(struct sim_meter *m, struct rt_arena *arena,
			struct rt_names *names)
{
	struct rt_res_builder b = { .arena = arena, .names = names };
	const struct rt_raycluster *c = m->cluster;

	for (uint32_t g = 0; g < c->groups_len; g++)
		for (uint32_t i = 0; counts(m, g) && i < c->groups[g].res.len;
		     i++)
			rt_res_add(&b,
				   rt_name_text(names,
						c->groups[g].res.at[i].name),
				   0);
	struct rt_res all = rt_res_build(&b);
	m->names_len = rt_names_len(names);
	m->column_of = RT_ARENA_ARRAY(arena, uint32_t, m->names_len);
	memset(m->column_of, 0xff, m->names_len * sizeof *m->column_of);
	m->columns_len = all.len;
	m->columns = RT_ARENA_ARRAY(arena, struct column, all.len);
	m->levels.resources_len = all.len;
	m->levels.resources =
		RT_ARENA_ARRAY(arena, struct sim_resource_level, all.len);
	for (uint32_t i = 0; i < all.len; i++) {
		struct sim_sums *sums = &m->columns[i].sums;
		m->column_of[all.at[i].name] = i;
		sums->name = rt_name_text(names, all.at[i].name);
		m->levels.resources[i].name = sums->name;
		for (uint32_t g = 0; g < c->groups_len; g++)
			if (counts(m, g))
				sums->most +=
					(double)c->groups[g].max_nodes *
					(double)rt_res_get(c->groups[g].res,
							   all.at[i].name) /
					RT_UNITS;
		m->columns[i].at_end = *sums;
	}
}

struct sim_meter *sim_meter_new(struct rt_arena *arena,
				const struct rt_raycluster *cluster,
				struct rt_names *names, bool with_head,
				double interval_s,
				const struct sim_watch *watch)
{
	struct sim_meter *m = RT_ARENA_NEW(arena, struct sim_meter);
	uint32_t groups_len = cluster->groups_len;

	m->cluster = cluster;
	m->with_head = with_head;
	m->interval_s = interval_s;
	m->watch = watch;
	m->shrunk = RT_ARENA_ARRAY(arena, bool, groups_len);
	m->levels.groups_len = groups_len;
	m->levels.groups =
		RT_ARENA_ARRAY(arena, struct sim_group_level, groups_len);
	for (uint32_t g = 0; g < groups_len; g++)
		m->levels.groups[g].name = cluster->groups[g].name;
	add_columns(m, arena, names);
	return m;
}

/* ---- time --------------------------------------------------------------- */

/* The instant is over: what holds from now on is known. */
static void settle(struct sim_meter *m)
{
	for (uint32_t i = 0; m->changed && i < m->columns_len; i++) {
		struct sim_resource_level *level = &m->levels.resources[i];
		level->demand = value(m->columns[i].demand);
		level->used = value(m->columns[i].used);
		level->capacity = value(m->columns[i].capacity);
	}
	if (m->changed && m->watch && m->watch->levels)
		m->watch->levels(m->watch->to, &m->levels);
	for (uint32_t i = 0; m->ended && i < m->columns_len; i++)
		m->columns[i].at_end = m->columns[i].sums;
	if (m->ended) {
		m->end_s = m->levels.at_s;
		m->end_intervals = m->intervals;
	}
	m->changed = m->ended = false;
}

static int sign(double x)
{
	return (x > 0) - (x < 0);
}

/* Intervals begin at multiples of their length.  Of those that begin before
 * `to_s` only the first can have seen a change. */
static void pass_intervals(struct sim_meter *m, double to_s)
{
	if (m->interval * m->interval_s >= to_s)
		return;
	double next = ceil(to_s / m->interval_s);
	bool first = !m->seen_one;

	for (uint32_t i = 0; i < m->columns_len; i++) {
		const struct sim_resource_level *level =
			&m->levels.resources[i];
		struct column *c = &m->columns[i];
		if (!first && sign(level->demand - c->grid_demand) !=
				      sign(level->capacity - c->grid_capacity))
			c->sums.unstable++;
		c->grid_demand = level->demand;
		c->grid_capacity = level->capacity;
	}
	m->intervals += next - m->interval - first;
	m->interval = next;
	m->seen_one = true;
}

static void sum_up(struct column *c, const struct sim_resource_level *level,
		   double s, bool begun)
{
	double missing = level->demand - level->capacity;
	double demand = fmax(level->demand, 1);

	c->sums.used += level->used * s;
	c->sums.capacity += level->capacity * s;
	c->sums.charged += value(c->charged) * s;
	if (!begun)
		return;
	if (missing > 0) {
		c->sums.under += missing / demand * s;
		c->sums.under_s += s;
	} else if (missing < 0) {
		c->sums.over -= missing / demand * s;
		c->sums.over_s += s;
	}
}

static void advance(struct sim_meter *m, double to_s)
{
	double s = to_s - m->levels.at_s;

	if (s <= 0)
		return;
	settle(m);
	if (m->begun)
		pass_intervals(m, to_s);
	for (uint32_t i = 0; i < m->columns_len; i++)
		sum_up(&m->columns[i], &m->levels.resources[i], s, m->begun);
	m->levels.at_s = to_s;
}

/* ---- news --------------------------------------------------------------- */

static void tell(const struct sim_meter *m, const struct sim_news *news)
{
	if (m->watch && m->watch->news)
		m->watch->news(m->watch->to, news);
}

static struct column *column(struct sim_meter *m, uint32_t name)
{
	uint32_t i = name < m->names_len ? m->column_of[name] : UINT32_MAX;

	return i == UINT32_MAX ? NULL : &m->columns[i];
}

static void begin(struct sim_meter *m)
{
	m->begun = true;
	m->first_s = m->levels.at_s;
	m->interval = ceil(m->first_s / m->interval_s);
}

void sim_meter_task(struct sim_meter *m, const struct sim_news *news)
{
	bool starts = news->kind == SIM_NEWS_STARTED;
	bool ends = news->kind == SIM_NEWS_ENDED || news->kind == SIM_NEWS_LOST;

	advance(m, news->at_s);
	tell(m, news);
	if (news->kind == SIM_NEWS_REJECTED)
		return;
	if (!m->begun)
		begin(m);
	m->levels.waiting += !starts && !ends;
	m->levels.waiting -= starts;
	m->levels.running += starts;
	m->levels.running -= ends;
	m->changed = true;
	m->ended |= news->kind == SIM_NEWS_ENDED;
}

void sim_meter_load(struct sim_meter *m, enum sim_news_kind kind,
		    struct rt_res res, int64_t count)
{
	bool starts = kind == SIM_NEWS_STARTED;
	bool ends = kind == SIM_NEWS_ENDED || kind == SIM_NEWS_LOST;

	if (kind == SIM_NEWS_REJECTED)
		return;
	for (uint32_t i = 0; i < res.len; i++) {
		struct column *c = column(m, res.at[i].name);
		int64_t units = count * res.at[i].units;
		if (!c)
			continue;
		if (!starts)
			add(&c->demand, units, ends ? -1 : 1);
		if (starts || ends)
			add(&c->used, units, ends ? -1 : 1);
	}
}

static bool runs_tasks(enum sim_node_state state)
{
	return state == SIM_UP || state == SIM_DRAINING;
}

void sim_meter_node(struct sim_meter *m, const struct sim_news *news,
		    enum sim_node_state before)
{
	uint32_t *nodes = m->levels.groups[news->group_place].nodes;
	struct rt_res res = m->cluster->groups[news->group_place].res;
	int up = runs_tasks(news->state) - runs_tasks(before);
	int there = (news->state != SIM_GONE) - (before != SIM_GONE);

	advance(m, news->at_s);
	tell(m, news);
	if (before != SIM_GONE)
		nodes[before]--;
	if (news->state != SIM_GONE)
		nodes[news->state]++;
	for (uint32_t i = 0; i < res.len && counts(m, news->group_place); i++) {
		struct column *c = column(m, res.at[i].name);
		add(&c->capacity, res.at[i].units, up);
		add(&c->charged, res.at[i].units, there);
	}
	m->oscillations +=
		news->state == SIM_STARTING && m->shrunk[news->group_place];
	if (there)
		m->shrunk[news->group_place] = there < 0;
	m->changed = true;
}

void sim_meter_round(struct sim_meter *m, const struct sim_news *news)
{
	advance(m, news->at_s);
	tell(m, news);
}

void sim_meter_close(struct sim_meter *m)
{
	settle(m);
}

/* ---- what it came to ---------------------------------------------------- */

struct sim_sums sim_meter_sums(const struct sim_meter *m, const char *resource)
{
	for (uint32_t i = 0; i < m->columns_len; i++)
		if (strcmp(m->columns[i].at_end.name, resource) == 0)
			return m->columns[i].at_end;
	return (struct sim_sums){ 0 };
}

/* Bytes are no unit to miss one of. */
static bool is_memory(const char *name)
{
	return strcmp(name, "memory") == 0 ||
	       strcmp(name, "object_store_memory") == 0;
}

struct sim_sums sim_meter_scarcest(const struct sim_meter *m)
{
	struct sim_sums scarcest = { 0 };

	for (uint32_t i = 0; i < m->columns_len; i++) {
		const struct sim_sums *sums = &m->columns[i].at_end;
		if (is_memory(sums->name) || sums->most <= 0)
			continue;
		if (!scarcest.name ||
		    sums->used / sums->most > scarcest.used / scarcest.most)
			scarcest = *sums;
	}
	return scarcest;
}

double sim_meter_elapsed(const struct sim_meter *m)
{
	return m->end_s - m->first_s;
}

double sim_meter_intervals(const struct sim_meter *m)
{
	return m->end_intervals;
}

uint64_t sim_meter_oscillations(const struct sim_meter *m)
{
	return m->oscillations;
}
