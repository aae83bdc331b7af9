/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - a run is finished when its folder has a cell.json with its key; that
 * file is the last one to come there.
 */
#include "cli/experiment/run.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment/finished.h"
#include "cli/experiment/store.h"
#include "cli/experiment/workers.h"
#include "cli/report/bar.h"
#include "cli/report/folder.h"
#include "cli/report/text.h"
#include "core/base/mem.h"

struct work {
	const struct experiment_conf *conf;
	struct experiment *experiment;
	struct cells cells;
	struct store store;
	struct outcome outcome;
	bool *finished;
	uint32_t done; /* cells */
	struct bar bar;
};

static void show_progress(struct work *w)
{
	bar_show(&w->bar, w->done, w->cells.len,
		 "%" PRIu32 " of %" PRIu32 " runs", w->done, w->cells.len);
}

/* ---- cells -------------------------------------------------------------- */

/* cell.json: what was run. */
static char *describe(const struct work *w, const struct cell *cell)
{
	char *text;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		rt_oom();
	fprintf(to,
		"{\"key\":\"%s\",\"workload\":\"%s\",\"cluster\":\"%s\","
		"\"policy\":",
		cell->key, cell->workload->name, cell->cluster->name);
	report_json_text(to, cell->policy ? cell->policy->name : "");
	putc(',', to);
	outcome_parameters(w->experiment, cell, to);
	fprintf(to, ",\"seed\":%" PRIu64 "}\n", cell->seed);
	if (fclose(to) != 0)
		rt_oom();
	return text;
}

static enum rt_status fail_in(const struct cell *cell, struct rt_error *err)
{
	return rt_wrap(err, "%s on %s under %s, seed %" PRIu64,
		       cell->workload->name, cell->cluster->name,
		       cell->policy ? cell->policy->name : "no policy",
		       cell->seed);
}

static enum rt_status run_cell(void *to, uint32_t i, struct rt_error *err)
{
	struct work *w = to;
	const struct cell *cell = &w->cells.at[i];
	char *about = describe(w, cell);
	char folder[PATH_MAX];

	store_folder(&w->store, cell->id, folder);
	report_folder_remove(folder); /* that of another program */
	enum rt_status status =
		w->conf->runner.run(w->experiment, cell, folder, about, err);
	free(about);
	return status ? fail_in(cell, err) : RT_OK;
}

static enum rt_status take_figures(struct work *w, uint32_t i,
				   struct rt_error *err)
{
	char folder[PATH_MAX];

	store_folder(&w->store, w->cells.at[i].id, folder);
	enum rt_status status =
		finished_figures(folder, &w->outcome.figures[i], err);
	if (status)
		return status;
	w->done++;
	return RT_OK;
}

static enum rt_status note_run(void *to, uint32_t i, struct rt_error *err)
{
	enum rt_status status = take_figures(to, i, err);

	show_progress(to);
	return status;
}

/* Seeds aside, each combination once; what is wrong stands in the experiment's
 * file or in one that it names. */
static enum rt_status check_cells(const struct work *w, struct rt_error *err)
{
	enum rt_status status = RT_OK;

	for (uint32_t g = 0; g < outcome_groups(&w->outcome) && !status; g++) {
		const struct cell *cell = outcome_group(&w->outcome, g);
		status = w->conf->runner.check(w->experiment, cell, err);
		if (status)
			rt_fail(err, status, "%s (%s on %s%s%s)", err->text,
				cell->workload->name, cell->cluster->name,
				cell->policy ? " under " : "",
				cell->policy ? cell->policy->name : "");
	}
	return status;
}

/* One whose figures cannot be read is run again. */
static void find_finished(struct work *w)
{
	char folder[PATH_MAX];

	for (uint32_t i = 0; i < w->cells.len; i++) {
		store_folder(&w->store, w->cells.at[i].id, folder);
		w->finished[i] = finished_is(folder, w->cells.at[i].key) &&
				 !take_figures(w, i, NULL);
	}
}

static enum rt_status run_cells(struct work *w, struct rt_error *err)
{
	const struct workers_job job = { run_cell, note_run, w };
	uint32_t workers = w->conf->workers;

	if (!workers)
		workers = workers_cores();
	if (workers > w->cells.len)
		workers = w->cells.len;
	find_finished(w);
	bar_begin(&w->bar, w->done, 0);
	show_progress(w);
	enum rt_status status =
		workers_run(&job, w->cells.len, w->finished, workers, err);
	bar_end(&w->bar);
	return status;
}

/* ---- results ------------------------------------------------------------ */

static enum rt_status write_results(const struct work *w, struct rt_error *err)
{
	static const struct {
		const char *name;
		void (*write)(const struct outcome *, FILE *);
	} files[] = {
		{ "summary.csv", outcome_summary_csv },
		{ "summary.json", outcome_summary_json },
		{ "intervals.csv", outcome_intervals_csv },
		{ "timing.csv", outcome_timing_csv },
		{ "report.html", outcome_page },
		{ "comparison.csv", outcome_comparison_csv },
	};
	bool compares = w->experiment->base_policy;
	size_t len = sizeof files / sizeof *files - !compares;
	struct report_folder *folder = NULL;
	enum rt_status status = report_folder_open(&folder, w->store.path, err);

	for (size_t i = 0; i < len && !status; i++) {
		FILE *to;
		status = report_folder_add(folder, files[i].name, &to, err);
		if (!status)
			files[i].write(&w->outcome, to);
	}
	if (!status && !compares)
		report_folder_drop(folder, "comparison.csv");
	if (!status)
		status = report_folder_publish(folder, err);
	report_folder_close(&folder);
	return status;
}

static enum rt_status print(const struct work *w, struct rt_error *err)
{
	if (w->conf->json)
		outcome_summary_json(&w->outcome, stdout);
	else
		outcome_table(&w->outcome, stdout);
	if (!w->conf->json)
		printf("\n%" PRIu32 " runs; %s/report.html shows them\n",
		       w->cells.len, w->store.path);
	if (fflush(stdout) != 0 || ferror(stdout))
		return rt_fail(err, RT_EIO, "standard output: %s",
			       strerror(errno));
	return RT_OK;
}

static enum rt_status prepare(struct work *w, struct rt_error *err)
{
	enum rt_status status;

	if ((status = experiment_open(&w->experiment, w->conf->path, err)) ||
	    (status = cells_expand(w->experiment, &w->cells, err)))
		return status;
	w->outcome = (struct outcome){
		.experiment = w->experiment,
		.cells = &w->cells,
		.figures = rt_calloc(w->cells.len, sizeof(struct sim_figures)),
	};
	w->finished = rt_calloc(w->cells.len, sizeof *w->finished);
	if ((status = check_cells(w, err)))
		return status;
	return store_open(&w->store, w->conf->out, w->conf->path, err);
}

enum rt_status experiment_run(const struct experiment_conf *conf,
			      struct rt_error *err)
{
	struct work w = { .conf = conf, .store = STORE_CLOSED };
	enum rt_status status;

	if (!(status = prepare(&w, err)) && !(status = run_cells(&w, err)) &&
	    !(status = write_results(&w, err)))
		status = print(&w, err);
	store_close(&w.store);
	rt_free(w.outcome.figures);
	rt_free(w.finished);
	experiment_close(&w.experiment);
	return status;
}
