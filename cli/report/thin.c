/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thin.c - when there is no room for one more span, spans become twice as long.
 * Of three points of a span the first two are its extremes, in the order in
 * which they came, the third is its last value.
 */
#include "cli/report/thin.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/mem.h"

#define POINTS 3 /* of a span */

struct cell {
	double low, high, last;
	bool low_first;
};

struct report_thin {
	uint32_t series, cap, len;
	double span_s;
	double *at_s;       /* of the first change in each span */
	struct cell *cells; /* of each span, a row of series */
};

struct report_thin *report_thin_new(uint32_t series, uint32_t spans_max)
{
	struct report_thin *t = rt_calloc(1, sizeof *t);

	t->series = series;
	t->cap = spans_max;
	t->at_s = rt_calloc(spans_max, sizeof *t->at_s);
	t->cells = rt_calloc((size_t)spans_max * series, sizeof *t->cells);
	return t;
}

void report_thin_free(struct report_thin **t)
{
	if (!*t)
		return;
	rt_free((*t)->at_s);
	rt_free((*t)->cells);
	rt_free(*t);
	*t = NULL;
}

static struct cell *row(const struct report_thin *t, uint32_t span)
{
	return t->cells + (size_t)span * t->series;
}

/* A later cell of the same series. */
static void join(struct cell *cell, const struct cell *later)
{
	bool lower = later->low < cell->low;
	bool higher = later->high > cell->high;

	if (lower && higher)
		cell->low_first = later->low_first;
	else if (lower || higher)
		cell->low_first = higher;
	cell->low = fmin(cell->low, later->low);
	cell->high = fmax(cell->high, later->high);
	cell->last = later->last;
}

static bool same_span(const struct report_thin *t, double a_s, double b_s)
{
	return t->span_s > 0 &&
	       floor(a_s / t->span_s) == floor(b_s / t->span_s);
}

static void merge_spans(struct report_thin *t)
{
	uint32_t len = 1;

	for (uint32_t i = 1; i < t->len; i++) {
		if (same_span(t, t->at_s[len - 1], t->at_s[i])) {
			for (uint32_t s = 0; s < t->series; s++)
				join(&row(t, len - 1)[s], &row(t, i)[s]);
			continue;
		}
		t->at_s[len] = t->at_s[i];
		memmove(row(t, len), row(t, i),
			t->series * sizeof(struct cell));
		len++;
	}
	t->len = len;
}

static void make_room(struct report_thin *t)
{
	if (t->span_s <= 0)
		t->span_s = (t->at_s[t->len - 1] - t->at_s[0]) / t->cap;
	while (t->len > t->cap / 2) {
		t->span_s *= 2;
		merge_spans(t);
	}
}

void report_thin_add(struct report_thin *t, double at_s, const double *values)
{
	bool joins = t->len > 0 && same_span(t, t->at_s[t->len - 1], at_s);

	if (!joins && t->len == t->cap) {
		make_room(t);
		joins = same_span(t, t->at_s[t->len - 1], at_s);
	}
	for (uint32_t s = 0; s < t->series; s++) {
		struct cell cell = { values[s], values[s], values[s], true };
		if (joins)
			join(&row(t, t->len - 1)[s], &cell);
		else
			row(t, t->len)[s] = cell;
	}
	if (!joins)
		t->at_s[t->len++] = at_s;
}

double report_thin_span_s(const struct report_thin *t)
{
	return t->span_s;
}

uint32_t report_thin_len(const struct report_thin *t)
{
	return t->span_s > 0 ? t->len * POINTS : t->len;
}

/* Until the span ends, or the next one has its first change. */
static double length(const struct report_thin *t, uint32_t span)
{
	double end_s = (floor(t->at_s[span] / t->span_s) + 1) * t->span_s;

	if (span + 1 < t->len)
		end_s = fmin(end_s, t->at_s[span + 1]);
	return end_s - t->at_s[span];
}

double report_thin_at(const struct report_thin *t, uint32_t point)
{
	if (t->span_s <= 0)
		return t->at_s[point];
	uint32_t span = point / POINTS;
	return t->at_s[span] + length(t, span) * (point % POINTS) / POINTS;
}

double report_thin_value(const struct report_thin *t, uint32_t point,
			 uint32_t series)
{
	if (t->span_s <= 0)
		return row(t, point)[series].last;
	const struct cell *cell = &row(t, point / POINTS)[series];
	if (point % POINTS == 2)
		return cell->last;
	return (point % POINTS == 0) == cell->low_first ? cell->low
							: cell->high;
}
