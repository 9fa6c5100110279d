/* A spool as a process leaves it that was killed, or a disk that lost some of it
 * SPDX-License-Identifier: MIT
 *
 * An input is a byte of flags, the state's 64 bytes, and segments: a byte of which
 * number, or of none 255, eight of them; two bytes of its size; what is in it. With
 * the flag 1 checksums of records are made right, with 2 those of the state, as no
 * fuzzer could, and with 4 there is no room, so that the oldest segments go.
 */
#include <string.h>
#include <zlib.h>

#include "fuzz-input.h"
#include "fuzzer.h"
#include "spool.h"
#include "tree.h"

#define RIGHT_RECORDS 1
#define RIGHT_STATE 2
#define NO_ROOM 4
#define STATE_BYTES 32
#define HEADER_BYTES 8
#define SPOOL_BYTES (1024 * 1024)

static Tree *tree;

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  tree = tree_new ();
  return 0;
}

static void
put32 (guint8 *p, guint32 value)
{
  value = GUINT32_TO_LE (value);
  memcpy (p, &value, sizeof value);
}

static guint32
get32 (const guint8 *p)
{
  guint32 value;

  memcpy (&value, p, sizeof value);
  return GUINT32_FROM_LE (value);
}

static void
correct_state (guint8 state[2 * STATE_BYTES])
{
  for (guint8 *p = state; p < state + 2 * STATE_BYTES; p += STATE_BYTES) {
    put32 (p + STATE_BYTES - 8, (guint32) crc32 (0, p, STATE_BYTES - 8));
    put32 (p + STATE_BYTES - 4, 0);
  }
}

static void
correct_records (guint8 *data, gsize size)
{
  for (gsize at = 0; at + HEADER_BYTES < size;) {
    const gsize n = get32 (data + at);
    uLong sum = crc32 (0, data + at, 4);

    if (n == 0 || n > size - at - HEADER_BYTES)
      return;
    sum = crc32 (sum, data + at + HEADER_BYTES, (uInt) n);
    put32 (data + at + 4, (guint32) sum);
    at += HEADER_BYTES + n;
  }
}

static void
add_state (FuzzInput *input, guint flags)
{
  const FuzzInput part = fuzz_part (input, 2 * STATE_BYTES);
  guint8 state[2 * STATE_BYTES] = { 0 };

  if (part.left)
    memcpy (state, part.at, part.left);
  if (flags & RIGHT_STATE)
    correct_state (state);
  tree_add (tree, "acknowledged", state,
      flags & RIGHT_STATE ? sizeof state : part.left);
}

static void
add_segment (FuzzInput *input, guint flags)
{
  guint64 number = fuzz_take (input, 1);
  g_autofree gchar *name = NULL;
  g_autofree guint8 *data = NULL;
  FuzzInput part;

  if (number == 255)
    number = fuzz_take (input, 8);
  part = fuzz_part (input, fuzz_take (input, 2));
  name = g_strdup_printf ("%016" G_GINT64_MODIFIER "x.spool", number);
  data = g_memdup2 (part.at, part.left);
  if (flags & RIGHT_RECORDS)
    correct_records (data, part.left);
  tree_add (tree, name, data, part.left);
}

static Spool *
open_spool (guint64 max_bytes)
{
  g_autoptr (GError) error = NULL;
  Spool *spool = spool_open (tree_path (tree), max_bytes, &error);

  g_assert_no_error (error);
  return spool;
}

/* Messages that can be read, all of them; every second one is acknowledged. */
static guint
read_all (Spool *spool)
{
  guint n = 0;

  for (Message *message;; n++) {
    SpoolPosition end;
    gsize size;

    if (!(message = spool_read (spool, &end)))
      break;
    g_assert (strlen (message_key (message)) < message->size);
    message_json (message, &size);
    message_unref (message);
    if (n % 2)
      spool_acknowledge (spool, &end);
  }
  g_assert_true (spool_is_read (spool));
  return n;
}

/* What is appended makes the room that it needs. */
static void
append_in_little_room (void)
{
  g_autoptr (Message) message = message_new ("key", "{}");
  Spool *spool = open_spool (64);

  g_assert_true (spool_append (spool, message, NULL));
  g_assert_cmpuint (spool_bytes (spool), <=, 64);
  spool_close (spool);
}

/* What is appended comes out, whatever was there before. */
static void
append (Spool *spool)
{
  g_autoptr (Message) message = message_new ("key", "{}"), same = NULL;
  g_autoptr (GError) error = NULL;
  SpoolPosition end;

  g_assert_true (spool_append (spool, message, &error));
  g_assert_no_error (error);
  same = spool_read (spool, &end);
  g_assert_nonnull (same);
  g_assert_cmpstr (message_key (same), ==, "key");
  spool_acknowledge (spool, &end);
  g_assert_cmpuint (spool_bytes (spool), ==, 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  const guint flags = (guint) fuzz_take (&input, 1);
  Spool *spool;
  guint n;

  add_state (&input, flags);
  while (input.left)
    add_segment (&input, flags);
  if (flags & NO_ROOM)
    append_in_little_room ();
  spool = open_spool (SPOOL_BYTES);
  n = read_all (spool);
  spool_close (spool);
  spool = open_spool (SPOOL_BYTES);
  g_assert_cmpuint (read_all (spool), <=, n);
  append (spool);
  spool_close (spool);
  tree_clear (tree);
  return 0;
}
