/* SPDX-License-Identifier: Apache-2.0 */
/*
 * external.h - the stage `external`: a process that packs.  It is shown the
 * snapshot as a line of JSON and answers with a decision
 * (docs/formats/snapshot.md, decision.md).  When it fails, the round is held
 * and the log says why.
 */
#ifndef CORE_HOST_EXTERNAL_H
#define CORE_HOST_EXTERNAL_H

#include <raytide/policy.h>

extern const struct rt_policy_ops rt_policy_external;

/* For the stage's conf, once its parameters are read; what it returns goes to
 * rt_external_close() when the stage does. */
void *rt_external_open(void *conf);
void rt_external_close(void *external);

#endif
