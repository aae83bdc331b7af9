/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leases.c - requests are counted, not kept, but for those that are on their
 * way: for each shape how many are asked for, for each node how many of which
 * shape wait there.  A raylet tells of what it has left at its tick, if that
 * has changed.
 */
#include "sim/leases.h"

#include "core/base/mem.h"
#include "core/model/res.h"
#include "sim/hybrid.h"
#include "sim/raylet.h"

#define HOP_S 0.002 /* of a request, or of a worker that goes back */
#define KEPT_S 0.5  /* worker_lease_timeout_milliseconds */
/* Asked for at a time for one shape; or one for each node. */
#define REQUESTS_MIN 10

/* On its way to a node, or back from it. */
struct parcel {
	uint32_t shape, node; /* orders */
	uint32_t next;        /* of those that are spare */
};

struct sim_leases {
	uint32_t shapes_len;
	uint32_t *asked;    /* by shape: requests that are out */
	uint32_t *homeless; /* by shape: requests that no node can hold */
	double *granted_s;  /* by job: when its worker was leased */
	uint32_t len, cap, spare;
	struct parcel *parcels;
	uint32_t found_cap;
	struct sim_choice *found;
};

struct sim_leases *sim_leases_new(const struct sim_world *w)
{
	struct sim_leases *l = rt_calloc(1, sizeof *l);

	l->shapes_len = w->queue.shapes_len;
	l->asked = rt_calloc(l->shapes_len, sizeof *l->asked);
	l->homeless = rt_calloc(l->shapes_len, sizeof *l->homeless);
	l->granted_s = rt_calloc(w->jobs_len, sizeof *l->granted_s);
	l->spare = SIM_NONE;
	return l;
}

void sim_leases_free(struct sim_world *w)
{
	struct sim_leases *l = w->leasing;

	if (!l)
		return;
	for (uint32_t i = 0; i < w->nodes_len; i++)
		if (w->nodes[i]->raylet)
			sim_raylet_free(&w->nodes[i]->raylet);
	rt_free(l->parcels);
	rt_free(l->found);
	rt_free(l->asked);
	rt_free(l->homeless);
	rt_free(l->granted_s);
	rt_free(l);
	w->leasing = NULL;
}

/* ---- on the way ---------------------------------------------------------- */

static void at(struct sim_world *w, double at_s, enum sim_event_kind kind,
	       uint32_t number)
{
	sim_evq_push(&w->events, (struct sim_event){ at_s, kind, number });
}

static uint32_t number_of(const struct sim_world *w,
			  const struct sim_shape *shape)
{
	return (uint32_t)(shape - w->queue.shapes);
}

static void route_later(struct sim_world *w, const struct sim_shape *shape)
{
	at(w, w->now_s + HOP_S, SIM_LEASE_ROUTE, number_of(w, shape));
}

static void send(struct sim_world *w, enum sim_event_kind kind, double after_s,
		 const struct sim_shape *shape, const struct sim_node *node)
{
	struct sim_leases *l = w->leasing;
	uint32_t i = l->spare;

	if (i == SIM_NONE) {
		RT_GROW(l->parcels, l->len, l->cap);
		i = l->len++;
	} else {
		l->spare = l->parcels[i].next;
	}
	l->parcels[i] = (struct parcel){ number_of(w, shape), node->order, 0 };
	at(w, w->now_s + after_s, kind, i);
}

static struct parcel receive(struct sim_leases *l, uint32_t i)
{
	struct parcel parcel = l->parcels[i];

	l->parcels[i].next = l->spare;
	l->spare = i;
	return parcel;
}

static void top_up(struct sim_world *w, const struct sim_shape *shape)
{
	uint32_t most = w->up > REQUESTS_MIN ? w->up : REQUESTS_MIN;
	uint32_t *asked = &w->leasing->asked[number_of(w, shape)];

	for (; *asked < shape->waiting && *asked < most; ++*asked)
		route_later(w, shape);
}

void sim_leases_came(struct sim_world *w, const struct sim_shape *shape)
{
	top_up(w, shape);
}

/* ---- what raylets know --------------------------------------------------- */

void sim_leases_changed(struct sim_world *w, struct sim_node *node)
{
	if (node->room)
		sim_raylet_want_tick(w, node);
}

/* By what was told. */
static bool fits_elsewhere(const struct sim_world *w,
			   const struct sim_shape *shape,
			   const struct sim_node *here)
{
	for (const struct sim_node *n = w->oldest; n; n = n->newer)
		if (n != here && n->room &&
		    sim_shape_fits(shape, n->group, n->raylet->told))
			return true;
	return false;
}

/* ---- at a node ----------------------------------------------------------- */

static void begin(struct sim_world *w, struct sim_node *node,
		  struct sim_shape *shape)
{
	uint32_t job = sim_queue_leave(&w->queue, shape);

	w->leasing->asked[number_of(w, shape)]--;
	w->leasing->granted_s[job] = w->now_s;
	sim_job_start(w, job, node, false);
}

/* To an idle process, or to one that is started for it. */
static void grant(struct sim_world *w, struct sim_node *node,
		  struct sim_share *share)
{
	struct sim_raylet *r = node->raylet;
	double start_s = w->conf->settings.worker_start_s;

	share->running++;
	sim_task_take(w, share->shape, node);
	sim_raylet_want_reap(w, node);
	if (start_s > 0 && r->idle_len == 0) {
		send(w, SIM_LEASE_READY, start_s, share->shape, node);
		return;
	}
	if (r->idle_len)
		r->idle_len--;
	begin(w, node, share->shape);
}

static void serve_share(struct sim_world *w, struct sim_node *node,
			struct sim_share *share)
{
	struct sim_raylet *r = node->raylet;
	struct sim_shape *shape = share->shape;

	while (share->waiting && shape->waiting) {
		if (!sim_raylet_has_share(w, node, share))
			return;
		if (sim_shape_fits(shape, node->group, node->free)) {
			sim_raylet_take_out(r, share, 1);
			grant(w, node, share);
		} else if (fits_elsewhere(w, shape, node)) {
			sim_raylet_take_out(r, share, 1);
			route_later(w, shape);
		} else {
			return;
		}
	}
	/* Nobody is left to ask for. */
	w->leasing->asked[number_of(w, shape)] -= share->waiting;
	sim_raylet_take_out(r, share, share->waiting);
}

static void serve(struct sim_world *w, struct sim_node *node)
{
	struct sim_raylet *r = node->raylet;

	for (uint32_t i = 0; i < r->len && node->room; i++) {
		if (r->shares[i].waiting == 0)
			continue;
		serve_share(w, node, &r->shares[i]);
		top_up(w, r->shares[i].shape);
	}
}

static void serve_all(struct sim_world *w)
{
	for (struct sim_node *n = w->oldest; n; n = n->newer)
		if (n->room && n->raylet->waiting)
			serve(w, n);
}

/* ---- where to ------------------------------------------------------------ */

/* Nodes that could hold it; those that have room by the head's view first. */
static struct sim_node *choose(struct sim_world *w,
			       const struct sim_shape *shape, bool *fits)
{
	struct sim_leases *l = w->leasing;
	uint32_t len = 0;

	if (l->found_cap < w->alive + 1) {
		l->found_cap = 2 * (w->alive + 1);
		l->found =
			rt_realloc(l->found, l->found_cap * sizeof *l->found);
	}
	*fits = false;
	for (struct sim_node *n = w->oldest; n; n = n->newer) {
		if (!n->room || !shape->holds[n->group])
			continue;
		const struct rt_amount *left = n->raylet->headed;
		bool fit = sim_shape_fits(shape, n->group, left);
		if (fit && !*fits)
			len = 0;
		*fits |= fit;
		if (fit == *fits)
			l->found[len++] = (struct sim_choice){
				n, sim_hybrid_score(w, n->group, left)
			};
	}
	return sim_hybrid_choose(w, shape, l->found, len, *fits);
}

static void route(struct sim_world *w, const struct sim_shape *shape)
{
	struct sim_leases *l = w->leasing;
	uint32_t number = number_of(w, shape);
	bool fits;

	if (shape->waiting == 0) {
		l->asked[number]--;
		return;
	}
	struct sim_node *node = choose(w, shape, &fits);
	if (!node) {
		l->homeless[number]++;
		return;
	}
	if (fits) {
		struct rt_amount *left = node->raylet->headed;
		for (uint32_t i = 0; i < shape->res.len; i++) {
			while (left->name != shape->res.at[i].name)
				left++;
			left->units -= shape->res.at[i].units;
		}
		sim_raylet_want_tick(w, node);
	}
	send(w, SIM_LEASE_ARRIVE, HOP_S, shape, node);
}

static void arrive(struct sim_world *w, struct parcel parcel)
{
	struct sim_shape *shape = &w->queue.shapes[parcel.shape];
	struct sim_node *node = w->nodes[parcel.node];

	if (shape->waiting == 0) {
		w->leasing->asked[parcel.shape]--;
		return;
	}
	if (!node->room || (!sim_shape_fits(shape, node->group, node->free) &&
			    fits_elsewhere(w, shape, node))) {
		route_later(w, shape);
		return;
	}
	struct sim_raylet *r = node->raylet;
	sim_raylet_share(r, shape)->waiting++;
	r->waiting++;
	serve(w, node);
}

/* ---- ends ---------------------------------------------------------------- */

void sim_leases_ended(struct sim_world *w, uint32_t job)
{
	double *granted_s = w->leasing->granted_s;
	struct sim_shape *shape = sim_job_shape(w, job, 0);
	struct sim_node *node = w->nodes[w->jobs[job].node + 1];
	bool kept = w->conf->trace->jobs[job]->kind == TRACE_TASK &&
		    w->now_s - granted_s[job] < KEPT_S && node->room;

	if (!kept || shape->waiting == 0) {
		send(w, SIM_LEASE_RETURN, HOP_S, shape, node);
		top_up(w, shape);
		return;
	}
	uint32_t next = sim_queue_leave(&w->queue, shape);
	granted_s[next] = granted_s[job];
	sim_job_start(w, next, node, false);
}

/* Its process is idle. */
static void go_back(struct sim_world *w, struct parcel parcel)
{
	struct sim_shape *shape = &w->queue.shapes[parcel.shape];
	struct sim_node *node = w->nodes[parcel.node];

	sim_raylet_share(node->raylet, shape)->running--;
	sim_task_leave(w, shape, node);
	sim_raylet_put_idle(w, node);
	if (node->room)
		serve(w, node);
}

/* The process has started; by now there may be nobody left for it, or no node.
 */
static void get_ready(struct sim_world *w, struct parcel parcel)
{
	struct sim_shape *shape = &w->queue.shapes[parcel.shape];
	struct sim_node *node = w->nodes[parcel.node];

	if (shape->waiting && (node->room || node->state == SIM_DRAINING)) {
		begin(w, node, shape);
		return;
	}
	w->leasing->asked[parcel.shape]--;
	top_up(w, shape);
	go_back(w, parcel);
}

void sim_leases_lost(struct sim_world *w, uint32_t job)
{
	struct sim_shape *shape = sim_job_shape(w, job, 0);
	struct sim_node *node = w->nodes[w->jobs[job].node + 1];

	sim_raylet_share(node->raylet, shape)->running--;
	sim_task_leave(w, shape, node);
}

/* ---- nodes --------------------------------------------------------------- */

/* All see it at once, and so do requests that no other node can hold. */
void sim_leases_open(struct sim_world *w, struct sim_node *node)
{
	struct sim_leases *l = w->leasing;

	node->raylet = sim_raylet_new(w, node);
	sim_raylet_tell(w, node);
	for (uint32_t i = 0; i < l->shapes_len; i++)
		for (; l->homeless[i]; l->homeless[i]--)
			route_later(w, &w->queue.shapes[i]);
	serve_all(w);
}

void sim_leases_close(struct sim_world *w, struct sim_node *node)
{
	struct sim_raylet *r = node->raylet;

	for (uint32_t i = 0; i < r->len; i++)
		for (; r->shares[i].waiting;
		     sim_raylet_take_out(r, &r->shares[i], 1))
			route_later(w, r->shares[i].shape);
}

static void tick(struct sim_world *w, struct sim_node *node)
{
	node->raylet->ticks = false;
	if (!node->room)
		return;
	sim_raylet_tell(w, node);
	serve_all(w);
}

void sim_leases_happen(struct sim_world *w, struct sim_event event)
{
	w->seen++;
	switch (event.kind) {
	case SIM_LEASE_ROUTE:
		route(w, &w->queue.shapes[event.number]);
		break;
	case SIM_LEASE_ARRIVE:
		arrive(w, receive(w->leasing, event.number));
		break;
	case SIM_LEASE_READY:
		get_ready(w, receive(w->leasing, event.number));
		break;
	case SIM_LEASE_RETURN:
		go_back(w, receive(w->leasing, event.number));
		break;
	case SIM_LEASE_REAP:
		sim_raylet_reap(w, w->nodes[event.number]);
		break;
	default:
		tick(w, w->nodes[event.number]);
		break;
	}
}
