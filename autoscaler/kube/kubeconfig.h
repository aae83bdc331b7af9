/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubeconfig.h - where the API is and who we are, outside a cluster: the
 * current context of a file as kubectl has it.  Certificates, keys and tokens
 * are understood; programs that make tokens (exec) and whatever else would
 * change the meaning are refused by name.
 */
#ifndef AUTOSCALER_KUBE_KUBECONFIG_H
#define AUTOSCALER_KUBE_KUBECONFIG_H

#include "autoscaler/kube/kube.h"
#include "core/base/arena.h"

/* Fills server, tls and token of `conf`, and its namespace if it has none and
 * the context does.  Texts are in the arena. */
enum rt_status kubeconfig_read(const char *path, struct rt_arena *,
			       struct kube_conf *, struct rt_error *err);

#endif
