/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster.c - raytide trace cluster: a worker group for each form of node, none
 * of them there at first and as many at most as the list has.
 */
#include "cli/trace/cluster.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/trace/output.h"
#include "cli/trace/trace.h"

struct cluster {
	const char *out;
};

static enum rt_status take_out(void *conf, const char *value,
			       struct rt_error *err)
{
	(void)err;
	((struct cluster *)conf)->out = value;
	return RT_OK;
}

const struct rt_option trace_cluster_options[] = {
	{ "out", "FILE", "write the manifest there (standard output)",
	  take_out },
	{ 0 },
};

/* The model as part of a group's name: small letters, digits, hyphens. */
static void put_name(struct rt_buf *to, const struct trace_node_form *form,
		     uint32_t i)
{
	rt_buf_addf(to, "g%" PRIu32 "-", i);
	for (const char *c = form->model; *c; c++)
		rt_buf_addf(to, "%c",
			    isalnum((unsigned char)*c)
				    ? tolower((unsigned char)*c)
				    : '-');
	rt_buf_addf(to, "%s%.0fcpu", *form->model ? "-" : "",
		    floor(form->cpus));
}

/* In double quotes, as YAML and JSON have it. */
static void put_quoted(struct rt_buf *to, const char *text)
{
	rt_buf_addf(to, "\"");
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			rt_buf_addf(to, "\\%c", *text);
		else
			rt_buf_addf(to, "%c", *text);
	rt_buf_addf(to, "\"");
}

static void put_group(struct rt_buf *to, const struct trace_node_form *form,
		      uint32_t i)
{
	rt_buf_addf(to, "  - groupName: ");
	put_name(to, form, i);
	rt_buf_addf(to,
		    "\n    replicas: 0\n    minReplicas: 0\n"
		    "    maxReplicas: %" PRIu64 "\n    rayStartParams:\n"
		    "      num-cpus: \"%.0f\"\n",
		    form->count, floor(form->cpus));
	if (form->gpus > 0)
		rt_buf_addf(to, "      num-gpus: \"%.0f\"\n", form->gpus);
	if (form->memory > 0)
		rt_buf_addf(to, "      memory: \"%.0f\"\n", form->memory);
	if (*form->model) {
		rt_buf_addf(to, "    labels:\n      ray.io/accelerator-type: ");
		put_quoted(to, form->model);
		rt_buf_addf(to, "\n");
	}
	rt_buf_addf(to, "    template:\n      spec:\n        containers:\n"
			"        - name: ray-worker\n"
			"          image: rayproject/ray\n");
}

void trace_cluster_put(struct rt_buf *to, const struct trace_node_form *forms,
		       uint32_t len)
{
	rt_buf_addf(to, "apiVersion: ray.io/v1\nkind: RayCluster\n"
			"metadata:\n  name: raycluster\nspec:\n"
			"  enableInTreeAutoscaling: true\n  headGroupSpec:\n"
			"    rayStartParams:\n      num-cpus: \"0\"\n"
			"    template:\n      spec:\n        containers:\n"
			"        - name: ray-head\n"
			"          image: rayproject/ray\n"
			"  workerGroupSpecs:\n");
	for (uint32_t i = 0; i < len; i++)
		put_group(to, &forms[i], i);
}

static enum rt_status write_cluster(const struct trace_node_form *forms,
				    uint32_t len, const char *path,
				    struct rt_error *err)
{
	struct trace_output output;
	struct rt_buf text = RT_BUF(RT_YAML_MAX);
	enum rt_status status = trace_output_open(&output, path, err);

	trace_cluster_put(&text, forms, len);
	if (!status)
		status = trace_output_text(&output, text.data, err);
	if (!status)
		status = trace_output_publish(&output, err);
	trace_output_close(&output);
	rt_buf_free(&text);
	return status;
}

enum rt_status trace_cluster(int argc, char **argv, struct rt_error *err)
{
	struct cluster cluster = { 0 };
	struct trace_node_form *forms;
	uint32_t len;
	int operands;
	enum rt_status status = rt_opt_parse(trace_cluster_options, argc, argv,
					     &cluster, &operands, err);

	if (status)
		return status;
	if (operands != 1)
		return rt_fail(err, RT_EINPUT,
			       "cluster: one file is needed; `raytide trace "
			       "cluster NODES`");
	struct rt_arena *arena = rt_arena_new();
	status = trace_node_list(argv[1], arena, &forms, &len, err);
	if (!status)
		status = write_cluster(forms, len, cluster.out, err);
	rt_arena_free(&arena);
	return status;
}
