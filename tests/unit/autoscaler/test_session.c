/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_session.c - files that grow, and what is no file of ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "autoscaler/session.h"
#include "core/base/json.h"

struct fixture {
	char folder[64];
	struct session session;
	struct rt_error err;
};

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof *f);
	strcpy(f->folder, "/tmp/test-session-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(chdir(f->folder), 0);
	assert_int_equal(mkdir("logs", 0700), 0);
	f->session = (struct session){ f->folder, 10, 2 };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[100];
	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof command, "rm -r %s", f->folder);
	assert_int_equal(system(command), 0);
	test_free(f);
	return 0;
}

static enum rt_status append(struct fixture *f, const char *text)
{
	return session_append(&f->session, "x.log", text, strlen(text),
			      &f->err);
}

/* "": there is none. */
static const char *text_of(const char *path)
{
	static char text[4096];
	FILE *file = fopen(path, "r");
	size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;
	text[len] = '\0';
	if (file)
		fclose(file);
	return text;
}

static void test_rotation(void **state)
{
	static const char *const lines[] = { "one\n",  "two\n",  "three\n",
					     "four\n", "five\n", "a long one\n",
					     "six\n" };
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_int_equal(append(f, lines[i]), RT_OK);
	assert_string_equal(text_of("logs/x.log"), "six\n");
	assert_string_equal(text_of("logs/x.log.1"), "a long one\n");
	assert_string_equal(text_of("logs/x.log.2"), "four\nfive\n");
	assert_string_equal(text_of("logs/x.log.3"), "");
	f->session.kept = 0;
	assert_int_equal(append(f, "sevenseven\n"), RT_OK);
	assert_string_equal(text_of("logs/x.log"), "sevenseven\n");
	assert_string_equal(text_of("logs/x.log.1"), "a long one\n");
	f->session.bytes_max = 0;
	assert_int_equal(append(f, "and more\n"), RT_OK);
	assert_string_equal(text_of("logs/x.log"), "sevenseven\nand more\n");
}

/* The head has not made the folder yet, or there is none. */
static void test_no_folder(void **state)
{
	struct fixture *f = *state;
	f->session.folder = NULL;
	assert_int_equal(append(f, "x"), RT_OK);
	assert_int_equal(session_tell(&f->session, SESSION_INFO, "x", &f->err),
			 RT_OK);
	f->session.folder = "/nowhere/at/all";
	assert_int_equal(append(f, "x"), RT_OK);
	assert_int_equal(session_tell(&f->session, SESSION_INFO, "x", &f->err),
			 RT_OK);
	assert_string_equal(text_of("logs/x.log"), "");
}

static void test_no_file(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(mkdir("logs/x.log", 0700), 0);
	assert_int_equal(append(f, "x"), RT_EIO);
	assert_non_null(strstr(f->err.text, "/logs/x.log: Is a directory"));
	assert_int_equal(rmdir("logs/x.log"), 0);
	assert_int_equal(mkfifo("logs/x.log", 0700), 0);
	assert_int_equal(append(f, "x"), RT_EIO); /* and does not wait */
	assert_int_equal(unlink("logs/x.log"), 0);
	assert_int_equal(symlink("/dev/full", "logs/x.log"), 0);
	assert_int_equal(append(f, "x"), RT_EIO);
	assert_non_null(strstr(f->err.text, "symbolic links"));
}

static void test_events(void **state)
{
	struct fixture *f = *state;
	cJSON *event;
	struct rt_json id;
	const char *text;
	f->session.bytes_max = 0;
	assert_int_equal(mkdir("logs/events", 0700), 0);
	assert_int_equal(
		session_tell(&f->session, SESSION_WARNING, "no \"x\"", &f->err),
		RT_OK);
	assert_string_equal(text_of("logs/monitor.log"),
			    ":event_summary:no \"x\"\n");
	text = text_of("logs/events/event_AUTOSCALER.log");
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_int_equal(rt_json_parse(text, strlen(text), &event, &f->err),
			 RT_OK);
	assert_int_equal(cJSON_GetArraySize(event), 9);
	const struct rt_json root = rt_json_root(event);
	assert_true(rt_json_member(&root, "event_id", &id));
	assert_int_equal(strlen(id.node->valuestring), 36);
	text = "";
	assert_int_equal(rt_json_get_str(&root, "message", &text, &f->err),
			 RT_OK);
	assert_string_equal(text, "no \"x\"");
	assert_int_equal(rt_json_get_str(&root, "severity", &text, &f->err),
			 RT_OK);
	assert_string_equal(text, "WARNING");
	cJSON_Delete(event);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_rotation),
		TEST(test_no_folder),
		TEST(test_no_file),
		TEST(test_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
