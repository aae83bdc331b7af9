/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_write.h - `--out DIR` of `raytide sim`.
 */
#ifndef CLI_SIM_WRITE_H
#define CLI_SIM_WRITE_H

#include "sim/sim.h"

/* Makes the directory; it may be there already. */
enum rt_status sim_write_dir(const char *dir, struct rt_error *err);
/* jobs.csv and summary.json: whole, or as they were before. */
enum rt_status sim_write(const char *dir, const struct sim_result *,
			 const struct trace *, const char *text,
			 struct rt_error *err);

#endif
