/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain_open.h - a chain from a document: the value of `policy` in a policy
 * file (docs/formats/policy-file.md), and what stands beside it there.
 * Policies are found in the list that main hands in (the registry of
 * policies/).
 */
#ifndef CORE_HOST_CHAIN_OPEN_H
#define CORE_HOST_CHAIN_OPEN_H

#include <raytide/registry.h>

#include "core/base/json.h"
#include "core/controller/chain.h"

/* The policies that a name may mean, one after the other: those of the registry
 * and those that lie here; NULL after the last. */
const struct rt_policy_ops *rt_policy_nth(const struct rt_registry *, size_t i);

/* A policy's name, or a list of names and {name: {param: value}}. */
enum rt_status rt_chain_open(struct rt_chain *, const struct rt_json *,
			     const struct rt_registry *, struct rt_error *err);
/* Also one that is zeroed, or failed to open. */
void rt_chain_close(struct rt_chain *);

/* {param: value} of the guards; {group: price}. */
enum rt_status rt_chain_read_guards(struct rt_chain *, const struct rt_json *,
				    struct rt_error *err);
enum rt_status rt_chain_read_prices(struct rt_chain *, const struct rt_json *,
				    struct rt_error *err);

/* The row of "STAGE.PARAM" or "guards.PARAM", and the struct that it is about;
 * NULL when there is none. */
const struct rt_param *rt_chain_param(struct rt_chain *, const char *key,
				      void **conf);

#endif
