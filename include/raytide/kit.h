/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit.h - small tools that several policies need.  Their structs are numbers
 * only, zeroed at first, so that they can be part of what a policy remembers.
 */
#ifndef RAYTIDE_KIT_H
#define RAYTIDE_KIT_H

#include <stdint.h>

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

#endif
