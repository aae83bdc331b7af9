/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gsl.h - a stream of random numbers as GSL's distributions want it.
 */
#ifndef TRACES_GSL_H
#define TRACES_GSL_H

#include <gsl/gsl_rng.h>

#include "core/base/rng.h"

/* Draws from the stream, which is borrowed. */
gsl_rng trace_gsl(struct rt_rng *);

#endif
