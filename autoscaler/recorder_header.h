/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder_header.h - the first line of a file: what its rounds are decided by.
 */
#ifndef AUTOSCALER_RECORDER_HEADER_H
#define AUTOSCALER_RECORDER_HEADER_H

#include "autoscaler/recorder.h"

/* To be freed with cJSON_free(). */
char *recorder_header(const struct recorder_conf *, uint32_t part,
		      uint64_t round, const struct policy *,
		      const struct policy *shadow,
		      const struct rt_controller *);

#endif
