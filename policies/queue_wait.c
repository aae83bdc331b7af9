/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_wait.c - no more nodes than it takes to have started what waits within
 * a time.  A packer launches a place for each task; but where tasks are short,
 * the nodes that run, and each new one, will take many of them within the time.
 * So many tasks are shown to it as the nodes that come are to have places:
 *
 *	places * (time left - provisioning) / task = waiting - what those that
 *	                                             run start until then
 *
 * It is the sizing by backlog seconds of Dask's adaptive deployments
 * (distributed, Adaptive.target: total occupancy / target_duration), with the
 * time that a node takes to come.  The time left is that of the latest of the
 * backlog, by when it grew last; of all that waits the percentile is meant to
 * be in time, as in a service level objective.
 *
 * It goes by what it is told of the tasks' length.  Where that is wrong, or
 * what runs does not end, there still is a backlog when the time is over: then
 * all of it is shown.  How long a node takes to come it can see for itself.
 */
#include <math.h>
#include <string.h>

#include <raytide/kit.h>
#include <raytide/policy.h>

#define SHAPES 64 /* that are remembered; others are new in each round */

#define RECENT 0.3 /* weight of the latest provisioning delay */

struct queue_wait_shape {
	struct rt_pairs resources;
	int64_t task_ms;
};

struct queue_wait_conf {
	int64_t wait_ms, task_ms, provisioning_ms;
	double percentile;
	bool learn;
	struct rt_list shapes;
};

/* A backlog of equal requests. */
struct backlog {
	uint64_t shape;   /* a hash; 0: a free entry */
	int64_t since_ms; /* there was one in each round since */
	int64_t grew_ms;  /* last */
	int64_t most;     /* so many they were then */
	int64_t count;
};

struct queue_wait_state {
	struct backlog at[SHAPES];
};

struct queue_wait_group {
	/* Nodes are on their way since then; 0: none are; RT_NONE: the first of
	 * them has come. */
	int64_t coming_ms;
	int64_t running;
	double delay_ms; /* how long they took; 0: not seen yet */
};

static const struct rt_param shape_rows[] = {
	{ .name = "resources",
	  .type = RT_PARAM_PAIRS,
	  .offset = offsetof(struct queue_wait_shape, resources),
	  .max = 1e14,
	  .unit = "",
	  .help = "of a task, all that it asks for",
	  .needed = true },
	{ .name = "task",
	  .type = RT_PARAM_SPAN,
	  .offset = offsetof(struct queue_wait_shape, task_ms),
	  .min = 1,
	  .max = 864e5,
	  .unit = "",
	  .help = "how long it runs, on the average",
	  .needed = true },
	{ .name = NULL },
};

#define ROW(field_name, field, row_type, ...)                                  \
	{                                                                      \
		.name = (field_name), .type = (row_type),                      \
		.offset = offsetof(struct queue_wait_conf, field), .unit = "", \
		__VA_ARGS__                                                    \
	}

static const struct rt_param queue_wait_params[] = {
	ROW("wait", wait_ms, RT_PARAM_SPAN, .def = 120000, .max = 864e5,
	    .help = "what waits is to be started within it"),
	ROW("percentile", percentile, RT_PARAM_DOUBLE, .def = 95, .min = 1,
	    .max = 100, .help = "so much of it, in percent"),
	ROW("task", task_ms, RT_PARAM_SPAN, .def = 30000, .min = 1,
	    .max = 864e5, .help = "how long a task runs, on the average"),
	ROW("shapes", shapes, RT_PARAM_LIST,
	    .help = "tasks that run for other times", .rows = shape_rows,
	    .row_size = sizeof(struct queue_wait_shape)),
	ROW("provisioning", provisioning_ms, RT_PARAM_SPAN, .def = 60000,
	    .max = 864e5, .help = "how long a node takes to come"),
	ROW("learn", learn, RT_PARAM_BOOL, .max = 1,
	    .help = "how long a node takes is seen, once some have come"),
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
		int64_t count = s->demand.tasks[i].count;
		const struct backlog *before = find(state, shape);
		if (find(&now, shape))
			continue;
		bool grew = !before || count > before->count;
		now.at[len++] = (struct backlog){
			shape,
			before ? before->since_ms : s->now_ms,
			grew ? s->now_ms : before->grew_ms,
			grew ? count : before->most,
			count,
		};
	}
	*state = now;
}

/* By what it is told of the shape. */
static int64_t task_ms(const struct rt_ctx *ctx, const struct rt_snapshot *s,
		       struct rt_res task)
{
	const struct queue_wait_conf *conf = ctx->conf;
	const struct queue_wait_shape *shapes = conf->shapes.at;

	for (uint32_t i = 0; i < conf->shapes.len; i++) {
		struct rt_pairs told = shapes[i].resources;
		bool same = told.len == task.len;
		for (uint32_t k = 0; same && k < told.len; k++) {
			uint32_t name = rt_find_name(s, told.at[k].name);
			same = rt_units_of(task, name) ==
			       rt_as_units(told.at[k].value);
		}
		if (same)
			return shapes[i].task_ms;
	}
	return conf->task_ms;
}

/* ---- nodes ----------------------------------------------------------------
 */

struct nodes {
	int64_t *running, *coming; /* for each group */
	double delay_ms;           /* until one comes */
};

/* From the first that is on its way until one more runs. */
static double learn(const struct rt_ctx *ctx, const struct rt_snapshot *s,
		    const struct nodes *nodes)
{
	const struct queue_wait_conf *conf = ctx->conf;
	double longest = 0;

	for (uint32_t g = 0; g < s->groups_len; g++) {
		struct queue_wait_group *state = rt_group_state(ctx, g);
		if (state->coming_ms > 0 &&
		    nodes->running[g] > state->running) {
			double took = (double)(s->now_ms - state->coming_ms);
			double before =
				state->delay_ms > 0 ? state->delay_ms : took;
			state->delay_ms = RECENT * took + (1 - RECENT) * before;
			state->coming_ms = RT_NONE;
		}
		state->running = nodes->running[g];
		if (!nodes->coming[g])
			state->coming_ms = 0;
		else if (!state->coming_ms)
			state->coming_ms = s->now_ms;
		longest = fmax(longest, state->delay_ms);
	}
	return conf->learn && longest > 0 ? longest
					  : (double)conf->provisioning_ms;
}

static struct nodes look(const struct rt_ctx *ctx, const struct rt_snapshot *s)
{
	struct nodes nodes = {
		.running = rt_alloc(ctx, s->groups_len * sizeof(int64_t)),
		.coming = rt_alloc(ctx, s->groups_len * sizeof(int64_t)),
	};

	for (uint32_t i = 0; i < s->nodes_len; i++) {
		const struct rt_node *node = &s->nodes[i];
		if (node->group == RT_NO_GROUP)
			continue;
		nodes.running[node->group] +=
			node->known && node->status == RT_NODE_RAY_RUNNING;
		nodes.coming[node->group] += rt_comes(node);
	}
	nodes.delay_ms = learn(ctx, s, &nodes);
	return nodes;
}

/* On so many nodes of each group, if there were nothing else on them. */
static double places(const struct rt_snapshot *s, const int64_t *nodes,
		     struct rt_res task)
{
	double n = 0;

	for (uint32_t g = 0; g < s->groups_len && task.len; g++)
		if (nodes[g])
			n += (double)nodes[g] *
			     (double)rt_places(s->groups[g].res, task,
					       INT64_MAX);
	return n;
}

/* ---- how many -------------------------------------------------------------
 */

/* How many of the waiting the nodes that come must have a place for, if so many
 * may be late. */
static int64_t to_show(const struct rt_ctx *ctx, const struct rt_snapshot *s,
		       const struct nodes *nodes, const struct rt_request *r,
		       int64_t age_ms, double late)
{
	const struct queue_wait_conf *conf = ctx->conf;
	double task = (double)task_ms(ctx, s, r->res);
	double left = (double)(conf->wait_ms - age_ms);
	double rest = (double)r->count - late -
		      places(s, nodes->running, r->res) * fmax(left, 0) / task;
	double coming = places(s, nodes->coming, r->res);
	/* One takes a task at once, and more as they end.  Those on their way
	 * were asked for when the backlog came. */
	double there = left - fmax(nodes->delay_ms - (double)age_ms, 0);
	double each = fmax(there / task, 1);

	if (rest <= 1e-9)
		return 0;
	if (coming * each >= rest)
		return (int64_t)ceil(rest / each - 1e-9);
	there = left - nodes->delay_ms;
	if (there <= 0)
		return r->count;
	double more = (rest - coming * each) / fmax(there / task, 1);
	return (int64_t)fmin((double)r->count, ceil(coming + more - 1e-9));
}

/* Not even those that may be late are left alone for ever. */
static bool is_late(const struct queue_wait_conf *conf, const struct backlog *b,
		    int64_t now_ms, double may_be_late)
{
	if (!b)
		return false;
	int64_t ms = now_ms - b->since_ms;
	return ms >= 2 * conf->wait_ms ||
	       (ms >= conf->wait_ms && (double)b->count > may_be_late);
}

static enum rt_status queue_wait_decide(const struct rt_ctx *ctx,
					const struct rt_snapshot *s,
					struct rt_plan *plan,
					struct rt_error *err)
{
	const struct queue_wait_conf *conf = ctx->conf;
	struct queue_wait_state *state = ctx->state;
	const struct nodes nodes = look(ctx, s);

	(void)err;
	remember(s, state);
	rt_until(ctx, plan, s->demand.tasks_len ? s->now_ms : INT64_MAX);
	for (uint32_t i = 0; i < s->demand.tasks_len; i++) {
		const struct rt_request *task = &s->demand.tasks[i];
		const struct backlog *b = find(state, shape_of(s, task));
		int64_t age_ms = b ? s->now_ms - b->grew_ms : 0;
		double may_be_late = (double)(b ? b->most : task->count) *
				     (1 - conf->percentile / 100);
		int64_t show =
			to_show(ctx, s, &nodes, task, age_ms, may_be_late);
		if (is_late(conf, b, s->now_ms, may_be_late) ||
		    show >= task->count)
			continue;
		rt_defer(ctx, plan, i, task->count - show,
			 RT_WHY(DEFERRED, .n = task->count - show,
				.limit = (conf->wait_ms - age_ms) / 1000));
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
	.example = "{wait: 2m, percentile: 95, task: 20s, provisioning: 60s}",
	.params = queue_wait_params,
	.conf_size = sizeof(struct queue_wait_conf),
	.state_size = sizeof(struct queue_wait_state),
	.group_state_size = sizeof(struct queue_wait_group),
	.decide = queue_wait_decide,
};
