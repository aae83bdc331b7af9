/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen.h - a workload out of what a cluster showed of itself, round by round:
 * which requests waited, and how much of its nodes was in use.  By which rules
 * jobs follow from that, docs/formats/recording.md tells under "As a trace".
 */
#ifndef TRACES_SEEN_H
#define TRACES_SEEN_H

#include "traces/format.h"

/* Whether this is the first line of a recording. */
bool trace_is_recording(const char *line);

struct trace_seen;

/* The jobs are emitted to the reader, which is borrowed. */
struct trace_seen *trace_seen_new(struct trace_reader *);
void trace_seen_free(struct trace_seen **);

/* A kind of request, by its text: the same text is the same kind. */
struct trace_seen_kind {
	const char *text;
	enum trace_kind kind;
	enum trace_strategy strategy;
	const char *id; /* NULL: it has none */
	uint32_t asks_len;
	const struct trace_ask *asks;
};

/* A round, whose times do not sink.  So many of a kind wait, or (with
 * trace_seen_still()) as many of each as in the round before. */
void trace_seen_begin(struct trace_seen *, double now_s);
/* In place of all that: nothing was seen, or nothing new. */
void trace_seen_pass(struct trace_seen *, double now_s);
void trace_seen_wait(struct trace_seen *, const struct trace_seen_kind *,
		     uint64_t count);
void trace_seen_still(struct trace_seen *);
/* What is in use of each node, which stays so until it is cleared; the amounts
 * are borrowed until then. */
void trace_seen_clear_use(struct trace_seen *);
void trace_seen_use(struct trace_seen *, struct rt_res used);
enum rt_status trace_seen_settle(struct trace_seen *, struct rt_error *err);

/* There are no more rounds. */
enum rt_status trace_seen_end(struct trace_seen *, struct rt_error *err);

#endif
