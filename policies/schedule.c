/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.c - a minimum by the hour of the week: while a window is open, its
 * groups have at least so many nodes.  The windows are those of cron(5), as in
 * the cron scaler of KEDA; where several are open the highest floor counts.
 */
#include <string.h>

#include <raytide/policy.h>

#define EACH "*" /* in the place of a group's name: all groups of workers */

struct schedule_window {
	struct rt_window window;
	struct rt_pairs floor;
};

struct schedule_conf {
	struct rt_list windows;
};

static const struct rt_param window_rows[] = {
	RT_WINDOW_ROWS(struct schedule_window, window),
	{ .name = "floor",
	  .type = RT_PARAM_PAIRS,
	  .offset = offsetof(struct schedule_window, floor),
	  .max = 1e6,
	  .unit = "",
	  .help = "nodes while it is open, by the group's name; \"*\": of each",
	  .needed = true },
	{ .name = NULL },
};

static const struct rt_param schedule_params[] = {
	{ .name = "windows",
	  .type = RT_PARAM_LIST,
	  .offset = offsetof(struct schedule_conf, windows),
	  .unit = "",
	  .help = "times of the week with a minimum of nodes",
	  .rows = window_rows,
	  .row_size = sizeof(struct schedule_window),
	  .needed = true },
	{ .name = NULL },
};

static bool is_meant(const struct rt_group *group, const char *name)
{
	return strcmp(name, EACH) == 0 ? !group->is_head
				       : strcmp(name, group->name) == 0;
}

static void raise_floors(const struct rt_ctx *ctx, struct rt_plan *plan,
			 const struct schedule_window *window, uint32_t index)
{
	for (uint32_t i = 0; i < window->floor.len; i++) {
		const struct rt_pair *floor = &window->floor.at[i];
		int64_t nodes = (int64_t)floor->value;
		for (uint32_t g = 0; g < plan->snapshot->groups_len; g++)
			if (is_meant(&plan->snapshot->groups[g], floor->name))
				rt_floor(ctx, plan, g, nodes,
					 RT_WHY(WINDOW, .n = index,
						.limit = nodes));
	}
}

static enum rt_status schedule_decide(const struct rt_ctx *ctx,
				      const struct rt_snapshot *snapshot,
				      struct rt_plan *plan,
				      struct rt_error *err)
{
	const struct schedule_conf *conf = ctx->conf;
	const struct schedule_window *windows = conf->windows.at;

	(void)err;
	rt_until(ctx, plan, INT64_MAX);
	for (uint32_t i = 0; i < conf->windows.len; i++) {
		int64_t change_ms;
		if (rt_is_open(ctx, &windows[i].window, snapshot->now_ms,
			       &change_ms))
			raise_floors(ctx, plan, &windows[i], i);
		rt_until(ctx, plan, change_ms);
	}
	return RT_OK;
}

const struct rt_policy_ops rt_policy_schedule = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "schedule",
	.summary = "a minimum of nodes by the hour of the week",
	.about = "For load that comes by the clock: the nodes are there before "
		 "it is.  It costs what they cost when nobody comes.",
	.example = "{windows: [{cron: '0 8 * * 1-5', tz: Europe/Berlin, "
		   "for: 10h, floor: {cpu-group: 4}}]}",
	.params = schedule_params,
	.conf_size = sizeof(struct schedule_conf),
	.decide = schedule_decide,
};
