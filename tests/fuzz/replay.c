/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - a fuzz target without a fuzzer: gives it each file of its corpus,
 * by name.  fuzz_x reads tests/fuzz/corpus/x, or the files of the command line.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (1u << 20)

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *room = malloc(INPUT_MAX);
	size_t size;

	if (!file || !room) {
		perror(path);
		exit(1);
	}
	size = fread(room, 1, INPUT_MAX, file);
	fclose(file);
	/* A copy of the exact size: the sanitizer sees who reads beyond. */
	uint8_t *data = malloc(size ? size : 1);
	memcpy(data, room, size);
	free(room);
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static int replay_corpus(const char *program)
{
	const char *name = strstr(program, "fuzz_");
	struct dirent **entries;
	char folder[256], path[1024];
	int replayed = 0;

	snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s",
		 name ? name + strlen("fuzz_") : "");
	int n = scandir(folder, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", folder,
			 entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			replayed += replay(path);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return replayed;
}

int main(int argc, char **argv)
{
	int replayed = 0;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		replayed += replay(argv[i]);
	if (argc < 2)
		replayed = replay_corpus(argv[0]);
	printf("%d inputs\n", replayed);
	return replayed ? 0 : 1;
}
