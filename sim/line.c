/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.c - a tree over the places: each node knows the least width and the
 * shortest estimate below it.  The two need not be of one job, so a search may
 * go down in vain and turn back; what it finds is exact.
 */
#include "sim/line.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"

#define CAP_MIN 64

struct sim_waiting {
	double estimate_s;
	uint32_t width;
};

static const struct sim_waiting nobody = { INFINITY, UINT32_MAX };

static struct sim_waiting least(struct sim_waiting a, struct sim_waiting b)
{
	return (struct sim_waiting){
		a.estimate_s < b.estimate_s ? a.estimate_s : b.estimate_s,
		a.width < b.width ? a.width : b.width,
	};
}

static void update(struct sim_line *line, uint32_t place,
		   struct sim_waiting waiting)
{
	uint32_t i = line->cap + place;

	line->tree[i] = waiting;
	while ((i /= 2)) {
		waiting = least(line->tree[2 * i], line->tree[2 * i + 1]);
		if (waiting.estimate_s == line->tree[i].estimate_s &&
		    waiting.width == line->tree[i].width)
			return;
		line->tree[i] = waiting;
	}
}

/* Everybody moves up; the tree is made anew, larger if more than half full. */
static void make_room(struct sim_line *line)
{
	uint32_t cap = line->cap ? line->cap : CAP_MIN;
	struct sim_line old = *line;

	while (cap / 2 < old.waiting)
		cap *= 2;
	*line = (struct sim_line){
		.cap = cap,
		.waiting = old.waiting,
		.jobs = rt_calloc(cap, sizeof *line->jobs),
		.tree = rt_calloc(2 * (size_t)cap, sizeof *line->tree),
	};
	for (uint32_t p = old.front; p < old.end; p++)
		if (old.tree[old.cap + p].width != nobody.width) {
			line->jobs[line->end] = old.jobs[p];
			line->tree[cap + line->end++] = old.tree[old.cap + p];
		}
	for (uint32_t p = line->end; p < cap; p++)
		line->tree[cap + p] = nobody;
	for (uint32_t i = cap - 1; i > 0; i--)
		line->tree[i] = least(line->tree[2 * i], line->tree[2 * i + 1]);
	sim_line_free(&old);
}

void sim_line_join(struct sim_line *line, uint32_t job, uint32_t width,
		   double estimate_s)
{
	if (line->end == line->cap)
		make_room(line);
	line->jobs[line->end] = job;
	update(line, line->end++, (struct sim_waiting){ estimate_s, width });
	line->waiting++;
}

void sim_line_leave(struct sim_line *line, uint32_t place)
{
	update(line, place, nobody);
	line->waiting--;
	while (line->front < line->end &&
	       line->tree[line->cap + line->front].width == nobody.width)
		line->front++;
	if (line->waiting == 0)
		line->front = line->end = 0;
}

/* Adding rounds, but never turns the order of two sums: what holds for nobody
 * below holds for none of them. */
static bool may_start(const struct sim_waiting *w, const struct sim_gap *room)
{
	return w->width <= room->free &&
	       (w->width <= room->extra ||
		room->now_s + w->estimate_s <= room->shadow_s);
}

uint32_t sim_line_find(const struct sim_line *line, uint32_t from,
		       const struct sim_gap *room)
{
	uint32_t i = line->cap + from;

	if (from >= line->end)
		return SIM_NOWHERE;
	for (;;) {
		if (may_start(&line->tree[i], room)) {
			if (i >= line->cap)
				return i - line->cap;
			i *= 2;
			continue;
		}
		while (i % 2)
			i /= 2; /* the last of its parent's: on with that one */
		if (i == 0)
			return SIM_NOWHERE;
		i++;
	}
}

void sim_line_free(struct sim_line *line)
{
	rt_free(line->jobs);
	rt_free(line->tree);
	*line = (struct sim_line){ 0 };
}
