/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shapes.c - what is asked for, in the names of the controller.  Where
 * priorities count, tasks that ask for the same with another priority are of
 * another shape, so that within a shape it is still first come, first served.
 */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/model/res.h"
#include "core/sched/pack_trial.h"
#include "sim/world.h"

static struct rt_res own_res(struct sim_world *w, struct rt_res res)
{
	struct rt_names *names = w->conf->trace->facts->names;
	struct rt_res_builder b = { .arena = w->arena, .names = w->names };

	for (uint32_t i = 0; i < res.len; i++)
		rt_res_add(&b, rt_name_text(names, res.at[i].name),
			   res.at[i].units);
	return rt_res_build(&b);
}

static uint32_t own_name(struct sim_world *w, uint32_t name)
{
	return rt_name_intern(w->names,
			      rt_name_text(w->conf->trace->facts->names, name));
}

static struct rt_selector own_selector(struct sim_world *w,
				       struct rt_selector selector)
{
	struct rt_label_rule *rules = rt_arena_dup(
		w->arena, selector.rules, selector.len * sizeof *rules);

	for (uint32_t i = 0; i < selector.len; i++) {
		uint32_t *values = rt_arena_dup(w->arena, rules[i].values,
						rules[i].len * sizeof *values);
		for (uint32_t k = 0; k < rules[i].len; k++)
			values[k] = own_name(w, values[k]);
		rules[i].key = own_name(w, rules[i].key);
		rules[i].values = values;
	}
	return (struct rt_selector){ selector.len, rules };
}

static bool selects(const struct sim_shape *shape, const struct rt_group *group)
{
	const struct rt_request request = { .selectors_len = 1,
					    .selectors = &shape->selector };

	return rt_selector_met(&request, group->labels) == 0;
}

static void translate(struct sim_world *w, const struct trace_shape *from,
		      struct sim_shape *shape)
{
	const struct rt_raycluster *c = &w->cluster;

	shape->res = own_res(w, from->res);
	shape->selector = own_selector(w, from->selector);
	shape->holds = RT_ARENA_ARRAY(w->arena, bool, c->groups_len);
	for (uint32_t g = w->head_takes_tasks ? 0 : 1; g < c->groups_len; g++) {
		shape->holds[g] = sim_res_holds(c->groups[g].res, shape->res) &&
				  selects(shape, &c->groups[g]);
		shape->feasible |= shape->holds[g];
	}
}

/* ---- priorities ---------------------------------------------------------- */

/* A task's shape and priority; gangs have theirs in the list of gangs. */
struct class
{
	uint32_t shape, job;
	int64_t priority;
};

static int by_class(const void *a, const void *b)
{
	const struct class *x = a, *y = b;

	if (x->shape != y->shape)
		return x->shape < y->shape ? -1 : 1;
	return (x->priority > y->priority) - (x->priority < y->priority);
}

/* Tasks of another priority than 0, equal ones together. */
static struct class *other_classes(const struct trace *trace, uint32_t *len)
{
	struct class *classes = rt_calloc(trace->jobs_len, sizeof *classes);

	*len = 0;
	for (uint32_t i = 0; i < trace->jobs_len; i++) {
		const struct trace_job *job = trace->jobs[i];
		if (job->priority && job->asks_len &&
		    (job->kind == TRACE_TASK || job->kind == TRACE_ACTOR))
			classes[(*len)++] = (struct class){ job->asks[0].shape,
							    i, job->priority };
	}
	qsort(classes, *len, sizeof *classes, by_class);
	return classes;
}

/* Gives each of them a shape behind those of the trace; how many there are. */
static uint32_t add_classes(struct sim_world *w, const struct class *classes,
			    uint32_t len, struct sim_shape *shapes,
			    uint32_t shapes_len)
{
	for (uint32_t i = 0; i < len; i++) {
		if (i == 0 || by_class(&classes[i - 1], &classes[i]) != 0) {
			shapes[shapes_len] = shapes[classes[i].shape];
			shapes[shapes_len++].priority = classes[i].priority;
		}
		w->classes[classes[i].job] = shapes_len - 1;
	}
	return shapes_len;
}

void sim_shapes_init(struct sim_world *w)
{
	const struct trace *trace = w->conf->trace;
	const struct trace_facts *facts = trace->facts;
	struct rt_rng rng = rt_rng_open(w->conf->seed, "order of classes", 0);
	struct class *classes = NULL;
	uint32_t len = facts->shapes_len, more = 0;

	if (w->conf->settings.priorities)
		classes = other_classes(trace, &more);
	struct sim_shape *shapes =
		RT_ARENA_ARRAY(w->arena, struct sim_shape, len + more);
	for (uint32_t i = 0; i < len; i++) {
		translate(w, &facts->shapes[i], &shapes[i]);
		shapes[i].turn = rt_rng_u64(&rng);
	}
	if (more) {
		w->classes = rt_calloc(trace->jobs_len, sizeof *w->classes);
		for (uint32_t i = 0; i < trace->jobs_len; i++)
			if (trace->jobs[i]->asks_len)
				w->classes[i] = trace->jobs[i]->asks[0].shape;
		len = add_classes(w, classes, more, shapes, len);
	}
	rt_free(classes);
	sim_queue_init(&w->queue, shapes, len, w->jobs_len);
	w->queue.always_select = w->conf->settings.observe == SIM_OBSERVE_GCS;
	w->candidates = RT_ARENA_ARRAY(w->arena, uint32_t, len);
}

struct sim_shape *sim_job_shape(const struct sim_world *w, uint32_t job,
				uint32_t ask)
{
	const struct trace_job *it = w->conf->trace->jobs[job];

	if (w->classes && (it->kind == TRACE_TASK || it->kind == TRACE_ACTOR))
		return &w->queue.shapes[w->classes[job]];
	return &w->queue.shapes[it->asks[ask].shape];
}

int64_t sim_job_priority(const struct sim_world *w, uint32_t job)
{
	return w->conf->settings.priorities
		       ? w->conf->trace->jobs[job]->priority
		       : 0;
}
