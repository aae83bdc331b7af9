/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - the parts of `raytide trace`: each has its options and what it
 * does; argv[0] is its name.
 */
#ifndef CLI_TRACE_TRACE_H
#define CLI_TRACE_TRACE_H

#include "core/base/error.h"
#include "core/base/opt.h"

extern const struct rt_option trace_info_options[];
enum rt_status trace_info(int argc, char **argv, struct rt_error *err);

extern const struct rt_option trace_convert_options[];
enum rt_status trace_convert(int argc, char **argv, struct rt_error *err);

extern const struct rt_option trace_slice_options[];
enum rt_status trace_slice(int argc, char **argv, struct rt_error *err);

extern const struct rt_option trace_generate_options[];
void trace_generate_help(FILE *);
enum rt_status trace_generate(int argc, char **argv, struct rt_error *err);

extern const struct rt_option trace_cluster_options[];
enum rt_status trace_cluster(int argc, char **argv, struct rt_error *err);

extern const struct rt_option trace_record_options[];
enum rt_status trace_record(int argc, char **argv, struct rt_error *err);

#endif
