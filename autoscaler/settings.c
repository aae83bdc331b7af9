/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - two tables: options with the variables that mean the same, and
 * Ray's variables for what --set calls by another name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autoscaler/settings.h"

#include "autoscaler/gcs/gcs_login.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/opt.h"
#include "core/base/param.h"
#include "core/host/policy_file.h"

#define LOG_FILES_MAX 1000

#define RECORD_BYTES (256 << 20)
#define ADDRESS_MAX 253 /* bytes of HOST:PORT */

/* ---- the options --------------------------------------------------- */

static enum rt_status take_cluster(void *conf, const char *value,
				   struct rt_error *err)
{
	return settings_take_name(&((struct settings *)conf)->kube.cluster,
				  value, err);
}

static enum rt_status take_namespace(void *conf, const char *value,
				     struct rt_error *err)
{
	return settings_take_name(&((struct settings *)conf)->kube.name_space,
				  value, err);
}

static enum rt_status take_own_head(void *conf, const char *value,
				    struct rt_error *err)
{
	return settings_take_name(&((struct settings *)conf)->own_head, value,
				  err);
}

static enum rt_status take_gcs_address(void *conf, const char *value,
				       struct rt_error *err)
{
	const char *colon = strrchr(value, ':');
	if (!colon || colon == value || strlen(value) > ADDRESS_MAX ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) || !colon[1] ||
	    strpbrk(value, " /?#@"))
		return rt_fail(err, RT_EINPUT, "\"%s\": not HOST:PORT", value);
	((struct settings *)conf)->gcs_address = value;
	return RT_OK;
}

static enum rt_status take_seconds(double *to, const char *value,
				   struct rt_error *err)
{
	static const struct rt_param seconds = {
		.name = "seconds",
		.type = RT_PARAM_DOUBLE,
		.min = 0.1,
		.max = 3600,
	};
	return rt_param_set(&seconds, to, value, err);
}

static enum rt_status take_interval(void *conf, const char *value,
				    struct rt_error *err)
{
	return take_seconds(&((struct settings *)conf)->interval_s, value, err);
}

static enum rt_status take_timeout(void *conf, const char *value,
				   struct rt_error *err)
{
	return take_seconds(&((struct settings *)conf)->timeout_s, value, err);
}

static enum rt_status take_resync(void *conf, const char *value,
				  struct rt_error *err)
{
	return take_seconds(&((struct settings *)conf)->resync_s, value, err);
}

static enum rt_status take_stale(void *conf, const char *value,
				 struct rt_error *err)
{
	return take_seconds(&((struct settings *)conf)->stale_s, value, err);
}

static enum rt_status take_kubeconfig(void *conf, const char *value,
				      struct rt_error *err)
{
	(void)err;
	((struct settings *)conf)->kubeconfig = value;
	return RT_OK;
}

static enum rt_status take_whole(int64_t *to, double most, const char *value,
				 struct rt_error *err)
{
	const struct rt_param whole = {
		.name = "number",
		.type = RT_PARAM_INT,
		.min = 0,
		.max = most,
	};
	return rt_param_set(&whole, to, value, err);
}

static enum rt_status take_metrics_port(void *conf, const char *value,
					struct rt_error *err)
{
	int64_t port = 0;
	enum rt_status status = take_whole(&port, UINT16_MAX, value, err);
	((struct settings *)conf)->metrics_port = (uint16_t)port;
	return status;
}

static enum rt_status take_session(void *conf, const char *value,
				   struct rt_error *err)
{
	bool none = strcmp(value, "none") == 0;
	(void)err;
	((struct settings *)conf)->session.folder = none ? NULL : value;
	return RT_OK;
}

static enum rt_status take_log_bytes(void *conf, const char *value,
				     struct rt_error *err)
{
	return take_whole(&((struct settings *)conf)->session.bytes_max,
			  RT_JSON_WHOLE_MAX, value, err);
}

static enum rt_status take_log_files(void *conf, const char *value,
				     struct rt_error *err)
{
	int64_t kept = 0;
	enum rt_status status = take_whole(&kept, LOG_FILES_MAX, value, err);
	((struct settings *)conf)->session.kept = (int)kept;
	return status;
}

static enum rt_status take_policy(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	((struct settings *)conf)->policy = value;
	return RT_OK;
}

static enum rt_status take_state(void *conf, const char *value,
				 struct rt_error *err)
{
	(void)err;
	((struct settings *)conf)->state = value;
	return RT_OK;
}

static enum rt_status take_record(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	((struct settings *)conf)->record = value;
	return RT_OK;
}

static enum rt_status take_record_bytes(void *conf, const char *value,
					struct rt_error *err)
{
	static const struct rt_param bytes = {
		.name = "bytes",
		.type = RT_PARAM_INT,
		.min = 65536,
		.max = RT_JSON_WHOLE_MAX,
	};
	return rt_param_set(&bytes, &((struct settings *)conf)->record_bytes,
			    value, err);
}

static enum rt_status take_shadow(void *conf, const char *value,
				  struct rt_error *err)
{
	(void)err;
	((struct settings *)conf)->shadow_policy = value;
	return RT_OK;
}

static enum rt_status take_dry_run(void *conf, const char *value,
				   struct rt_error *err)
{
	(void)value;
	(void)err;
	((struct settings *)conf)->dry_run = true;
	return RT_OK;
}

static enum rt_status take_set(void *conf, const char *value,
			       struct rt_error *err)
{
	struct settings *s = conf;
	if (s->sets_len == SETTINGS_SETS_MAX)
		return rt_fail(err, RT_EINPUT,
			       "more than %d of them; use a policy file",
			       SETTINGS_SETS_MAX);
	s->sets[s->sets_len++] = value;
	return RT_OK;
}

static enum rt_status take_log_level(void *conf, const char *value,
				     struct rt_error *err)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(value, names[i]) == 0) {
			((struct settings *)conf)->log_level = (enum rt_level)i;
			return RT_OK;
		}
	return rt_fail(err, RT_EINPUT,
		       "\"%s\": not one of debug, info, warn, error", value);
}

static enum rt_status take_once(void *conf, const char *value,
				struct rt_error *err)
{
	(void)value;
	(void)err;
	((struct settings *)conf)->once = true;
	return RT_OK;
}

static enum rt_status take_help(void *conf, const char *value,
				struct rt_error *err)
{
	(void)value;
	(void)err;
	((struct settings *)conf)->help = true;
	return RT_OK;
}

static enum rt_status take_version(void *conf, const char *value,
				   struct rt_error *err)
{
	(void)value;
	(void)err;
	((struct settings *)conf)->version = true;
	return RT_OK;
}

static const struct row {
	struct rt_option option;
	const char *env; /* a variable that means the same; NULL: none */
} rows[] = {
	{ { "cluster-name", "NAME", "the RayCluster", take_cluster },
	  "RAY_CLUSTER_NAME" },
	{ { "cluster-namespace", "NAME", "its namespace", take_namespace },
	  "RAY_CLUSTER_NAMESPACE" },
	{ { "head-pod", "NAME",
	    "the head pod it runs in: when that is not the\n"
	    "cluster's any more, nothing is written",
	    take_own_head },
	  "RAY_HEAD_POD_NAME" },
	{ { "gcs-address", "HOST:PORT", "the head's GCS (127.0.0.1:6379)",
	    take_gcs_address },
	  "RAYTIDE_GCS_ADDRESS" },
	{ { "interval", "SECONDS", "from round to round (0.5)", take_interval },
	  "AUTOSCALER_UPDATE_INTERVAL_S" },
	{ { "resync", "SECONDS",
	    "from one look at the RayCluster to the next (10)", take_resync },
	  "RAYTIDE_RESYNC_S" },
	{ { "stale", "SECONDS",
	    "for which the pods are believed without a watch (15)",
	    take_stale },
	  "RAYTIDE_STALE_S" },
	{ { "timeout", "SECONDS", "for an answer of the GCS or the API (10)",
	    take_timeout },
	  "KUBERAY_REQUEST_TIMEOUT_S" },
	{ { "kubeconfig", "FILE",
	    "where the API is, and who we are; outside a cluster",
	    take_kubeconfig },
	  NULL },
	{ { "metrics-port", "PORT",
	    "/metrics, /healthz and /explain; 0: none (44217)",
	    take_metrics_port },
	  "AUTOSCALER_METRIC_PORT" },
	{ { "session-dir", "DIR",
	    "Ray's session, for events and monitor.log; none: for\n"
	    "neither (/tmp/ray/session_latest)",
	    take_session },
	  "RAYTIDE_SESSION_DIR" },
	{ { "log-bytes", "BYTES",
	    "of a file there, then it is put aside; 0: no limit\n"
	    "(536870912)",
	    take_log_bytes },
	  "RAY_ROTATION_MAX_BYTES" },
	{ { "log-files", "N", "put aside; the oldest goes (5)",
	    take_log_files },
	  "RAY_ROTATION_BACKUP_COUNT" },
	{ { "policy", "NAME|FILE", "the policy that decides (ray)",
	    take_policy },
	  "RAYTIDE_POLICY" },
	{ { "set", "KEY=VALUE", "a setting of those below", take_set }, NULL },
	{ { "state", "FILE", "what policies remember, over restarts (none)",
	    take_state },
	  "RAYTIDE_STATE" },
	{ { "record", "DIR", "write each round down there, to be replayed",
	    take_record },
	  "RAYTIDE_RECORD" },
	{ { "record-bytes", "BYTES",
	    "of all files there; the oldest go (268435456)",
	    take_record_bytes },
	  "RAYTIDE_RECORD_BYTES" },
	{ { "dry-run", NULL,
	    "decide and tell, and write nothing: neither to the\n"
	    "Kubernetes API nor to the head",
	    take_dry_run },
	  NULL },
	{ { "shadow", "NAME|FILE",
	    "a second policy, which only says what it would do", take_shadow },
	  "RAYTIDE_SHADOW" },
	{ { "log-level", "LEVEL", "debug, info, warn or error (info)",
	    take_log_level },
	  "RAYTIDE_LOG_LEVEL" },
	{ { "once", NULL, "one round, then exit", take_once }, NULL },
	{ { "help", NULL, "print this", take_help }, NULL },
	{ { "version", NULL, "print the version", take_version }, NULL },
};
#define ROWS (sizeof rows / sizeof *rows)

static enum rt_status take_environment(struct settings *s, struct rt_error *err)
{
	for (size_t i = 0; i < ROWS; i++) {
		const char *value =
			rows[i].env ? settings_variable(rows[i].env) : NULL;
		if (value && rows[i].option.take(s, value, err))
			return rt_wrap(err, "%s", rows[i].env);
	}
	return RT_OK;
}

static enum rt_status parse(struct settings *s, int argc, char **argv,
			    struct rt_error *err)
{
	struct rt_option options[ROWS + 1] = { 0 };
	int operands;
	for (size_t i = 0; i < ROWS; i++)
		options[i] = rows[i].option;
	enum rt_status status =
		rt_opt_parse(options, argc, argv, s, &operands, err);
	if (!status && operands)
		return rt_fail(err, RT_EINPUT, "%s: not understood; see --help",
			       argv[1]);
	return status;
}

/* ---- the forms of the command line --------------------------------- */

#define COMMAND "kuberay-autoscaler"

/* KubeRay calls `ray kuberay-autoscaler ...`: an image in which `ray` is a link
 * to this program takes the place of Ray's. */
static enum rt_status skip_command(int *argc, char ***argv,
				   struct rt_error *err)
{
	const char *slash = *argc > 0 ? strrchr((*argv)[0], '/') : NULL;
	const char *name = slash ? slash + 1 : *argc > 0 ? (*argv)[0] : "";
	bool has_command = *argc > 1 && strcmp((*argv)[1], COMMAND) == 0;
	bool is_ray = strcmp(name, "ray") == 0;
	bool is_option = *argc > 1 && (*argv)[1][0] == '-';
	if (is_ray && !has_command && !is_option)
		return rt_fail(
			err, RT_EINPUT,
			"ray%s%s: raytide's sidecar only knows `ray " COMMAND
			"`",
			*argc > 1 ? " " : "", *argc > 1 ? (*argv)[1] : "");
	*argc -= has_command;
	*argv += has_command;
	return RT_OK;
}

/* ---- the policies -------------------------------------------------- */

static enum rt_status open_one(struct policy **out, const char *name,
			       uint32_t sets_len, const char *const *sets,
			       struct rt_error *err)
{
	struct rt_policy_source source;
	enum rt_status status =
		rt_policy_read(&source, name, &rt_registry, err);
	if (!status)
		return policy_open(out, &source, sets_len, sets, err);
	rt_policy_source_free(&source);
	return status;
}

/* --set is for the policy that acts. */
static enum rt_status open_policies(struct settings *s, struct rt_error *err)
{
	enum rt_status status =
		open_one(&s->first, s->policy, s->sets_len, s->sets, err);
	if (!status && s->shadow_policy &&
	    (status = open_one(&s->shadow, s->shadow_policy, 0, NULL, err)))
		rt_wrap(err, "--shadow");
	return status;
}

/* ---- all of it ----------------------------------------------------- */

/* Options that only mean something beside another. */
static enum rt_status check_together(struct settings *s, struct rt_error *err)
{
	if (s->record_bytes && !s->record)
		return rt_fail(err, RT_EINPUT,
			       "--record-bytes: nothing is recorded; add "
			       "--record DIR");
	if (!s->record_bytes)
		s->record_bytes = RECORD_BYTES;
	if (s->dry_run)
		s->session.folder = NULL; /* another one writes there */
	return RT_OK;
}

enum rt_status settings_open(struct settings *s, int argc, char **argv,
			     struct rt_error *err)
{
	struct rt_error of_environment;
	*s = (struct settings){
		.interval_s = 0.5,
		.timeout_s = 10,
		.resync_s = 10,
		.stale_s = 15,
		.metrics_port = 44217,
		.session = { "/tmp/ray/session_latest", 512 << 20, 5 },
		.log_level = RT_INFO,
		.gcs_address = "127.0.0.1:6379",
		.policy = "ray",
		.arena = rt_arena_new(),
	};
	enum rt_status environment = take_environment(s, &of_environment);
	enum rt_status status = skip_command(&argc, &argv, err);
	if (!status)
		status = parse(s, argc, argv, err);
	if (status || s->help || s->version)
		return status;
	if (environment) {
		*err = of_environment;
		return environment;
	}
	status = check_together(s, err);
	if (!status)
		status = settings_find_api(s, err);
	if (!status)
		status = gcs_login_find(&s->gcs_login, s->arena, err);
	return status ? status : open_policies(s, err);
}

int64_t settings_patience_ms(const struct settings *settings)
{
	return (int64_t)(1000 *
			 (3 * settings->interval_s + 10 * settings->timeout_s));
}

void settings_close(struct settings *s)
{
	policy_close(&s->first);
	policy_close(&s->shadow);
	rt_arena_free(&s->arena);
}

void settings_help(FILE *to)
{
	struct rt_option options[ROWS + 1] = { 0 };
	char help[ROWS][128];
	for (size_t i = 0; i < ROWS; i++) {
		const char *env = rows[i].env;
		options[i] = rows[i].option;
		snprintf(help[i], sizeof help[i], "%s%s%s", rows[i].option.help,
			 env ? "\nor " : "", env ? env : "");
		options[i].help = help[i];
	}
	rt_opt_help(options, to);
	fprintf(to, "\nsettings (--set KEY=VALUE):\n");
	rt_params_help(rt_controller_params, "", to);
	rt_params_help(rt_guard_params, "guards.", to);
	const struct rt_policy_ops *ops;
	for (size_t i = 0; (ops = rt_policy_nth(&rt_registry, i)); i++) {
		char prefix[64];
		snprintf(prefix, sizeof prefix, "%s.", ops->name);
		rt_params_help(ops->params, prefix, to);
	}
	policy_help(to);
}
