/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - what a stage of a chain may do to a plan.  It is held to its place:
 * what is not its to do, or is about a group or node that is not there, is not
 * done, and plan->misuse says what it was.
 */
#ifndef CORE_CONTROLLER_HOST_H
#define CORE_CONTROLLER_HOST_H

#include <raytide/policy.h>

extern const struct rt_host rt_host_of_stages;

#endif
