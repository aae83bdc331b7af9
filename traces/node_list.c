/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_list.c - a header is known as a whole, so columns have fixed places.
 */
#include "traces/node_list.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "traces/ask.h"
#include "traces/field.h"
#include "traces/source.h"
#include "traces/table.h"

#define MODEL_MAX 63

struct list {
	const char *header;
	int columns;
	int cpus, memory, gpus, model; /* places; memory -1: there is none */
	double cpus_per, memory_per;   /* of the file's units */
};

static const struct list lists[] = {
	{ "sn,cpu_milli,memory_mib,gpu,model", 5, 1, 2, 3, 4, 1e-3, 1048576 },
	{ "gpu_model,gpu_capacity_num,cpu_num,node_name", 4, 2, -1, 1, 0, 1,
	  0 },
};

struct forms {
	struct rt_arena *arena;
	uint32_t len, cap;
	struct trace_node_form *at;
};

static enum rt_status add(struct forms *forms, struct trace_node_form node,
			  struct rt_error *err)
{
	for (uint32_t i = 0; i < forms->len; i++) {
		struct trace_node_form *form = &forms->at[i];
		if (form->cpus == node.cpus && form->memory == node.memory &&
		    form->gpus == node.gpus &&
		    strcmp(form->model, node.model) == 0) {
			form->count++;
			return RT_OK;
		}
	}
	if (forms->len == TRACE_NODE_FORMS_MAX)
		return rt_fail(err, RT_ELIMIT, "more than %d forms of nodes",
			       TRACE_NODE_FORMS_MAX);
	RT_ARENA_GROW(forms->arena, forms->at, forms->len, forms->cap);
	node.model = rt_arena_strdup(forms->arena, node.model);
	node.count = 1;
	forms->at[forms->len++] = node;
	return RT_OK;
}

/* A manifest has whole GPUs, and labels of at most so many characters. */
static enum rt_status check(const struct trace_node_form *node,
			    struct rt_error *err)
{
	size_t len = strlen(node->model);

	if (node->gpus != floor(node->gpus))
		return rt_fail(err, RT_EINPUT,
			       "GPUs: %.15g is not a whole number", node->gpus);
	for (size_t i = 0; i < len; i++)
		if (len > MODEL_MAX || iscntrl((unsigned char)node->model[i]))
			return rt_fail(err, RT_EINPUT,
				       "\"%.40s\" is no model: a label has %d "
				       "characters at most, none of control",
				       node->model, MODEL_MAX);
	return RT_OK;
}

static enum rt_status take(const struct list *list, char *line,
			   struct forms *forms, struct rt_error *err)
{
	char *fields[RT_CSV_FIELDS];
	struct trace_node_form node = { 0 };
	int n;
	enum rt_status status = trace_split(line, fields, &n, err);

	if (status)
		return status;
	if (n != list->columns)
		return rt_fail(err, RT_EINPUT,
			       "%d fields where the header has %d", n,
			       list->columns);
	if ((status = trace_number(fields[list->cpus], "CPUs", 0,
				   TRACE_AMOUNT_MAX, &node.cpus, err)) ||
	    (status = trace_number(fields[list->gpus], "GPUs", 0,
				   TRACE_AMOUNT_MAX, &node.gpus, err)))
		return status;
	if (list->memory >= 0 &&
	    (status = trace_number(fields[list->memory], "memory", 0,
				   TRACE_AMOUNT_MAX / list->memory_per,
				   &node.memory, err)))
		return status;
	node.cpus *= list->cpus_per;
	node.memory *= list->memory_per;
	node.model = node.gpus > 0 ? fields[list->model] : "";
	status = check(&node, err);
	return status ? status : add(forms, node, err);
}

static enum rt_status find_list(const char *line, const struct list **out,
				struct rt_error *err)
{
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (strcmp(lists[i].header, line) == 0) {
			*out = &lists[i];
			return RT_OK;
		}
	return rt_fail(err, RT_EINPUT,
		       "this begins no known list of nodes; one begins with %s",
		       lists[0].header);
}

static enum rt_status read_source(void *from, char *to, size_t size,
				  size_t *len, struct rt_error *err)
{
	return trace_source_read(from, to, size, len, err);
}

static enum rt_status read_lines(struct rt_lines *lines, struct forms *forms,
				 struct rt_error *err)
{
	const struct list *list = NULL;
	char *line;
	enum rt_status status;

	while (!(status = rt_lines_next(lines, &line, err)) && line) {
		if (!*line)
			continue;
		status = list ? take(list, line, forms, err)
			      : find_list(line, &list, err);
		if (status)
			return rt_wrap(
				err, "%s:%llu", rt_lines_path(lines),
				(unsigned long long)rt_lines_number(lines));
	}
	if (!status && forms->len == 0)
		return rt_fail(err, RT_EINPUT, "%s: no nodes in this list",
			       rt_lines_path(lines));
	return status;
}

enum rt_status trace_node_list(const char *path, struct rt_arena *arena,
			       struct trace_node_form **out, uint32_t *len,
			       struct rt_error *err)
{
	struct trace_source *source;
	struct forms forms = { .arena = arena };
	enum rt_status status = trace_source_open(&source, path, err);

	if (status)
		return status;
	struct rt_lines *lines =
		rt_lines_over((struct rt_bytes){ source, read_source }, path);
	status = read_lines(lines, &forms, err);
	rt_lines_close(&lines);
	trace_source_close(&source);
	*out = forms.at;
	*len = forms.len;
	return status;
}
