/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.c - one loop over the lines for all formats: finds the format, reads
 * ahead by a window of rows, puts file and line before every complaint.
 */
#include <math.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/mem.h"
#include "core/base/param.h"
#include "traces/folder.h"
#include "traces/format.h"
#include "traces/job.h"
#include "traces/shapes.h"
#include "traces/source.h"
#include "traces/window.h"

#define FORMATS_MAX 64

struct trace_reader {
	uint32_t files_len, file; /* mostly one; the next to open */
	const char *const *files;
	struct trace_source *source;
	struct rt_lines *lines; /* of the file */
	bool sort;              /* the window is the whole */
	bool ended;             /* no more lines */
	const struct trace_format *format;
	const struct trace_settings *given;
	struct trace_settings *defaults;
	const void *conf;
	void *state;            /* of the format */
	struct rt_buf document; /* so far, if it is to be read whole */
	struct rt_arena *arena, *scratch;
	struct trace_shapes shapes;
	struct trace_window window;
	double first_s; /* taken off all times */
	double last_s;  /* of the job before, -INFINITY: there was none */
	struct trace_facts facts;
};

/* ---- which format ------------------------------------------------------- */

static void set_format(struct trace_reader *r, size_t i)
{
	const struct trace_settings *settings = r->given;

	if (!settings)
		settings = r->defaults = trace_settings_new();
	r->format = trace_formats[i];
	r->conf = trace_settings_of(settings, i);
	r->sort |= r->format->flags & TRACE_UNSORTED;
	r->state = rt_calloc(1, r->format->state_size);
	r->facts.format = r->format->name;
}

enum rt_status trace_format_find(const char *name, size_t *place,
				 struct rt_error *err)
{
	const char *names[FORMATS_MAX];
	size_t n = 0;

	for (; trace_formats[n] && n < FORMATS_MAX; n++) {
		names[n] = trace_formats[n]->name;
		*place = n;
		if (strcmp(names[n], name) == 0)
			return RT_OK;
	}
	const char *near = rt_nearest(name, names, n);
	return rt_fail(err, RT_EINPUT, "%s: no such trace format; %s %s", name,
		       near ? "did you mean" : "there is",
		       near ? near : names[0]);
}

static enum rt_status format_by_line(struct trace_reader *r, const char *line,
				     struct rt_error *err)
{
	for (size_t i = 0; trace_formats[i]; i++)
		if (trace_formats[i]->sniff(line)) {
			set_format(r, i);
			return RT_OK;
		}
	return rt_fail(err, RT_EINPUT,
		       "this begins no known trace format; name one with "
		       "--trace-format");
}

/* ---- files -------------------------------------------------------------- */

static enum rt_status read_source(void *from, char *to, size_t size,
				  size_t *len, struct rt_error *err)
{
	return trace_source_read(from, to, size, len, err);
}

static enum rt_status open_file(struct trace_reader *r, struct rt_error *err)
{
	const char *path = r->files[r->file++];
	enum rt_status status;

	if (r->lines)
		rt_lines_close(&r->lines);
	trace_source_close(&r->source);
	if ((status = trace_source_open(&r->source, path, err)))
		return status;
	r->lines = rt_lines_over((struct rt_bytes){ r->source, read_source },
				 path);
	return RT_OK;
}

/* ---- reading ------------------------------------------------------------ */

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t")] == '\0';
}

/* A document is taken when all of its lines are there. */
static enum rt_status add_line(struct trace_reader *r, const char *line,
			       struct rt_error *err)
{
	if (rt_buf_addf(&r->document, "%s\n", line))
		return RT_OK;
	return rt_fail(err, RT_ELIMIT, "more than %zu MiB in one document",
		       r->document.max >> 20);
}

/* There are no more lines. */
static enum rt_status take_end(struct trace_reader *r, struct rt_error *err)
{
	const struct trace_format *format = r->format;
	enum rt_status status = RT_OK;

	r->ended = true;
	if (r->document.len > 0)
		status = format->take(r->state, r->document.data, r, err);
	else if (format && format->end)
		status = format->end(r->state, r, err);
	return status ? rt_wrap(err, "%s", rt_lines_path(r->lines)) : RT_OK;
}

/* Whether that error is but the end of a file whose writer was killed. */
static bool is_cut(struct trace_reader *r)
{
	if (!r->format || !(r->format->flags & TRACE_MAY_BE_CUT) ||
	    !trace_source_is_cut(r->source))
		return false;
	trace_mend(r, "had no end: the file was cut short");
	return true;
}

static enum rt_status take_line(struct trace_reader *r, char *line,
				struct rt_error *err)
{
	enum rt_status status;

	if (!r->format && (status = format_by_line(r, line, err)))
		return status;
	if (r->format->flags & TRACE_DOCUMENT)
		return add_line(r, line, err);
	rt_arena_reset(r->scratch);
	return r->format->take(r->state, line, r, err);
}

static enum rt_status read_line(struct trace_reader *r, struct rt_error *err)
{
	char *line;
	enum rt_status status = rt_lines_next(r->lines, &line, err);

	if (status && !is_cut(r))
		return status; /* names file and line */
	if (status || !line)
		return r->file < r->files_len ? open_file(r, err)
					      : take_end(r, err);
	if (is_blank(line))
		return RT_OK;
	if (take_line(r, line, err))
		return rt_wrap(err, "%s:%llu", rt_lines_path(r->lines),
			       (unsigned long long)rt_lines_number(r->lines));
	return RT_OK;
}

static enum rt_status too_late(const struct trace_reader *r,
			       struct trace_job *job, struct rt_error *err)
{
	double submit_s = job->submit_s;
	unsigned long long row = job->row;

	trace_job_free(&job);
	return rt_fail(
		err, RT_EINPUT,
		"%s:%llu: submitted at %.15g s, more than %d rows behind "
		"one of %.15g s; sort the whole with --sort",
		rt_lines_path(r->lines), row, submit_s, TRACE_WINDOW,
		r->last_s);
}

static enum rt_status too_far(const struct trace_reader *r,
			      struct trace_job *job, struct rt_error *err)
{
	unsigned long long row = job->row;

	trace_job_free(&job);
	return rt_fail(err, RT_EINPUT,
		       "%s:%llu: submitted more than %g s after the first",
		       rt_lines_path(r->lines), row, TRACE_SECONDS_MAX);
}

static bool is_full(const struct trace_window *w)
{
	return trace_window_len(w) > TRACE_WINDOW ||
	       w->bytes > TRACE_WINDOW_BYTES;
}

enum rt_status trace_next(struct trace_reader *r, struct trace_job **out,
			  struct rt_error *err)
{
	enum rt_status status;

	*out = NULL;
	while (!r->ended && (r->sort || !is_full(&r->window)))
		if ((status = read_line(r, err)))
			return status;
	if (trace_window_len(&r->window) == 0)
		return RT_OK;
	struct trace_job *job = trace_window_take(&r->window);
	if (isinf(r->last_s) && (r->format->flags & TRACE_FROM_FIRST))
		r->first_s = job->submit_s;
	if (job->submit_s < r->last_s)
		return too_late(r, job, err);
	if (job->submit_s - r->first_s > TRACE_SECONDS_MAX)
		return too_far(r, job, err);
	r->last_s = job->submit_s;
	if (isinf(job->run_s))
		job->run_s = r->facts.end_s - job->submit_s;
	job->submit_s -= r->first_s;
	*out = job;
	return RT_OK;
}

/* ---- for formats -------------------------------------------------------- */

enum rt_status trace_emit(struct trace_reader *r, const struct trace_job *from,
			  uint64_t copies, struct rt_error *err)
{
	if (r->sort && (trace_window_len(&r->window) == TRACE_JOBS_MAX ||
			r->window.bytes > TRACE_SORT_BYTES))
		return rt_fail(err, RT_ELIMIT,
			       "more than %d jobs or %zu MiB to be sorted; cut "
			       "the trace",
			       TRACE_JOBS_MAX, TRACE_SORT_BYTES >> 20);
	if (from->run_s > TRACE_SECONDS_MAX && !isinf(from->run_s))
		return rt_fail(err, RT_EINPUT,
			       "a run time of %.15g s; at most it is %g",
			       from->run_s, TRACE_SECONDS_MAX);
	if (copies == 0)
		return RT_OK;
	struct trace_job *job = trace_job_copy(from);
	if (job->row == 0)
		job->row = rt_lines_number(r->lines);
	trace_window_put(&r->window, job, copies);
	return RT_OK;
}

const void *trace_conf(const struct trace_reader *r)
{
	return r->conf;
}

const struct trace_facts *trace_facts(const struct trace_reader *r)
{
	return &r->facts;
}

struct trace_facts *trace_facts_of(struct trace_reader *r)
{
	return &r->facts;
}

struct rt_arena *trace_arena(struct trace_reader *r)
{
	return r->arena;
}

struct rt_arena *trace_scratch(struct trace_reader *r)
{
	return r->scratch;
}

enum rt_status trace_shape(struct trace_reader *r,
			   const struct trace_shape *shape, uint32_t *out,
			   struct rt_error *err)
{
	*out = trace_shapes_find(&r->shapes, shape, r->arena);
	r->facts.shapes = r->shapes.at;
	r->facts.shapes_len = r->shapes.len;
	if (r->shapes.len > TRACE_SHAPES_MAX)
		return rt_fail(err, RT_ELIMIT, "more than %d distinct requests",
			       TRACE_SHAPES_MAX);
	return RT_OK;
}

static void note(struct trace_reader *r, const char *text, uint64_t count,
		 bool left_out)
{
	struct trace_facts *facts = &r->facts;
	uint32_t i = 0;

	if (count == 0)
		return;
	while (i < facts->notes_len && facts->notes[i].text != text)
		i++;
	if (i == TRACE_NOTES_MAX)
		RT_BUG("a format has too many rules");
	if (i == facts->notes_len)
		facts->notes[facts->notes_len++] =
			(struct trace_note){ text, 0, left_out };
	facts->notes[i].count += count;
}

void trace_leave_out(struct trace_reader *r, const char *text)
{
	trace_leave_out_all(r, text, 1);
}

void trace_leave_out_all(struct trace_reader *r, const char *text,
			 uint64_t count)
{
	note(r, text, count, true);
	r->facts.left_out += count;
}

void trace_mend(struct trace_reader *r, const char *text)
{
	trace_mend_all(r, text, 1);
}

void trace_mend_all(struct trace_reader *r, const char *text, uint64_t count)
{
	note(r, text, count, false);
}

void trace_ignore(struct trace_reader *r, const char *name)
{
	struct trace_facts *facts = &r->facts;

	if (facts->ignored_len == TRACE_IGNORED_MAX)
		return;
	for (uint32_t i = 0; i < facts->ignored_len; i++)
		if (strcmp(facts->ignored[i], name) == 0)
			return;
	facts->ignored[facts->ignored_len++] = rt_arena_strdup(r->arena, name);
}

/* ---- open and close ----------------------------------------------------- */

enum rt_status trace_open(struct trace_reader **out, const char *path,
			  const struct trace_options *options,
			  struct rt_error *err)
{
	static const struct trace_options defaults;
	struct trace_reader *r = rt_calloc(1, sizeof *r);
	enum rt_status status = RT_OK;

	if (!options)
		options = &defaults;
	r->given = options->settings;
	r->sort = options->sort;
	r->last_s = -INFINITY;
	r->document.max = TRACE_DOCUMENT_MAX;
	r->arena = rt_arena_new();
	r->scratch = rt_arena_new();
	r->facts.names = rt_names_new();
	r->facts.cpu = rt_name_intern(r->facts.names, "CPU");
	if (options->format) {
		size_t place;
		status = trace_format_find(options->format, &place, err);
		if (!status)
			set_format(r, place);
	}
	if (!status)
		status = trace_folder_list(path, r->arena, &r->files,
					   &r->files_len, err);
	if (!status)
		status = open_file(r, err);
	if (!status)
		r->facts.path =
			rt_arena_strdup(r->arena, rt_lines_path(r->lines));
	else
		trace_close(&r);
	*out = r;
	return status;
}

void trace_close(struct trace_reader **reader)
{
	struct trace_reader *r = *reader;

	if (!r)
		return;
	if (r->format && r->format->close)
		r->format->close(r->state);
	trace_window_free(&r->window);
	trace_shapes_free(&r->shapes);
	trace_settings_free(&r->defaults);
	rt_buf_free(&r->document);
	rt_names_free(&r->facts.names);
	rt_arena_free(&r->arena);
	rt_arena_free(&r->scratch);
	if (r->lines)
		rt_lines_close(&r->lines);
	trace_source_close(&r->source);
	rt_free(r->state);
	rt_free(r);
	*reader = NULL;
}
