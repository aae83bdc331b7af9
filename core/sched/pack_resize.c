/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_resize.c - only CPU and memory can be resized.  When a total is set,
 * what is available moves by the same difference; neither goes below 0.
 */
#include "core/sched/pack_resize.h"

#include <string.h>

#include "core/model/res.h"
#include "core/sched/pack_twin.h"

/* A copy with `name` set to `units`.  A name that is new comes last: the sums
 * of a score take it last, as Ray's do. */
static struct rt_res with(struct rt_pack *p, struct rt_res res, uint32_t name,
			  int64_t units)
{
	struct rt_amount *at =
		RT_ARENA_ARRAY(p->draft, struct rt_amount, res.len + 1);
	uint32_t i = 0;

	if (res.len)
		memcpy(at, res.at, res.len * sizeof *at);
	while (i < res.len && at[i].name != name)
		i++;
	at[i] = (struct rt_amount){ name, units > 0 ? units : 0 };
	return (struct rt_res){ i < res.len ? res.len : res.len + 1, at };
}

static void set_total(struct rt_pack *p, struct rt_bin *bin, uint32_t name,
		      int64_t units)
{
	int64_t change = units - rt_res_get(bin->total, name);

	bin->total = with(p, bin->total, name, units);
	for (enum rt_source s = 0; s < RT_SOURCES; s++)
		bin->available[s] =
			with(p, bin->available[s], name,
			     rt_res_get(bin->available[s], name) + change);
}

static void set_totals(struct rt_pack *p, struct rt_bin *bin, int64_t cpu,
		       int64_t memory)
{
	set_total(p, bin, p->cpu, cpu);
	set_total(p, bin, p->memory, memory);
	rt_twin_forget(bin);
}

static struct rt_bin *copy(struct rt_pack *p, const struct rt_bin *bin)
{
	return rt_arena_dup(p->draft, bin, sizeof *bin);
}

bool rt_resize_is_due(const struct rt_bin *bin)
{
	return bin->resize && bin->resize->raylet_id &&
	       bin->resize->status == RT_RESIZE_NEW;
}

struct rt_bin *rt_resize_under_way(struct rt_pack *p, struct rt_bin *bin)
{
	const struct rt_resize *r = bin->resize;

	if (!r || (r->resizing_at_s == RT_NONE && !rt_resize_is_due(bin)))
		return bin;
	bin = copy(p, bin);
	set_totals(p, bin, r->desired_cpu, r->desired_memory);
	return bin;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct rt_bin *rt_resize_fresh(struct rt_pack *p, struct rt_bin *bin)
{
	const struct rt_resize_caps *caps =
		p->snapshot->groups[bin->group].resize;

	if (caps)
		set_totals(p, bin,
			   larger(caps->cpu, rt_res_get(bin->total, p->cpu)),
			   larger(caps->memory,
				  rt_res_get(bin->total, p->memory)));
	return bin;
}

/* How large the pod can be: what its machine has room for, if that is known,
 * else what its group allows. */
static struct rt_resize_caps caps_of(const struct rt_pack *p,
				     const struct rt_bin *bin)
{
	struct rt_resize_caps caps = *p->snapshot->groups[bin->group].resize;

	if (bin->resize->max_cpu != RT_NONE)
		caps.cpu = bin->resize->max_cpu;
	if (bin->resize->max_memory != RT_NONE)
		caps.memory = bin->resize->max_memory;
	return caps;
}

bool rt_resize_is_possible(const struct rt_pack *p, const struct rt_bin *bin)
{
	const struct rt_resize *r = bin->resize;

	if (!r || r->failed_at_s != RT_NONE || r->resizing_at_s != RT_NONE ||
	    r->status != RT_RESIZE_NONE)
		return false;
	struct rt_resize_caps caps = caps_of(p, bin);
	return r->current_cpu < caps.cpu || r->current_memory < caps.memory;
}

struct rt_bin *rt_resize_raise(struct rt_pack *p, const struct rt_bin *bin)
{
	struct rt_resize_caps caps = caps_of(p, bin);
	struct rt_bin *raised = copy(p, bin);

	set_totals(p, raised, caps.cpu, caps.memory);
	return raised;
}

struct rt_bin *rt_resize_queue(struct rt_pack *p, struct rt_bin *bin)
{
	struct rt_resize_caps caps = caps_of(p, bin);

	if (bin->resize->desired_cpu == caps.cpu &&
	    bin->resize->desired_memory == caps.memory)
		return bin;
	struct rt_resize *r = rt_arena_dup(p->draft, bin->resize, sizeof *r);
	r->desired_cpu = caps.cpu;
	r->desired_memory = caps.memory;
	r->resizing_at_s = RT_NONE;
	r->status = RT_RESIZE_NEW;
	bin->resize = r;
	return bin;
}

/* What came so in the snapshot is a correction. */
struct rt_why rt_resize_why(const struct rt_pack *p, const struct rt_bin *bin)
{
	const struct rt_resize *before = p->snapshot->nodes[bin->node].resize;

	if (bin->resize->failed_at_s != RT_NONE)
		return RT_WHY(RESIZE_BACK);
	if (before->status == RT_RESIZE_NEW)
		return RT_WHY(RESIZE_CUT);
	return RT_WHY(RESIZE);
}
