/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - the one entry of a fuzz target, as libFuzzer calls it.  replay.c
 * calls it with the inputs of the corpus.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Called once before, by those who have it. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
