/* The command line of resemotenet-watch. SPDX-License-Identifier: MIT
 *
 * An input is words, a line each; FILE in one stands for a file of credentials, which
 * holds what comes behind a byte 0x1e. GStreamer's own options are input out: they
 * load, print and exit.
 */
#include <stdarg.h>

#include "fuzz-input.h"
#include "fuzzer.h"
#include "memory-file.h"
#include "options.h"
#include "terminal.h"

#define MAX_WORDS 32

static guint n_said;

/* in place of terminal.c */
void
say (const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  n_said++;
}

static void
print_nothing (const gchar *text)
{
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  g_set_print_handler (print_nothing);
  return 0;
}

static gchar *
read_word (FuzzInput *words, const gchar *file)
{
  g_autofree gchar *word = fuzz_text (fuzz_until (words, '\n'));
  g_auto (GStrv) parts = g_strsplit (word, "FILE", 2);

  if (g_str_has_prefix (word, "--gst"))
    return g_strdup ("-");
  return g_strjoinv (file, parts);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  FuzzInput words = fuzz_until (&input, 0x1e);
  const gchar *file = memory_file (0, input.at, input.left);
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (g_free);
  gchar *arguments[MAX_WORDS + 2] = { (gchar *) "resemotenet-watch" };
  gchar **argv = arguments;
  int argc = 1;
  Options options;

  for (; argc <= MAX_WORDS && words.left; argc++) {
    arguments[argc] = read_word (&words, file);
    g_ptr_array_add (owned, arguments[argc]);
  }
  n_said = 0;
  if (!options_parse (&options, &argc, &argv))
    g_assert_cmpuint (n_said, >, 0); /* why not */
  else if (!options.help && !options.version)
    g_assert_nonnull (options.source);
  options_clear (&options);
  return 0;
}
