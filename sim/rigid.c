/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rigid.c - a job is as wide as all of its bundles together: so many GPUs where
 * it asks for any, else CPUs; parts of one count as one.
 */
#include "sim/rigid.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/model/res.h"
#include "sim/measures.h"
#include "sim/rigid_levels.h"

struct names {
	uint32_t cpu, gpu;
};

static double amount(const struct trace *trace, const struct trace_job *job,
		     uint32_t name)
{
	double sum = 0;

	for (uint32_t i = 0; i < job->asks_len; i++) {
		const struct trace_ask *ask = &job->asks[i];
		struct rt_res res = trace->facts->shapes[ask->shape].res;
		sum += (double)ask->count * (double)rt_res_get(res, name);
	}
	return sum / RT_UNITS;
}

/* 0: it does not run on this pool. */
static uint32_t width(const struct sim_rigid_conf *conf,
		      const struct trace_job *job, struct names names)
{
	double wide = amount(conf->trace, job, names.gpu);

	if (wide <= 0)
		wide = amount(conf->trace, job, names.cpu);
	wide = ceil(wide);
	if (job->kind == TRACE_REQUEST || wide > conf->processors)
		return 0;
	return (uint32_t)wide;
}

static double estimate_s(const struct sim_rigid_conf *conf,
			 const struct trace_job *job)
{
	if (conf->estimate_factor)
		return job->run_s * conf->estimate_factor;
	return fmax(job->run_s, job->estimate_s);
}

/* Those that can run, and the place in the trace of each. */
static uint32_t read_jobs(const struct sim_rigid_conf *conf,
			  struct sim_pool_job *jobs, uint32_t *places)
{
	const struct trace *trace = conf->trace;
	const struct names names = {
		.cpu = trace->facts->cpu,
		.gpu = rt_name_intern(trace->facts->names, "GPU"),
	};
	uint32_t len = 0;

	for (uint32_t i = 0; i < trace->jobs_len; i++) {
		const struct trace_job *job = trace->jobs[i];
		jobs[len] = (struct sim_pool_job){
			.submit_s = job->submit_s,
			.run_s = job->run_s,
			.estimate_s = estimate_s(conf, job),
			.width = width(conf, job, names),
		};
		places[len] = i;
		len += jobs[len].width > 0;
	}
	return len;
}

struct sim_result *sim_rigid_run(const struct sim_rigid_conf *conf)
{
	uint32_t all = conf->trace->jobs_len;
	struct sim_pool_job *jobs = rt_calloc(all, sizeof *jobs);
	uint32_t *places = rt_calloc(all, sizeof *places);
	double *starts = rt_calloc(all, sizeof *starts);
	struct sim_job *fates = rt_calloc(all, sizeof *fates);
	uint32_t len = read_jobs(conf, jobs, places);
	double work_s = 0;
	uint64_t events = sim_pool_run(conf->scheduler, conf->processors, jobs,
				       len, starts);

	if (conf->watch && conf->watch->levels)
		sim_rigid_levels(jobs, starts, len, conf->processors,
				 conf->watch);
	for (uint32_t i = 0; i < all; i++)
		fates[i].fate = SIM_REJECTED;
	for (uint32_t i = 0; i < len; i++) {
		fates[places[i]] = (struct sim_job){
			.fate = SIM_DONE,
			.submit_s = jobs[i].submit_s,
			.start_s = starts[i],
			.run_s = jobs[i].run_s,
			.node = SIM_NO_NODE,
		};
		work_s += jobs[i].width * jobs[i].run_s;
	}
	rt_free(jobs);
	rt_free(places);
	rt_free(starts);
	return sim_measure_pool(conf->trace, fates, events, conf->processors,
				work_s);
}
