/* SPDX-License-Identifier: Apache-2.0 */
/*
 * param.h - settings as tables of rows: where each lies in its struct and what
 * may be put there.  The same row gives parsing, bounds, help and
 * documentation.
 */
#ifndef RAYTIDE_PARAM_H
#define RAYTIDE_PARAM_H

#include <raytide/types.h>

enum rt_param_type {
	RT_PARAM_BOOL,   /* bool */
	RT_PARAM_INT,    /* int64_t */
	RT_PARAM_DOUBLE, /* double */
	RT_PARAM_CHOICE, /* int: index into `choices` */
	RT_PARAM_TEXT,   /* const char *; NULL: not given */
	RT_PARAM_SPAN,   /* int64_t, ms; as in "90s", "5m", "10h", "7d" */
	RT_PARAM_CRON,   /* struct rt_cron; as in "0 8 * * 1-5" */
	RT_PARAM_ZONE,   /* struct rt_zone; as in Europe/Berlin */
	RT_PARAM_PAIRS,  /* struct rt_pairs; as in {gpu: 2.5, cpu: 0.4} */
	RT_PARAM_LIST,   /* struct rt_list of what `rows` describe */
};

/* A table ends with a row whose name is NULL. */
struct rt_param {
	const char *name;
	enum rt_param_type type;
	size_t offset;
	double def, min, max; /* of numbers, also of those in pairs; SPAN: ms */
	const char *unit;     /* "" for none */
	const char *help;
	const char *const *choices;  /* NULL-terminated; RT_PARAM_CHOICE only */
	const struct rt_param *rows; /* RT_PARAM_LIST only */
	size_t row_size;             /* of the struct that they fill */
	bool needed;
};

struct rt_pair {
	const char *name;
	double value;
};

struct rt_pairs {
	uint32_t len;
	const struct rt_pair *at;
};

struct rt_list {
	uint32_t len;
	const void *at;
};

/* ---- times of the week --------------------------------------------------- */

/* The five fields of cron(5), a bit for each value; every minute that all of
 * them have.  As there: when both the day of the month and that of the week are
 * restricted, either is enough. */
struct rt_cron {
	uint64_t minutes;
	uint32_t hours, days, months; /* days and months from bit 1 */
	uint8_t weekdays;             /* Sunday is bit 0 */
	bool any_day, any_weekday;    /* the field begins with a star */
};

/* A time zone: what its clocks are ahead of UTC, from moment to moment. */
struct rt_zone {
	const char *name;
	int64_t first_s; /* before the first change */
	uint32_t len;
	const struct rt_zone_change {
		int64_t at_s; /* since 1970, UTC */
		int64_t ahead_s;
	} * changes;
};

/* Opens with each time of `cron`, on the clocks of `zone`, and stays open for
 * `for_ms`. */
struct rt_window {
	struct rt_cron cron;
	struct rt_zone zone;
	int64_t for_ms;
};

#define RT_WINDOW_MAX_MS (7 * 86400000LL)

/* The rows of a struct rt_window, `field` of `of`. */
#define RT_WINDOW_ROWS(of, field)                                              \
	{ .name = "cron",                                                      \
	  .type = RT_PARAM_CRON,                                               \
	  .offset = offsetof(of, field.cron),                                  \
	  .unit = "",                                                          \
	  .help = "when it opens: minute, hour, day, month, day of the week",  \
	  .needed = true },                                                    \
		{ .name = "tz",                                                \
		  .type = RT_PARAM_ZONE,                                       \
		  .offset = offsetof(of, field.zone),                          \
		  .unit = "",                                                  \
		  .help = "time zone on whose clocks it opens" },              \
	{                                                                      \
		.name = "for", .type = RT_PARAM_SPAN,                          \
		.offset = offsetof(of, field.for_ms), .min = 60000,            \
		.max = RT_WINDOW_MAX_MS, .unit = "",                           \
		.help = "how long it stays open", .needed = true               \
	}

#endif
