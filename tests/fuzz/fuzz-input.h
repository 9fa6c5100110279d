/* Numbers out of an input, of fuzzers whose input is a row of them.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>
#include <string.h>

typedef struct
{
  const guint8 *at;
  gsize left;
} FuzzInput;

/* The next number, of n <= 8 bytes, little endian; what is beyond the end is 0. */
static inline guint64
fuzz_take (FuzzInput *input, gsize n)
{
  const gsize there = MIN (n, input->left);
  guint64 value = 0;

  memcpy (&value, input->at, there);
  input->at += there;
  input->left -= there;
  return GUINT64_FROM_LE (value);
}
