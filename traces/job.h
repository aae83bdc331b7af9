/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - a job and all that it points to in one block of memory.
 */
#ifndef TRACES_JOB_H
#define TRACES_JOB_H

#include "traces/trace.h"

/* A block of its own for a job whose pointers lead anywhere. */
struct trace_job *trace_job_copy(const struct trace_job *);

#endif
