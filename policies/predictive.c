/* SPDX-License-Identifier: Apache-2.0 */
/*
 * predictive.c - nodes before the load that is expected.  The busy nodes of
 * each group are noted, the most in each step of time; a floor is what was busy
 * at this time in past periods, and a little later, plus a margin.
 *
 * The period is the lag with the greatest autocorrelation (G. E. P. Box, G. M.
 * Jenkins, "Time Series Analysis: Forecasting and Control"), if it is great
 * enough; the forecast is the mean over past periods.  Where there is no period
 * it is that of Holt and Winters: a level, a trend and the times of a season of
 * given length, all smoothed exponentially (P. R. Winters, "Forecasting sales
 * by exponentially weighted moving averages", 1960); and before two seasons
 * were seen, of Holt, who has no season (1957).
 *
 * It only ever adds to what is packed on demand: a floor below what reacts to
 * it changes nothing.
 */
#include <math.h>

#include <raytide/policy.h>

#define SAMPLES 2048 /* three weeks, of a quarter of an hour each */
#define HOLT_MIN 8   /* samples, for a forecast without a period */
#define LEVEL 0.3    /* weights of the latest */
#define TREND 0.1
#define SEASON 0.2

struct predictive_conf {
	int64_t step_ms, ahead_ms, min_period_ms, season_ms;
	double margin, min_correlation;
	bool forecast_only;
};

struct predictive_state {
	int64_t step;    /* of time, the one that goes on; 0: none yet */
	uint32_t len;    /* samples so far; the last SAMPLES are there */
	uint32_t period; /* in steps; 0: none was found */
	uint16_t now;    /* the most of this step so far */
	uint16_t last;   /* busy in the last round */
	uint16_t at[SAMPLES];
};

#define ROW(field_name, field, row_type, ...)                                  \
	{                                                                      \
		.name = (field_name), .type = (row_type),                      \
		.offset = offsetof(struct predictive_conf, field), .unit = "", \
		__VA_ARGS__                                                    \
	}

static const struct rt_param predictive_params[] = {
	ROW("step", step_ms, RT_PARAM_SPAN, .def = 900000, .min = 10000,
	    .max = 864e5, .help = "of time, in which the most counts"),
	ROW("ahead", ahead_ms, RT_PARAM_SPAN, .def = 600000, .max = 864e5,
	    .help = "how far it looks; how long a node takes to come, or more"),
	ROW("min_period", min_period_ms, RT_PARAM_SPAN, .def = 36e5, .min = 1,
	    .max = 6048e5, .help = "no period is shorter"),
	ROW("min_correlation", min_correlation, RT_PARAM_DOUBLE, .def = 0.5,
	    .max = 1, .help = "less is no period"),
	ROW("season", season_ms, RT_PARAM_SPAN, .def = 864e5, .max = 6048e5,
	    .help = "of Holt and Winters, where there is no period; 0s: none"),
	ROW("margin", margin, RT_PARAM_DOUBLE, .def = 0.1, .max = 10,
	    .help = "so much more than the forecast, as a share"),
	ROW("forecast_only", forecast_only, RT_PARAM_BOOL, .max = 1,
	    .help = "tells what it would want, and wants nothing"),
	{ .name = NULL },
};

/* ---- samples --------------------------------------------------------------
 */

/* Of all so far; those before the last SAMPLES are gone. */
static double sample(const struct predictive_state *state, uint32_t i)
{
	return state->at[i % SAMPLES];
}

static uint32_t oldest(const struct predictive_state *state)
{
	return state->len > SAMPLES ? state->len - SAMPLES : 0;
}

static double mean_of(const struct predictive_state *state)
{
	uint32_t from = oldest(state);
	double sum = 0;

	for (uint32_t i = from; i < state->len; i++)
		sum += sample(state, i);
	return sum / (state->len - from);
}

static double correlation(const struct predictive_state *state, uint32_t lag,
			  double mean)
{
	double sum = 0, a = 0, b = 0;

	for (uint32_t i = oldest(state) + lag; i < state->len; i++) {
		double x = sample(state, i) - mean;
		double y = sample(state, i - lag) - mean;
		sum += x * y;
		a += x * x;
		b += y * y;
	}
	return a > 0 && b > 0 ? sum / sqrt(a * b) : 0;
}

/* The peak that is highest; of those that are as high the first.  The slope
 * down from lag 0 is none.  There must be two periods. */
static uint32_t find_period(const struct predictive_conf *conf,
			    const struct predictive_state *state)
{
	uint32_t n = state->len - oldest(state), period = 0;
	int64_t from = conf->min_period_ms / conf->step_ms;
	uint32_t lag = from > 2 && from < SAMPLES ? (uint32_t)from : 2;
	double best = conf->min_correlation, mean = mean_of(state);
	double before = correlation(state, lag - 1, mean);
	double r = correlation(state, lag, mean);

	for (; lag <= n / 2; lag++) {
		double next = correlation(state, lag + 1, mean);
		if (r > best + 1e-3 && r >= before && r >= next) {
			best = r;
			period = lag;
		}
		before = r;
		r = next;
	}
	return period;
}

/* Steps that passed without a round had what the last round saw. */
static void note(const struct predictive_conf *conf,
		 struct predictive_state *state, int64_t now_ms, uint16_t busy)
{
	int64_t step = now_ms / conf->step_ms + 1;

	if (state->step == 0 || step - state->step > SAMPLES) {
		*state = (struct predictive_state){ .step = step };
	} else if (step > state->step) {
		state->at[state->len++ % SAMPLES] = state->now;
		while (++state->step < step)
			state->at[state->len++ % SAMPLES] = state->last;
		state->now = 0;
		state->period = find_period(conf, state);
	}
	if (busy > state->now)
		state->now = busy;
	state->last = busy;
}

/* ---- the forecast ---------------------------------------------------------
 */

static double seasonal(const struct predictive_state *state, uint32_t ahead)
{
	uint32_t n = 0, back = state->period;
	double sum = 0;

	while (back < ahead + 1) /* not of the future */
		back += state->period;
	for (; back <= state->len + ahead - oldest(state);
	     back += state->period) {
		sum += sample(state, state->len + ahead - back);
		n++;
	}
	return n ? sum / n : 0;
}

/* What Holt and Winters make of the samples. */
struct smooth {
	double level, trend;
	uint32_t len;   /* of the season, in steps; 0: none */
	double *season; /* by the number of the sample, mod len */
};

/* The mean of the season that begins with sample `from`. */
static double season_mean(const struct predictive_state *state, uint32_t from,
			  uint32_t len)
{
	double sum = 0;

	for (uint32_t i = from; i < from + len; i++)
		sum += sample(state, i);
	return sum / len;
}

static struct smooth smooth(const struct rt_ctx *ctx,
			    const struct predictive_state *state)
{
	const struct predictive_conf *conf = ctx->conf;
	uint32_t from = oldest(state);
	int64_t len = conf->season_ms / conf->step_ms;
	struct smooth s = { .level = sample(state, from) };

	if (len > 1 && 2 * len <= state->len - from) {
		s.len = (uint32_t)len;
		s.season = rt_alloc(ctx, s.len * sizeof *s.season);
		s.level = season_mean(state, from, s.len);
		s.trend = (season_mean(state, from + s.len, s.len) - s.level) /
			  s.len;
		for (uint32_t i = from; i < from + s.len; i++)
			s.season[i % s.len] = sample(state, i) - s.level;
	}
	double none = 0;
	for (uint32_t i = from + (s.len ? s.len : 1); i < state->len; i++) {
		double *season = s.len ? &s.season[i % s.len] : &none;
		double before = s.level, value = sample(state, i);
		s.level = LEVEL * (value - *season) +
			  (1 - LEVEL) * (s.level + s.trend);
		s.trend = TREND * (s.level - before) + (1 - TREND) * s.trend;
		if (s.len)
			*season = SEASON * (value - s.level) +
				  (1 - SEASON) * *season;
	}
	return s;
}

/* The most from now on. */
static double forecast(const struct rt_ctx *ctx,
		       const struct predictive_state *state)
{
	const struct predictive_conf *conf = ctx->conf;
	uint32_t steps = (uint32_t)(conf->ahead_ms / conf->step_ms) + 1;
	struct smooth s = { 0 };
	double most = 0;

	if (!state->period && state->len >= HOLT_MIN)
		s = smooth(ctx, state);
	for (uint32_t ahead = 0; ahead <= steps; ahead++) {
		double value = s.level + s.trend * (ahead + 1);
		if (state->period)
			value = seasonal(state, ahead);
		else if (s.len)
			value += s.season[(state->len + ahead) % s.len];
		most = fmax(most, value);
	}
	return most;
}

static uint16_t busy_nodes(const struct rt_snapshot *s, uint32_t group)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->nodes_len; i++)
		n += s->nodes[i].group == group &&
		     s->nodes[i].status == RT_NODE_RAY_RUNNING &&
		     s->nodes[i].known && s->nodes[i].idle_ms == 0;
	return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

static enum rt_status predictive_decide(const struct rt_ctx *ctx,
					const struct rt_snapshot *s,
					struct rt_plan *plan,
					struct rt_error *err)
{
	const struct predictive_conf *conf = ctx->conf;

	(void)err;
	for (uint32_t g = 0; g < s->groups_len; g++) {
		struct predictive_state *state = rt_group_state(ctx, g);
		if (s->groups[g].is_head)
			continue;
		note(conf, state, s->now_ms, busy_nodes(s, g));
		int64_t nodes = (int64_t)ceil(
			forecast(ctx, state) * (1 + conf->margin) - 1e-9);
		struct rt_why why = RT_WHY(FORECAST, .n = nodes,
					   .limit = (int64_t)state->period *
						    conf->step_ms / 60000);
		if (nodes > 0 && conf->forecast_only)
			rt_tell(ctx, plan, g, why);
		else if (nodes > 0)
			rt_floor(ctx, plan, g, nodes, why);
	}
	rt_until(ctx, plan, (s->now_ms / conf->step_ms + 1) * conf->step_ms);
	return RT_OK;
}

const struct rt_policy_ops rt_policy_predictive = {
	.abi = RT_POLICY_ABI,
	.size = sizeof(struct rt_policy_ops),
	.name = "predictive",
	.summary = "nodes before the load that is expected",
	.about =
		"For load with a rhythm, by the hour, day or week: it finds the "
		"period by itself, once it has seen two of them.  It looks "
		"three weeks back with the default step; `--state` of the "
		"sidecar keeps what it has seen over restarts.",
	.example = "{step: 15m, ahead: 10m, margin: 0.1}",
	.params = predictive_params,
	.conf_size = sizeof(struct predictive_conf),
	.group_state_size = sizeof(struct predictive_state),
	.decide = predictive_decide,
};
