/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - an actor's demand and start come from the task that created it,
 * its end from the table of actors.  An actor that lives, and what a job that
 * lives holds, are taken to end with the last thing that was seen.
 */
#include "traces/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"

#define NS_PER_US 1e3
#define US_PER_S 1e6

/* ---- looking up --------------------------------------------------------- */

/* Lists that are looked up begin with their key. */
static int by_key(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_by_key(void *at, uint32_t len, size_t size)
{
	if (len > 0)
		qsort(at, len, size, by_key);
}

static void *find(const char *key, void *at, uint32_t len, size_t size)
{
	return len > 0 ? bsearch(&key, at, len, size, by_key) : NULL;
}

/* The actor that a task creates. */
static struct record_actor *find_actor(const struct recording *rec,
				       const struct record_task *task)
{
	if (task->kind != RECORD_ACTOR)
		return NULL;
	return find(task->actor, rec->actors, rec->actors_len,
		    sizeof *rec->actors);
}

/* "" outside groups and for a group that is not known. */
static const char *find_gang(const struct recording *rec, const char *group)
{
	const struct record_bundle *bundle = find(
		group, rec->bundles, rec->bundles_len, sizeof *rec->bundles);
	return bundle ? bundle->gang : "";
}

static int64_t last_seen(const struct recording *rec)
{
	int64_t last = 0;

	for (uint32_t i = 0; i < rec->tasks_len; i++) {
		const struct record_task *task = &rec->tasks[i];
		const int64_t times[] = { task->demand_ns, task->start_ns,
					  task->end_ns };
		for (size_t k = 0; k < 3; k++)
			if (times[k] > last)
				last = times[k];
	}
	return last;
}

/* ---- resources ---------------------------------------------------------- */

/* In a placement group Ray asks for "CPU_group_<id>" (of any bundle), for
 * "CPU_group_<index>_<id>" and for a trace of "bundle_group_<id>". */
static struct rt_res ungrouped(struct recording *rec, struct rt_res res,
			       const char *group)
{
	struct rt_res_builder own = { .arena = rec->arena,
				      .names = rec->names };
	const char *suffix = rt_arena_printf(rec->arena, "_group_%s", group);
	size_t suffix_len = strlen(suffix);

	for (uint32_t i = 0; i < res.len; i++) {
		const char *name = rt_name_text(rec->names, res.at[i].name);
		size_t len = strlen(name);
		if (len <= suffix_len ||
		    strcmp(name + len - suffix_len, suffix) != 0)
			continue;
		name = rt_arena_strndup(rec->arena, name, len - suffix_len);
		if (strcmp(name, "bundle") != 0)
			rt_res_add(&own, name, res.at[i].units);
	}
	return rt_res_build(&own);
}

/* What a task or an actor asks for itself. */
static struct rt_res own_res(struct recording *rec, struct rt_res res,
			     const char *group)
{
	if (!*group)
		return res;
	if (*find_gang(rec, group)) /* its bundles hold it */
		return (struct rt_res){ 0 };
	return ungrouped(rec, res, group);
}

/* ---- rows --------------------------------------------------------------- */

struct maker {
	struct recording *rec;
	struct record_rows *out;
	int64_t last_ns; /* the latest time of all */
};

/* Submission times are those of the clock until all rows are there. */
static void add_row(struct maker *m, struct record_row row, int64_t start_ns,
		    int64_t end_ns)
{
	struct record_rows *out = m->out;

	row.duration_ns = end_ns > start_ns ? end_ns - start_ns : 0;
	RT_ARENA_GROW(m->rec->arena, out->at, out->len, out->cap);
	out->at[out->len++] = row;
}

/* When what a job holds is given back. */
static int64_t job_end(const struct maker *m, const char *id)
{
	const struct record_job *job =
		find(id, m->rec->jobs, m->rec->jobs_len, sizeof *m->rec->jobs);

	return job && job->end_ns ? job->end_ns : m->last_ns;
}

/* Counts what has no start or no end. */
static bool has_run(struct maker *m, int64_t start_ns, int64_t end_ns)
{
	if (start_ns && end_ns)
		return true;
	if (end_ns)
		m->out->unstarted++;
	else
		m->out->unfinished++;
	return false;
}

static void add_task(struct maker *m, const struct record_task *task)
{
	struct recording *rec = m->rec;

	if (!has_run(m, task->start_ns, task->end_ns))
		return;
	struct record_row row = {
		.kind = "task",
		.id = task->id,
		.name = task->name,
		.gang = find_gang(rec, task->group),
		.res = own_res(rec, task->res, task->group),
		.labels = task->labels,
		.submit_ns = task->demand_ns,
	};
	if (task->attempt > 0)
		row.id = rt_arena_printf(rec->arena, "%s#%lld", task->id,
					 (long long)task->attempt);
	m->out->tasks++;
	m->out->failed += task->failed;
	add_row(m, row, task->start_ns, task->end_ns);
}

static void add_actor(struct maker *m, const struct record_actor *actor)
{
	struct recording *rec = m->rec;
	int64_t start = actor->start_ns ? actor->start_ns : actor->alive_ns;
	int64_t end = actor->end_ns;

	if (start && !end)
		end = m->last_ns;
	if (!has_run(m, start, end))
		return;
	struct record_row row = {
		.kind = "actor",
		.id = actor->id,
		.name = actor->name,
		.gang = find_gang(rec, actor->group),
		.res = own_res(rec, actor->res, actor->group),
		.labels = actor->labels,
		.submit_ns = actor->start_ns ? actor->demand_ns : start,
	};
	m->out->actors++;
	add_row(m, row, start, end);
}

/* A placement group: bundles that stand together, the first of them tells what
 * is the same in all. */
static void add_gang(struct maker *m, const struct record_bundle *bundles,
		     uint32_t len)
{
	int64_t start = bundles->start_ns;
	int64_t end = start ? job_end(m, bundles->job) : 0;

	if (!has_run(m, start, end))
		return;
	struct record_row row = {
		.kind = "gang",
		.id = bundles->group,
		.name = bundles->name,
		.gang = bundles->gang,
		.strategy = bundles->strategy,
		.bundles_len = len,
		.bundles = bundles,
		.submit_ns = bundles->demand_ns,
	};
	m->out->gangs++;
	add_row(m, row, start, end);
}

static void add_gangs(struct maker *m)
{
	const struct record_bundle *at = m->rec->bundles;
	uint32_t len = m->rec->bundles_len;

	for (uint32_t i = 0, n; i < len; i += n) {
		for (n = 1; i + n < len; n++)
			if (strcmp(at[i].group, at[i + n].group) != 0)
				break;
		add_gang(m, &at[i], n);
	}
}

static int by_group(const void *a, const void *b)
{
	const struct record_bundle *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	if (order)
		return order;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* ---- actors ------------------------------------------------------------- */

/* The first attempt that ran tells when the actor began. */
static void created(struct record_actor *actor, const struct record_task *task)
{
	if (!task->start_ns ||
	    (actor->start_ns && actor->start_ns <= task->start_ns))
		return;
	actor->demand_ns = task->demand_ns;
	actor->start_ns = task->start_ns;
	actor->res = task->res;
	actor->labels = task->labels;
	actor->group = task->group;
	if (!*actor->name)
		actor->name = task->name;
}

/* Joins the table with the tasks that created; actors that only these name are
 * added to it. */
static void join_actors(struct recording *rec)
{
	uint32_t in_table = rec->actors_len;

	sort_by_key(rec->actors, in_table, sizeof *rec->actors);
	for (uint32_t i = 0; i < rec->tasks_len; i++) {
		const struct record_task *task = &rec->tasks[i];
		if (task->kind != RECORD_ACTOR || task->attempt > 0 ||
		    find(task->actor, rec->actors, in_table,
			 sizeof *rec->actors))
			continue;
		RT_ARENA_GROW(rec->arena, rec->actors, rec->actors_len,
			      rec->actors_cap);
		rec->actors[rec->actors_len++] = (struct record_actor){
			.id = task->actor,
			.name = task->name,
			.job = task->job,
			.group = task->group,
		};
	}
	sort_by_key(rec->actors, rec->actors_len, sizeof *rec->actors);
	for (uint32_t i = 0; i < rec->tasks_len; i++) {
		struct record_actor *actor = find_actor(rec, &rec->tasks[i]);
		if (actor)
			created(actor, &rec->tasks[i]);
	}
}

/* ---- all of it ---------------------------------------------------------- */

static void add_tasks(struct maker *m)
{
	for (uint32_t i = 0; i < m->rec->tasks_len; i++) {
		const struct record_task *task = &m->rec->tasks[i];
		switch (task->kind) {
		case RECORD_TASK:
			add_task(m, task);
			break;
		case RECORD_CALL:
			m->out->calls++;
			break;
		case RECORD_ACTOR: /* joined with its actor */
		case RECORD_DRIVER:
			break;
		}
	}
}

static int by_submission(const void *a, const void *b)
{
	const struct record_row *x = a, *y = b;

	if (x->submit_ns != y->submit_ns)
		return x->submit_ns < y->submit_ns ? -1 : 1;
	return strcmp(x->id, y->id);
}

enum rt_status record_rows(struct recording *rec, struct record_rows *out,
			   struct rt_error *err)
{
	struct maker m = { rec, out, last_seen(rec) };

	*out = (struct record_rows){ 0 };
	sort_by_key(rec->jobs, rec->jobs_len, sizeof *rec->jobs);
	if (rec->bundles_len > 0)
		qsort(rec->bundles, rec->bundles_len, sizeof *rec->bundles,
		      by_group);
	join_actors(rec);
	add_tasks(&m);
	for (uint32_t i = 0; i < rec->actors_len; i++)
		add_actor(&m, &rec->actors[i]);
	add_gangs(&m);
	if (rec->tasks_len == 0)
		return rt_fail(err, RT_EINPUT,
			       "no task came back; has there been work, and "
			       "does the head keep task events?");
	if (out->len == 0)
		return rt_fail(err, RT_EINPUT,
			       "none of %u attempts of tasks has run to its "
			       "end; record after the work",
			       rec->tasks_len);
	qsort(out->at, out->len, sizeof *out->at, by_submission);
	int64_t first = out->at[0].submit_ns;
	for (uint32_t i = 0; i < out->len; i++)
		out->at[i].submit_ns -= first;
	return RT_OK;
}

/* ---- encoding ----------------------------------------------------------- */

/* To the microsecond: no run repeats itself more exactly. */
static double seconds(int64_t ns)
{
	return floor((double)ns / NS_PER_US + 0.5) / US_PER_S;
}

static cJSON *encode_res(const struct rt_names *names, struct rt_res res)
{
	cJSON *object = cJSON_CreateObject();

	for (uint32_t i = 0; i < res.len; i++)
		cJSON_AddItemToObject(object,
				      rt_name_text(names, res.at[i].name),
				      rt_json_from_units(res.at[i].units));
	return object;
}

static cJSON *encode_labels(const struct rt_names *names,
			    struct rt_labels labels)
{
	cJSON *object = cJSON_CreateObject();

	for (uint32_t i = 0; i < labels.len; i++)
		cJSON_AddStringToObject(
			object, rt_name_text(names, labels.at[i].key),
			rt_name_text(names, labels.at[i].value));
	return object;
}

/* What it asks for, as members of the object. */
static void encode_ask(cJSON *object, const struct rt_names *names,
		       struct rt_res res, struct rt_labels labels)
{
	cJSON_AddItemToObject(object, "resources", encode_res(names, res));
	if (labels.len > 0)
		cJSON_AddItemToObject(object, "label_selector",
				      encode_labels(names, labels));
}

static void encode_bundles(cJSON *line, const struct rt_names *names,
			   const struct record_row *row)
{
	cJSON *bundles = cJSON_AddArrayToObject(line, "bundles");

	for (uint32_t i = 0; i < row->bundles_len; i++) {
		cJSON *bundle = cJSON_CreateObject();
		encode_ask(bundle, names, row->bundles[i].res,
			   row->bundles[i].labels);
		cJSON_AddItemToArray(bundles, bundle);
	}
	cJSON_AddStringToObject(line, "strategy", row->strategy);
}

cJSON *record_row_encode(const struct recording *rec,
			 const struct record_row *row)
{
	cJSON *line = cJSON_CreateObject();

	cJSON_AddNumberToObject(line, "submit_s", seconds(row->submit_ns));
	cJSON_AddNumberToObject(line, "duration_s", seconds(row->duration_ns));
	if (row->bundles_len > 0)
		encode_bundles(line, rec->names, row);
	else
		encode_ask(line, rec->names, row->res, row->labels);
	cJSON_AddStringToObject(line, "kind", row->kind);
	cJSON_AddStringToObject(line, "name", row->name);
	cJSON_AddStringToObject(line, "id", row->id);
	if (*row->gang)
		cJSON_AddStringToObject(line, "gang", row->gang);
	return line;
}
