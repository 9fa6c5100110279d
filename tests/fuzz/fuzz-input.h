/* Numbers and parts out of an input, of fuzzers whose input is a row of them.
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

/* At most n of the bytes that are left. */
static inline FuzzInput
fuzz_part (FuzzInput *input, gsize n)
{
  const FuzzInput part = { input->at, MIN (n, input->left) };

  input->at += part.left;
  input->left -= part.left;
  return part;
}

/* The bytes up to @end, which is left out, or all of them. */
static inline FuzzInput
fuzz_until (FuzzInput *input, guint8 end)
{
  const guint8 *at = input->left ? memchr (input->at, end, input->left) : NULL;
  const FuzzInput part =
      fuzz_part (input, at ? (gsize) (at - input->at) : input->left);

  fuzz_part (input, 1);
  return part;
}

/* Returns: (transfer full): the bytes of a part, up to the first 0, as text */
static inline char *
fuzz_text (FuzzInput part)
{
  return part.left ? g_strndup ((const char *) part.at, part.left)
                   : g_strdup ("");
}
