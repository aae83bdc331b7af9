/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.c - a series keeps its labels as they are written, so finding one is
 * comparing texts.  There are few: groups, resources and codes.
 */
#include "autoscaler/metrics.h"

#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/utf8.h"

/* A name with each byte escaped, and its label's. */
#define LABEL_TEXT (2 * RT_NAME_MAX + 64)
#define LABELS_TEXT (2 * LABEL_TEXT)

/* Ray's, and shorter times. */
static const double bounds[] = { 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000 };
static const double long_bounds[] = {
	0.1, 0.5, 1,   2,   5,   10,  20,  30,  45,   60,   90,   120,
	180, 240, 300, 360, 480, 600, 720, 900, 1200, 1500, 1800,
};
#define BOUNDS(of) (sizeof of / sizeof *of)
#define BOUNDS_MAX BOUNDS(long_bounds)

enum kind { GAUGE, COUNTER, HISTOGRAM, LONG_HISTOGRAM };

static const struct {
	const char *name;
	size_t bounds_len; /* 0: no histogram */
	const double *bounds;
} kinds[] = {
	[GAUGE] = { "gauge", 0, NULL },
	[COUNTER] = { "counter", 0, NULL },
	[HISTOGRAM] = { "histogram", BOUNDS(bounds), bounds },
	[LONG_HISTOGRAM] = { "histogram", BOUNDS(long_bounds), long_bounds },
};

static const struct row {
	const char *name;
	enum kind kind;
	const char *labels; /* names, with a comma between them */
	const char *help;
} rows[METRICS] = {
#define METRIC(id, name, kind, labels, help)                                   \
	[METRIC_##id] = { name, kind, labels, help },
#include "autoscaler/metrics.def"
#undef METRIC
};

struct series {
	char *labels; /* NodeType="small", and the like; "": none */
	double value; /* of a histogram: the sum */
};

struct family {
	uint32_t len, cap;
	struct series *at;
	uint64_t buckets[BOUNDS_MAX + 1]; /* of a histogram: not cumulated */
};

struct metrics {
	char *session; /* SessionName="..." */
	struct family families[METRICS];
};

/* ---- series -------------------------------------------------------- */

/* Prometheus refuses all of a page that is not UTF-8, so what is not gets
 * question marks. */
static size_t write_label(char to[LABEL_TEXT], const char *name,
			  size_t name_len, const char *value)
{
	const size_t most = LABEL_TEXT - sizeof "\\?\"";
	size_t len = (size_t)snprintf(to, LABEL_TEXT, "%.*s=\"", (int)name_len,
				      name);
	for (; *value && len < most; value++) {
		if (*value == '"' || *value == '\\')
			to[len++] = '\\';
		to[len++] = *value;
	}
	to[len++] = '"';
	to[len] = '\0';
	rt_utf8_tidy(to);
	return strlen(to);
}

static void write_labels(enum metric id, const char *one, const char *two,
			 char text[LABELS_TEXT])
{
	const char *name = rows[id].labels;
	size_t first = strcspn(name, ","), len = 0;
	text[0] = '\0';
	if (one)
		len = write_label(text, name, first, one);
	if (two) {
		text[len++] = ',';
		write_label(text + len, name + first + 1,
			    strlen(name + first + 1), two);
	}
}

static struct series *append(struct family *family, const char *labels)
{
	RT_GROW(family->at, family->len, family->cap);
	struct series *new = &family->at[family->len++];
	*new = (struct series){ .labels = rt_strdup(labels) };
	return new;
}

static struct series *find(struct metrics *m, enum metric id, const char *one,
			   const char *two)
{
	char labels[LABELS_TEXT];
	struct family *family = &m->families[id];
	write_labels(id, one, two, labels);
	for (uint32_t i = 0; i < family->len; i++)
		if (strcmp(family->at[i].labels, labels) == 0)
			return &family->at[i];
	return append(family, labels);
}

void metrics_add(struct metrics *m, enum metric id, double more,
		 const char *one, const char *two)
{
	find(m, id, one, two)->value += more;
}

void metrics_set(struct metrics *m, enum metric id, double value,
		 const char *one, const char *two)
{
	find(m, id, one, two)->value = value;
}

void metrics_append(struct metrics *m, enum metric id, double value,
		    const char *one, const char *two)
{
	char labels[LABELS_TEXT];
	write_labels(id, one, two, labels);
	append(&m->families[id], labels)->value = value;
}

void metrics_observe(struct metrics *m, enum metric id, double value)
{
	enum kind kind = rows[id].kind;
	size_t i = 0;
	while (i < kinds[kind].bounds_len && value > kinds[kind].bounds[i])
		i++;
	m->families[id].buckets[i]++;
	m->families[id].at->value += value;
}

void metrics_clear(struct metrics *m, enum metric id)
{
	struct family *family = &m->families[id];
	for (uint32_t i = 0; i < family->len; i++)
		rt_free(family->at[i].labels);
	family->len = 0;
}

struct metrics *metrics_open(void)
{
	struct metrics *m = rt_calloc(1, sizeof *m);
	metrics_set_session(m, "");
	for (enum metric id = 0; id < METRICS; id++)
		if (!rows[id].labels[0])
			append(&m->families[id], "");
	return m;
}

void metrics_close(struct metrics **slot)
{
	struct metrics *m = *slot;
	if (!m)
		return;
	for (enum metric id = 0; id < METRICS; id++) {
		metrics_clear(m, id);
		rt_free(m->families[id].at);
	}
	rt_free(m->session);
	rt_free(m);
	*slot = NULL;
}

void metrics_set_session(struct metrics *m, const char *name)
{
	char label[LABEL_TEXT];
	write_label(label, "SessionName", strlen("SessionName"), name);
	rt_free(m->session);
	m->session = rt_strdup(label);
}

/* ---- text ---------------------------------------------------------- */

static void write_sample(const struct metrics *m, const char *name,
			 const char *suffix, const char *labels, double value,
			 struct rt_buf *to)
{
	char number[RT_F64_TEXT];
	rt_buf_addf(to, "%s%s{%s%s%s} %s\n", name, suffix, labels,
		    labels[0] ? "," : "", m->session,
		    rt_json_f64_text(value, number));
}

static void write_histogram(const struct metrics *m, const struct row *row,
			    const struct family *family, struct rt_buf *to)
{
	const char *name = row->name;
	size_t len = kinds[row->kind].bounds_len;
	uint64_t count = 0;
	char bound[RT_F64_TEXT], label[RT_F64_TEXT + 8];
	for (size_t i = 0; i <= len; i++) {
		const char *text = "+Inf";
		if (i < len)
			text = rt_json_f64_text(kinds[row->kind].bounds[i],
						bound);
		count += family->buckets[i];
		snprintf(label, sizeof label, "le=\"%s\"", text);
		write_sample(m, name, "_bucket", label, (double)count, to);
	}
	write_sample(m, name, "_sum", "", family->at->value, to);
	write_sample(m, name, "_count", "", (double)count, to);
}

void metrics_write(const struct metrics *m, struct rt_buf *to)
{
	for (enum metric id = 0; id < METRICS; id++) {
		const struct row *row = &rows[id];
		const struct family *family = &m->families[id];
		rt_buf_addf(to, "# HELP %s %s\n# TYPE %s %s\n", row->name,
			    row->help, row->name, kinds[row->kind].name);
		if (kinds[row->kind].bounds_len) {
			write_histogram(m, row, family, to);
			continue;
		}
		for (uint32_t i = 0; i < family->len; i++)
			write_sample(m, row->name, "", family->at[i].labels,
				     family->at[i].value, to);
	}
}
