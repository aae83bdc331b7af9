/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_source.c - archives are read as they are, whatever they are called; what
 * is cut short or damaged is never taken for the end.
 */
#include "tests/unit/traces/loaded.h"

#include <unistd.h>

#include <zip.h>
#include <zlib.h>
#include <zstd.h>

#define ROWS 20000
#define ROOM 1000000

static char text[ROOM];
static char packed[ROOM];

static size_t make_text(void)
{
	char *end = text + sprintf(text, "submit_s,duration_s\n");

	for (int i = 0; i < ROWS; i++)
		end += sprintf(end, "%d,%d\n", i, i * 7919 % 1009);
	return (size_t)(end - text);
}

static size_t gzip(const char *from, size_t len, char *to)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 9,
				      Z_DEFAULT_STRATEGY),
			 Z_OK);
	z.next_in = (unsigned char *)from;
	z.avail_in = (uInt)len;
	z.next_out = (unsigned char *)to;
	z.avail_out = ROOM;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t size = z.total_out;
	deflateEnd(&z);
	return size;
}

static size_t zstd(const char *from, size_t len, char *to)
{
	size_t size = ZSTD_compress(to, ROOM, from, len, 3);

	assert_false(ZSTD_isError(size));
	return size;
}

static void add_member(zip_t *archive, const char *name, size_t len)
{
	zip_source_t *from = zip_source_buffer(archive, text, len, 0);

	assert_true(zip_file_add(archive, name, from, 0) >= 0);
}

/* A zip archive of the names, at `path`. */
static size_t zip(size_t len, int names_len, const char *const *names)
{
	unlink(path);
	zip_t *archive = zip_open(path, ZIP_CREATE, NULL);
	assert_non_null(archive);
	for (int i = 0; i < names_len; i++) {
		if (strchr(names[i], '/'))
			zip_dir_add(archive, names[i], 0);
		else
			add_member(archive, names[i], len);
	}
	assert_int_equal(zip_close(archive), 0);
	FILE *file = fopen(path, "r");
	size_t size = fread(packed, 1, sizeof packed, file);
	fclose(file);
	return size;
}

static void is_whole(void)
{
	if (reload(NULL))
		fail_msg("%s", err.text);
	assert_int_equal(trace->jobs_len, ROWS);
	assert_true(trace->jobs[ROWS - 1]->submit_s == ROWS - 1);
}

/* Every cut within the archive, and every 37th of its bytes flipped: an error,
 * of one line, that names the file. */
static void is_checked(size_t size)
{
	for (size_t cut = 8; cut < size; cut += 1 + size / 50) {
		put(packed, cut);
		if (!reload(NULL))
			fail_msg("cut at %zu of %zu: no error", cut, size);
		assert_non_null(strstr(err.text, path));
		assert_non_null(strstr(err.text, "damaged"));
	}
	for (size_t at = 40; at < size; at += 1 + size / 37) {
		packed[at] = (char)(packed[at] ^ 0x55);
		put(packed, size);
		packed[at] = (char)(packed[at] ^ 0x55);
		if (reload(NULL))
			assert_null(strchr(err.text, '\n'));
		else
			assert_int_equal(trace->jobs_len, ROWS);
	}
}

static void test_gzip(void **state)
{
	size_t len = make_text(), half = len / 2;

	(void)state;
	size_t size = gzip(text, len, packed);
	put(packed, size);
	is_whole();
	is_checked(size);
	/* Of two members, with zeros behind. */
	size = gzip(text, half, packed);
	size += gzip(text + half, len - half, packed + size);
	memset(packed + size, 0, 512);
	put(packed, size + 512);
	is_whole();
	memcpy(packed + size, "more", 4);
	put(packed, size + 4);
	assert_int_equal(reload(NULL), RT_EINPUT);
	assert_non_null(strstr(err.text, "the gzip archive is damaged"));
}

static void test_zstd(void **state)
{
	size_t len = make_text(), half = len / 2;

	(void)state;
	size_t size = zstd(text, len, packed);
	put(packed, size);
	is_whole();
	is_checked(size);
	size = zstd(text, half, packed);
	size += zstd(text + half, len - half, packed + size);
	put(packed, size);
	is_whole();
	/* A frame to be skipped in front: four bytes of whatever. */
	memcpy(packed, "\x50\x2A\x4D\x18\4\0\0\0size", 12);
	size = 12 + zstd(text, len, packed + 12);
	put(packed, size);
	is_whole();
}

static void test_zip(void **state)
{
	static const char *const one[] = { "folder/", "trace" };
	static const char *const two[] = { "a", "b" };
	size_t len = make_text();

	(void)state;
	size_t size = zip(len, 2, one);
	is_whole();
	is_checked(size);
	zip(len, 2, two);
	assert_int_equal(reload(NULL), RT_EINPUT);
	assert_non_null(strstr(err.text, "holds 2 files"));
	put("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
	assert_int_equal(reload(NULL), RT_EINPUT);
	assert_non_null(strstr(err.text, "holds 0 files"));
}

/* 128 MiB of one character in 128 KiB: refused after a line's worth. */
static void test_a_bomb(void **state)
{
	static char block[1 << 20];
	z_stream z = { 0 };
	FILE *file = fopen(path, "w");

	(void)state;
	memset(block, 'x', sizeof block);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 9,
				      Z_DEFAULT_STRATEGY),
			 Z_OK);
	for (int i = 0; i <= 128; i++) {
		z.next_in = (unsigned char *)block;
		z.avail_in = sizeof block;
		do {
			z.next_out = (unsigned char *)packed;
			z.avail_out = sizeof packed;
			deflate(&z, i < 128 ? Z_NO_FLUSH : Z_FINISH);
			fwrite(packed, 1, sizeof packed - z.avail_out, file);
		} while (z.avail_out == 0);
	}
	deflateEnd(&z);
	fclose(file);
	assert_int_equal(reload(NULL), RT_ELIMIT);
	assert_non_null(strstr(err.text, ":1: the line is longer than 64 MiB"));
}

static void test_texts(void **state)
{
	(void)state;
	assert_int_equal(load("\xEF\xBB\xBFsubmit_s,duration_s\r\n1,2\r\n"),
			 RT_OK);
	assert_int_equal(trace->jobs_len, 1);
	put("submit_s,duration_s\n1,\0002\n", 24);
	assert_int_equal(reload(NULL), RT_EINPUT);
	assert_non_null(strstr(err.text, ":2: a NUL byte"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gzip),   TEST(test_zstd),  TEST(test_zip),
		TEST(test_a_bomb), TEST(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
