/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turmoil_size.h - the part of the turmoil that is about pods which are resized
 * in place, on machines and by kubelets that do what they like.
 */
#ifndef TESTS_UNIT_CORE_CONTROLLER_TURMOIL_SIZE_H
#define TESTS_UNIT_CORE_CONTROLLER_TURMOIL_SIZE_H

#include "core/base/arena.h"
#include "core/model/actions.h"

struct turmoil;
struct turmoil_node;

struct turmoil_size {
	struct rt_pod_size pod;
	char raylet_id[64];  /* of the note */
	int64_t done_ms;     /* when it will be as was asked */
	int64_t cpu, memory; /* that Ray believes in; units */
};

void turmoil_size_open(struct turmoil *);
void turmoil_size_begin(struct turmoil_size *);
void turmoil_size_step(struct turmoil *);
/* What the kubelet says of it changes. */
void turmoil_size_trouble(struct turmoil *, struct turmoil_node *);
enum rt_outcome turmoil_size_act(struct turmoil *, struct turmoil_node *,
				 const struct rt_action *);
const struct rt_pod_size *turmoil_size_see(const struct turmoil_node *,
					   struct rt_arena *);

#endif
