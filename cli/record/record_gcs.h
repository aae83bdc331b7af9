/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_gcs.h - reads the GCS's own tables into a recording.
 */
#ifndef CLI_RECORD_RECORD_GCS_H
#define CLI_RECORD_RECORD_GCS_H

#include "autoscaler/gcs/gcs_history.h"
#include "traces/record.h"

/* Everything is copied into the recording's arena. */
void record_gcs(const struct gcs_history *, struct recording *);

#endif
