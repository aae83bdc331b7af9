/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_wait.c - no more nodes than it takes to have started what waits within
 * a time.  A packer launches a place for each task; but where tasks are short,
 * the nodes that run, and each new one, will take many of them within the time.
 * So many tasks are shown to it as the new nodes are to have places:
 *
 *	places * (wait - provisioning) / task = waiting - what those that run
 *	                                        start until then
 *
 * It is the sizing by backlog seconds of Dask's adaptive deployments
 * (distributed, Adaptive.target: total occupancy / target_duration), with the
 * time that a node takes to come.
 *
 * It goes by what it is told of the tasks' length.  Where that is wrong, or
 * what runs does not end, there still is a backlog when the time is over: then
 * all of it is shown.
 */
#include <math.h>
#include <string.h>

#include <raytide/kit.h>
#include <raytide/policy.h>

#define SHAPES 64 /* that are remembered; others are new in each round */

struct queue_wait_conf {
	int64_t wait_ms, task_ms, provisioning_ms;
};

/* A backlog of equal requests. */
struct backlog {
	uint64_t shape;   /* a hash; 0: a free entry */
	int64_t since_ms; /* there was one in each round since */
};

struct queue_wait_state {
	struct backlog at[SHAPES];
};

#define ROW(field_name, field, ...)                                            \
	{                                                                      \
		.name = (field_name), .type = RT_PARAM_SPAN,                   \
		.offset = offsetof(struct queue_wait_conf, field),             \
		.max = 864e5, .unit = "", __VA_ARGS__                          \
	}

static const struct rt_param queue_wait_params[] = {
	ROW("wait", wait_ms, .def = 120000,
	    .help = "what waits is to be started within it"),
	ROW("task", task_ms, .def = 30000, .min = 1,
	    .help = "how long a task runs, on the average"),
	ROW("provisioning", provisioning_ms, .def = 60000,
	    .help = "how long a node takes to come"),
	{ .name = NULL },
};

/* ---- how long ------------------------------------------------------------ */

/* By the names' texts, since ids do not last.  Equal ones share their fate. */
static uint64_t shape_of(const struct rt_snapshot *s,
			 const struct rt_request *request)
{
	uint64_t h = RT_MIX_START;

	for (uint32_t i = 0; i < request->res.len; i++) {
		const struct rt_amount *amount = &request->res.at[i];
		const char *name = s->names.text[amount->name];
		h = rt_mix(h, name, strlen(name) + 1);
		h = rt_mix(h, &amount->units, sizeof amount->units);
	}
	return h ? h : 1;
}

static const struct backlog *find(const struct queue_wait_state *state,
				  uint64_t shape)
{
	for (uint32_t i = 0; i < SHAPES; i++)
		if (state->at[i].shape == shape)
			return &state->at[i];
	return NULL;
}

/* This round's backlogs, with their times from the last one. */
static void remember(const struct rt_snapshot *s,
		     struct queue_wait_state *state)
{
	struct queue_wait_state now = { 0 };
	uint32_t len = 0;

	for (uint32_t i = 0; i < s->demand.tasks_len && len < SHAPES; i++) {
		uint64_t shape = shape_of(s, &s->demand.tasks[i]);
		const struct backlog *before = find(state, shape);
		if (!find(&now, shape))
			now.at[len++] = (struct backlog){
				shape,
				before ? before->since_ms : s->now_ms,
			};
	}
	*state = now;
}

/* ---- places ---------------------------------------------------------------
 */

static int64_t *count_running(const struct rt_ctx *ctx,
			      const struct rt_snapshot *s)
{
	int64_t *running = rt_alloc(ctx, s->groups_len * sizeof *running);

	for (uint32_t i = 0; i < s->nodes_len; i++)
		if (s->nodes[i].group != RT_NO_GROUP && s->nodes[i].known &&
		    s->nodes[i].status == RT_NODE_RAY_RUNNING)
			running[s->nodes[i].group]++;
	return running;
}

/* On the nodes that run, if there were nothing else on them. */
static double places_that_run(const struct rt_snapshot *s,
			      const int64_t *running, struct rt_res task)
{
	double n = 0;

	for (uint32_t g = 0; g < s->groups_len && task.len; g++)
		if (running[g])
			n += (double)running[g] *
			     (double)rt_places(s->groups[g].res, task,
					       INT64_MAX);
	return n;
}

/* How many of the waiting the new nodes must have a place for. */
static int64_t to_show(const struct queue_wait_conf *conf, double waiting,
		       double running)
{
	double task = (double)conf->task_ms, wait = (double)conf->wait_ms;
	double there = wait - (double)conf->provisioning_ms;
	double rest = waiting - running * wait / task;

	if (rest <= 0)
		return 0;
	if (there <= 0)
		return (int64_t)waiting;
	/* One that comes takes one task at once, and more as they end. */
	return (int64_t)fmin(waiting, ceil(rest / fmax(there / task, 1)));
}

static enum rt_status queue_wait_decide(const struct rt_ctx *ctx,
					const struct rt_snapshot *s,
					struct rt_plan *plan,
					struct rt_error *err)
{
	const struct queue_wait_conf *conf = ctx->conf;
	struct queue_wait_state *state = ctx->state;
	int64_t *running = count_running(ctx, s);

	(void)err;
	remember(s, state);
	rt_until(ctx, plan, INT64_MAX);
	for (uint32_t i = 0; i < s->demand.tasks_len; i++) {
		const struct rt_request *task = &s->demand.tasks[i];
		const struct backlog *backlog = find(state, shape_of(s, task));
		int64_t late_ms =
			backlog ? backlog->since_ms + conf->wait_ms : INT64_MAX;
		int64_t show = to_show(conf, (double)task->count,
				       places_that_run(s, running, task->res));
		if (s->now_ms >= late_ms || show >= task->count)
			continue;
		rt_defer(ctx, plan, i, task->count - show,
			 RT_WHY(DEFERRED, .n = task->count - show,
				.limit = conf->wait_ms / 1000));
		rt_until(ctx, plan, late_ms);
	}
	return RT_OK;
}

const struct rt_policy_ops rt_policy_queue_wait = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "queue-wait",
	.summary = "no more nodes than start what waits within a time",
	.about =
		"For many short tasks, when it is known how long they run: fewer "
		"nodes, which then are used for longer.  What it saves it "
		"pays for with waiting, up to `wait`.  Actors are demand like "
		"tasks, and wait too; placement groups do not.",
	.example = "{wait: 2m, task: 20s, provisioning: 60s}",
	.params = queue_wait_params,
	.conf_size = sizeof(struct queue_wait_conf),
	.state_size = sizeof(struct queue_wait_state),
	.decide = queue_wait_decide,
};
