/* What a fuzzer defines; libFuzzer or replay.c calls it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* One input, in memory of exactly that size. Returns 0. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* (nullable): called once, before the first input. Returns 0. */
int LLVMFuzzerInitialize (int *argc, char ***argv) __attribute__ ((weak));
