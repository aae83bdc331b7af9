/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit.h - small tools that several policies need: what a snapshot holds, and
 * what was seen lately.  Structs are numbers only, zeroed at first, so that
 * they can be part of what a policy remembers.
 */
#ifndef RAYTIDE_KIT_H
#define RAYTIDE_KIT_H

#include <math.h>
#include <string.h>

#include <raytide/snapshot.h>

/* ---- what there is ------------------------------------------------------- */

/* The id of a name; UINT32_MAX: nobody mentions it. */
static inline uint32_t rt_find_name(const struct rt_snapshot *s,
				    const char *text)
{
	for (uint32_t i = 0; i < s->names.len; i++)
		if (strcmp(s->names.text[i], text) == 0)
			return i;
	return UINT32_MAX;
}

/* What is not mentioned there is none of. */
static inline int64_t rt_units_of(struct rt_res res, uint32_t name)
{
	for (uint32_t i = 0; i < res.len; i++)
		if (res.at[i].name == name)
			return res.at[i].units;
	return 0;
}

/* How many such tasks there is room for, at most `n`. */
static inline int64_t rt_places(struct rt_res room, struct rt_res task,
				int64_t n)
{
	for (uint32_t i = 0; i < task.len && n > 0; i++) {
		int64_t need = task.at[i].units;
		int64_t have = need > 0 ? rt_units_of(room, task.at[i].name)
					: INT64_MAX;
		if (need > 0 && have / need < n)
			n = have / need;
	}
	return n;
}

/* Tasks may start on it. */
static inline bool rt_runs(const struct rt_node *node)
{
	return node->status == RT_NODE_RAY_RUNNING && node->known &&
	       node->ray_status != RT_RAY_DRAINING;
}

/* It is on its way, in the form of its group. */
static inline bool rt_comes(const struct rt_node *node)
{
	return node->status >= RT_NODE_QUEUED &&
	       node->status <= RT_NODE_RAY_INSTALLING;
}

/* For a reason: an amount that may be anything. */
static inline int64_t rt_as_units(double amount)
{
	return llround(fmin(fmax(amount, 0), 1e14) * RT_UNITS);
}

/* A hash (FNV-1a) goes on. */
#define RT_MIX_START 0xcbf29ce484222325u

static inline uint64_t rt_mix(uint64_t hash, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ ((const unsigned char *)bytes)[i]) *
		       0x100000001b3u;
	return hash;
}

/* ---- the most lately ----------------------------------------------------- */

#define RT_MOST_SLOTS 16

/* The most that a value was within a sliding window, in slots of a fifteenth
 * of it. */
struct rt_most {
	int64_t slot; /* of time; 0: nothing is noted yet */
	double last;
	double most[RT_MOST_SLOTS];
};

static inline int64_t rt_most_slot_ms(int64_t window_ms)
{
	int64_t slot_ms = window_ms / (RT_MOST_SLOTS - 1);

	return slot_ms > 0 ? slot_ms : 1;
}

/* From now on it is `value`; until now it was what was noted last, and before
 * all that `before`.  Returns the most within the window, a slot more or less.
 */
static inline double rt_most_note(struct rt_most *m, int64_t now_ms,
				  int64_t window_ms, double value,
				  double before)
{
	int64_t slot = now_ms / rt_most_slot_ms(window_ms) + 1;
	double most = value;

	if (m->slot == 0) {
		m->slot = slot;
		m->last = before;
		for (uint32_t i = 0; i < RT_MOST_SLOTS; i++)
			m->most[i] = before;
	}
	if (slot - m->slot > RT_MOST_SLOTS)
		m->slot = slot - RT_MOST_SLOTS;
	while (m->slot < slot)
		m->most[++m->slot % RT_MOST_SLOTS] = m->last;
	m->last = value;
	if (m->most[slot % RT_MOST_SLOTS] < value)
		m->most[slot % RT_MOST_SLOTS] = value;
	for (uint32_t i = 0; i < RT_MOST_SLOTS; i++)
		if (m->most[i] > most)
			most = m->most[i];
	return most;
}

/* ---- the mean lately ----------------------------------------------------- */

/* Of a value within a sliding window, weighted by time; slots as above. */
struct rt_mean {
	int64_t ms; /* of the last note; 0: nothing is noted yet */
	double last;
	double sum[RT_MOST_SLOTS], ms_in[RT_MOST_SLOTS];
};

/* From now on it is `value`; until now it was what was noted last.  Returns the
 * mean within the window, a slot more or less. */
static inline double rt_mean_note(struct rt_mean *m, int64_t now_ms,
				  int64_t window_ms, double value)
{
	int64_t slot_ms = rt_most_slot_ms(window_ms);
	double sum = 0, ms = 0;

	if (m->ms == 0 || now_ms < m->ms)
		*m = (struct rt_mean){ .ms = now_ms };
	if (now_ms - m->ms > RT_MOST_SLOTS * slot_ms)
		m->ms = now_ms - RT_MOST_SLOTS * slot_ms;
	while (m->ms < now_ms) {
		int64_t end_ms = (m->ms / slot_ms + 1) * slot_ms;
		int64_t to_ms = end_ms < now_ms ? end_ms : now_ms;
		int64_t slot = m->ms / slot_ms % RT_MOST_SLOTS;
		if (m->ms % slot_ms == 0)
			m->sum[slot] = m->ms_in[slot] = 0;
		m->sum[slot] += m->last * (double)(to_ms - m->ms);
		m->ms_in[slot] += (double)(to_ms - m->ms);
		m->ms = to_ms;
	}
	m->last = value;
	for (uint32_t i = 0; i < RT_MOST_SLOTS; i++) {
		sum += m->sum[i];
		ms += m->ms_in[i];
	}
	return ms > 0 ? sum / ms : value;
}

#endif
