/* Runs a fuzzer over files, without libFuzzer: fuzz-NAME FILE|FOLDER…
 * SPDX-License-Identifier: MIT
 *
 * Says which file it was when one of them ends the program.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzzer.h"

/* of sanitizers, where the program has one */
void __sanitizer_set_death_callback (void (*callback) (void))
    __attribute__ ((weak));

static char current[4096];
static guint n_files;

static void
say_which (void)
{
  static const char text[] = "\nthe input was ";

  if (write (STDERR_FILENO, text, sizeof text - 1) < 0 ||
      write (STDERR_FILENO, current, strlen (current)) < 0 ||
      write (STDERR_FILENO, "\n", 1) < 0)
    return;
}

static void
on_signal (int number)
{
  say_which ();
  signal (number, SIG_DFL);
  raise (number);
}

static void
watch_for_crashes (void)
{
  static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };

  signal (SIGABRT, on_signal);
  if (__sanitizer_set_death_callback)
    __sanitizer_set_death_callback (say_which);
  else
    for (guint i = 0; i < G_N_ELEMENTS (crashes); i++)
      signal (crashes[i], on_signal);
}

static void
run_file (const char *path)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;
  guint8 *data;

  g_strlcpy (current, path, sizeof current);
  if (!g_file_get_contents (path, &contents, &size, &error))
    g_error ("%s", error->message);
  /* of the exact size, so that sanitizers see what is read beyond */
  data = malloc (size);
  if (size > 0)
    memcpy (data, contents, size);
  LLVMFuzzerTestOneInput (data, size);
  free (data);
  n_files++;
}

static void
run (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GError) error = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR)) {
    run_file (path);
    return;
  }
  if (!(dir = g_dir_open (path, 0, &error)))
    g_error ("%s", error->message);
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *inside = g_build_filename (path, name, NULL);

    run (inside);
  }
}

int
main (int argc, char **argv)
{
  if (argc < 2) {
    fprintf (stderr, "usage: %s FILE|FOLDER...\n", argv[0]);
    return 2;
  }
  watch_for_crashes ();
  if (LLVMFuzzerInitialize)
    LLVMFuzzerInitialize (&argc, &argv);
  for (int i = 1; i < argc; i++)
    run (argv[i]);
  printf ("%u inputs\n", n_files);
  return n_files > 0 ? 0 : 1;
}
