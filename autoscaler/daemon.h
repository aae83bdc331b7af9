/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon.h - the sidecar at work: a round, and one round after the other.  It
 * is fail-static: a round that cannot see or act leaves the cluster as it is,
 * and the next one begins anew.
 */
#ifndef AUTOSCALER_DAEMON_H
#define AUTOSCALER_DAEMON_H

#include "autoscaler/settings.h"
#include "autoscaler/supervise.h"

struct daemon;

/* The settings are borrowed.  `wake` is a descriptor that becomes readable when
 * it is time to leave; `restarts` came before this life. */
struct daemon *daemon_open(const struct settings *, int wake,
			   uint64_t restarts);
void daemon_close(struct daemon **);

/* False when a step of the round failed. */
bool reconcile_once(struct daemon *);

/* Rounds, until `wake` is readable; the parent is told of each. */
void daemon_run(struct daemon *, struct supervised *);

#endif
