/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.c - makes news of what happens in the world, for its meter and for
 * whoever watches the run.
 */
#include "sim/world.h"

void sim_tell_task(struct sim_world *w, enum sim_news_kind kind, uint32_t task)
{
	struct sim_news news = {
		.kind = kind,
		.at_s = w->now_s,
		.task = task,
		.node = w->jobs[task].node,
	};
	const struct trace_job *job = w->conf->trace->jobs[task];

	sim_meter_task(w->meter, &news);
	for (uint32_t i = 0; i < job->asks_len; i++)
		sim_meter_load(w->meter, kind, sim_job_shape(w, task, i)->res,
			       job->asks[i].count);
}

void sim_tell_node(struct sim_world *w, struct sim_node *node,
		   enum sim_node_state state)
{
	struct sim_news news = {
		.kind = SIM_NEWS_NODE,
		.at_s = w->now_s,
		.node = node->order - 1, /* the head's 0 wraps to SIM_HEAD */
		.group = w->cluster.groups[node->group].name,
		.group_place = node->group,
		.state = state,
	};
	enum sim_node_state before = node->state;

	node->state = state;
	sim_meter_node(w->meter, &news, before);
}

void sim_tell_round(struct sim_world *w, uint64_t round,
		    const struct rt_actions *actions)
{
	struct sim_news news = {
		.kind = SIM_NEWS_ROUND,
		.at_s = w->now_s,
		.round = round,
	};

	for (uint32_t i = 0; i < actions->len; i++) {
		const struct rt_action *action = &actions->at[i];
		if (action->outcome != RT_OUTCOME_DONE &&
		    action->outcome != RT_OUTCOME_ACCEPTED)
			continue;
		if (action->kind == RT_ACTION_LAUNCH)
			news.launches += (uint32_t)action->count;
		news.drains += action->kind == RT_ACTION_DRAIN;
		news.deletions += action->kind == RT_ACTION_DELETE;
	}
	sim_meter_round(w->meter, &news);
}
