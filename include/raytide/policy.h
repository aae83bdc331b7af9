/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - the promise between raytide and a scaling policy.
 *
 * A policy is a pure function: it reads a snapshot and edits a plan.  It has no
 * clock, I/O, randomness or allocation but through its context, so the sidecar
 * and the simulator run the very same code.  policies/first_fit.c is the
 * example to read first.
 */
#ifndef RAYTIDE_POLICY_H
#define RAYTIDE_POLICY_H

#include <raytide/param.h>
#include <raytide/plan.h>

#define RT_POLICY_ABI 2

/*
 * The place of a stage in a chain.  First come those that shape what is seen
 * (no flag): floors, spare room, an order of the groups.  Then the one that
 * packs: it sets how many nodes there will be.  Then those that trim: they take
 * removals back; and those that repack: what they have found to be so without
 * some nodes (rt_what_if()) they may launch and remove, too.
 */
#define RT_PACKS 1u
#define RT_TRIMS 2u
#define RT_REPACKS 4u

/* A snapshot as it might be; see rt_what_if(). */
struct rt_change {
	const bool *out; /* for each node: it is not there */
	uint32_t work_len;
	const struct rt_request *work; /* tasks beside those that wait */
	const struct rt_group *groups; /* in the place of the snapshot's */
	int64_t max_workers;
};

struct rt_ctx;

/* What raytide does for a policy.  Append only. */
struct rt_host {
	uint32_t abi;
	uint32_t size;
	void *(*alloc)(struct rt_arena *, size_t size); /* zeroed, never NULL */
	void (*launch)(struct rt_plan *, uint32_t group, int64_t count,
		       struct rt_why);
	void (*remove)(struct rt_plan *, struct rt_removal, struct rt_why);
	void (*infeasible_task)(struct rt_plan *, uint32_t i, int64_t count,
				struct rt_why);
	void (*pace)(struct rt_plan *, double speed);
	/* All of Ray 2.60's scheduler: minima, maxima, demand, idle nodes. */
	enum rt_status (*pack)(const struct rt_snapshot *, struct rt_plan *,
			       struct rt_error *);
	void (*until)(struct rt_plan *, int64_t until_ms);
	void (*stay)(struct rt_plan *, uint32_t node, struct rt_why);
	void (*floor)(struct rt_plan *, uint32_t group, int64_t nodes,
		      struct rt_why);
	void (*spare)(struct rt_plan *, struct rt_request, struct rt_why);
	void (*prefer)(struct rt_plan *, uint32_t group, int64_t rank,
		       struct rt_why);
	void (*keep)(struct rt_plan *, uint32_t node, struct rt_why);
	bool (*is_open)(const struct rt_window *, int64_t now_ms,
			int64_t *change_ms);
	void (*mend)(struct rt_plan *);
	void (*defer)(struct rt_plan *, uint32_t task, int64_t count,
		      struct rt_why);
	void (*tell)(struct rt_plan *, uint32_t group, struct rt_why);
	enum rt_status (*what_if)(const struct rt_plan *,
				  const struct rt_change *,
				  const struct rt_plan **, bool *holds_all,
				  struct rt_error *);
};

struct rt_ctx {
	const struct rt_host *host;
	struct rt_arena *arena; /* of the round */
	const void *conf;       /* of the policy, filled from its params */
	/* What it remembers from round to round, zeroed at first: nothing but
	 * numbers.  What a round writes that fails is undone. */
	void *state;
	char *group_states; /* see rt_group_state() */
	size_t group_states_step;
};

/* `conf_size` bytes hold the struct that `params` describe, `state_size` what
 * it remembers, and `group_state_size` what it remembers of each group, by the
 * group's name. */
struct rt_policy_ops {
	uint32_t abi;  /* RT_POLICY_ABI */
	uint32_t size; /* sizeof(struct rt_policy_ops) */
	const char *name;
	const char *summary; /* a line, without its full stop */
	const char *about;   /* what it is good for, and what it is not */
	const char *example; /* its parameters in a policy file, as YAML */
	uint32_t flags;      /* RT_PACKS, ...; 0: it shapes */
	const struct rt_param *params;
	size_t conf_size;
	size_t state_size, group_state_size;
	enum rt_status (*decide)(const struct rt_ctx *,
				 const struct rt_snapshot *, struct rt_plan *,
				 struct rt_error *);
};

static inline void *rt_alloc(const struct rt_ctx *ctx, size_t size)
{
	return ctx->host->alloc(ctx->arena, size);
}

static inline void *rt_group_state(const struct rt_ctx *ctx, uint32_t group)
{
	return ctx->group_states + group * ctx->group_states_step;
}

static inline void rt_floor(const struct rt_ctx *ctx, struct rt_plan *plan,
			    uint32_t group, int64_t nodes, struct rt_why why)
{
	ctx->host->floor(plan, group, nodes, why);
}

static inline void rt_spare(const struct rt_ctx *ctx, struct rt_plan *plan,
			    struct rt_request request, struct rt_why why)
{
	ctx->host->spare(plan, request, why);
}

static inline void rt_prefer(const struct rt_ctx *ctx, struct rt_plan *plan,
			     uint32_t group, int64_t rank, struct rt_why why)
{
	ctx->host->prefer(plan, group, rank, why);
}

static inline void rt_defer(const struct rt_ctx *ctx, struct rt_plan *plan,
			    uint32_t task, int64_t count, struct rt_why why)
{
	ctx->host->defer(plan, task, count, why);
}

/* Says something of a group, and changes nothing. */
static inline void rt_tell(const struct rt_ctx *ctx, struct rt_plan *plan,
			   uint32_t group, struct rt_why why)
{
	ctx->host->tell(plan, group, why);
}

static inline void rt_keep(const struct rt_ctx *ctx, struct rt_plan *plan,
			   uint32_t node, struct rt_why why)
{
	ctx->host->keep(plan, node, why);
}

/* Is the window open now?  `*change_ms` is not later than when that changes. */
static inline bool rt_is_open(const struct rt_ctx *ctx,
			      const struct rt_window *window, int64_t now_ms,
			      int64_t *change_ms)
{
	return ctx->host->is_open(window, now_ms, change_ms);
}

static inline void rt_launch(const struct rt_ctx *ctx, struct rt_plan *plan,
			     uint32_t group, int64_t count, struct rt_why why)
{
	ctx->host->launch(plan, group, count, why);
}

static inline void rt_remove(const struct rt_ctx *ctx, struct rt_plan *plan,
			     struct rt_removal removal, struct rt_why why)
{
	ctx->host->remove(plan, removal, why);
}

static inline void rt_stay(const struct rt_ctx *ctx, struct rt_plan *plan,
			   uint32_t node, struct rt_why why)
{
	ctx->host->stay(plan, node, why);
}

static inline void rt_infeasible_task(const struct rt_ctx *ctx,
				      struct rt_plan *plan, uint32_t i,
				      int64_t count, struct rt_why why)
{
	ctx->host->infeasible_task(plan, i, count, why);
}

static inline void rt_pace(const struct rt_ctx *ctx, struct rt_plan *plan,
			   double speed)
{
	ctx->host->pace(plan, speed);
}

/*
 * The stage would do the same in every round before `until_ms`, if nothing but
 * the clock moved: that is `now_ms`, what groups have recovered from failed
 * launches, and the idle_ms of idle nodes (above 0), which may come to anything
 * up to what the clock adds, each on its own.  So a policy that does not remove
 * a node may not look at who is idle for longest.
 *
 * The earliest of several calls counts.  A stage that makes none is asked in
 * each round, and so are all when the plan wants something done: what is handed
 * out again is a decision that nothing is to be done.
 */
static inline void rt_until(const struct rt_ctx *ctx, struct rt_plan *plan,
			    int64_t until_ms)
{
	ctx->host->until(plan, until_ms);
}

/*
 * From now on rt_pack() does not what docs/parity.md calls Ray's faults: no
 * demand is placed on nodes that are being ended, launches for a minimum are
 * taken back one by one, and of request_resources() that does not fit as a
 * whole there is as much as fits.
 */
static inline void rt_mend(const struct rt_ctx *ctx, struct rt_plan *plan)
{
	ctx->host->mend(plan);
}

/* Says rt_until() as well. */
static inline enum rt_status rt_pack(const struct rt_ctx *ctx,
				     const struct rt_snapshot *snapshot,
				     struct rt_plan *plan, struct rt_error *err)
{
	return ctx->host->pack(snapshot, plan, err);
}

/*
 * What rt_pack() would make of the snapshot that `plan` is for, were it changed
 * so.  The outcome is to be read, nothing of it is done; `*holds_all`: what has
 * room under `plan` has room there, the work that was added too.
 */
static inline enum rt_status rt_what_if(const struct rt_ctx *ctx,
					const struct rt_plan *plan,
					const struct rt_change *change,
					const struct rt_plan **outcome,
					bool *holds_all, struct rt_error *err)
{
	return ctx->host->what_if(plan, change, outcome, holds_all, err);
}

#endif
