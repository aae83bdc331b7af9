/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raylet.c - ticks and looks at processes are events only where there is
 * something to tell, or to end.
 */
#include "sim/raylet.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/model/res.h"

#define TICK_S 0.1 /* raylet_report_resources_period_milliseconds */
#define REAP_S 0.2 /* processes are looked at so often, */
#define IDLE_S 1   /* and may be idle for so long */

struct sim_raylet *sim_raylet_new(const struct sim_world *w,
				  const struct sim_node *node)
{
	uint32_t len = w->cluster.groups[node->group].res.len;
	struct sim_raylet *r = rt_calloc(1, sizeof *r);
	struct rt_rng rng =
		rt_rng_open(w->conf->seed, "raylet ticks", node->order);

	r->told = rt_calloc(len, sizeof *r->told);
	r->headed = rt_calloc(len, sizeof *r->headed);
	r->phase_s = TICK_S * rt_rng_unit(&rng);
	return r;
}

void sim_raylet_free(struct sim_raylet **r)
{
	rt_free((*r)->shares);
	rt_free((*r)->idle_s);
	rt_free((*r)->told);
	rt_free((*r)->headed);
	rt_free(*r);
	*r = NULL;
}

/* ---- what others know ---------------------------------------------------- */

void sim_raylet_tell(const struct sim_world *w, const struct sim_node *node)
{
	struct sim_raylet *r = node->raylet;

	for (uint32_t i = 0; i < w->cluster.groups[node->group].res.len; i++)
		r->told[i] = r->headed[i] = node->free[i];
}

void sim_raylet_want_tick(struct sim_world *w, const struct sim_node *node)
{
	struct sim_raylet *r = node->raylet;
	double ticks = floor((w->now_s - r->phase_s) / TICK_S) + 1;
	double at_s = ticks * TICK_S + r->phase_s;

	if (r->ticks)
		return;
	r->ticks = true;
	sim_evq_push(&w->events,
		     (struct sim_event){ at_s > w->now_s ? at_s : at_s + TICK_S,
					 SIM_LEASE_TICK, node->order });
}

/* ---- requests ------------------------------------------------------------ */

static bool comes_before(const struct sim_shape *a, const struct sim_shape *b)
{
	return a->priority != b->priority ? a->priority > b->priority
					  : a->turn < b->turn;
}

struct sim_share *sim_raylet_share(struct sim_raylet *r,
				   struct sim_shape *shape)
{
	uint32_t i = 0;

	while (i < r->len && r->shares[i].shape != shape)
		i++;
	if (i < r->len)
		return &r->shares[i];
	RT_GROW(r->shares, r->len, r->cap);
	for (i = r->len++; i > 0 && comes_before(shape, r->shares[i - 1].shape);
	     i--)
		r->shares[i] = r->shares[i - 1];
	r->shares[i] = (struct sim_share){ .shape = shape };
	return &r->shares[i];
}

void sim_raylet_take_out(struct sim_raylet *r, struct sim_share *share,
			 uint32_t count)
{
	share->waiting -= count;
	r->waiting -= count;
}

bool sim_raylet_has_share(const struct sim_world *w,
			  const struct sim_node *node,
			  const struct sim_share *share)
{
	const struct sim_raylet *r = node->raylet;
	struct rt_res all = w->cluster.groups[node->group].res;
	uint32_t classes = 0, running = 0;
	double sum = 0;

	if (!rt_res_get(share->shape->res, w->cpu))
		return true;
	for (uint32_t i = 0; i < r->len; i++) {
		const struct sim_share *s = &r->shares[i];
		int64_t cpus = rt_res_get(s->shape->res, w->cpu);
		sum += (double)s->waiting * (double)cpus;
		classes += cpus && s->waiting;
		running += cpus ? s->running : 0;
	}
	return sum <= (double)rt_res_get(all, w->cpu) ||
	       share->running <= running / classes;
}

/* ---- processes ----------------------------------------------------------- */

static uint32_t free_cpus(const struct sim_world *w,
			  const struct sim_node *node)
{
	const struct rt_res left = { w->cluster.groups[node->group].res.len,
				     node->free };

	return (uint32_t)(rt_res_get(left, w->cpu) / RT_UNITS);
}

void sim_raylet_want_reap(struct sim_world *w, const struct sim_node *node)
{
	struct sim_raylet *r = node->raylet;

	if (r->reaps || r->idle_len <= free_cpus(w, node))
		return;
	r->reaps = true;
	sim_evq_push(&w->events,
		     (struct sim_event){ w->now_s + REAP_S, SIM_LEASE_REAP,
					 node->order });
}

void sim_raylet_reap(struct sim_world *w, const struct sim_node *node)
{
	struct sim_raylet *r = node->raylet;
	uint32_t old = 0, most = free_cpus(w, node);

	r->reaps = false;
	while (r->idle_len - old > most && old < r->idle_len &&
	       w->now_s - r->idle_s[old] > IDLE_S)
		old++;
	r->idle_len -= old;
	for (uint32_t i = 0; i < r->idle_len; i++)
		r->idle_s[i] = r->idle_s[i + old];
	sim_raylet_want_reap(w, node);
}

void sim_raylet_put_idle(struct sim_world *w, const struct sim_node *node)
{
	struct sim_raylet *r = node->raylet;

	if (w->conf->settings.worker_start_s <= 0)
		return;
	RT_GROW(r->idle_s, r->idle_len, r->idle_cap);
	r->idle_s[r->idle_len++] = w->now_s;
	sim_raylet_want_reap(w, node);
}
