/* Loads a file that is to be refused, and prints what that took: the code of the
 * error, milliseconds of processor time, bytes of memory at the peak beyond those
 * before, the message. For test-hostile.py. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "resemotenet.h"

/* A field of this process's status, in bytes; getrusage() would tell the peak of
 * the process that started this one. */
static gint64
status_bytes (const char *field)
{
  g_autofree char *text = NULL;
  const char *at;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL) ||
      !(at = strstr (text, field)))
    return 0;
  return g_ascii_strtoll (at + strlen (field), NULL, 10) * 1024;
}

static double
milliseconds (void)
{
  struct timespec t;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RenModel) model = NULL;
  gint64 before;
  double start, end;

  if (argc != 2)
    return 2;
  before = status_bytes ("VmRSS:");
  start = milliseconds ();
  model = ren_model_load (argv[1], &error);
  end = milliseconds ();
  printf ("%d %.2f %" G_GINT64_FORMAT " %s\n", error ? error->code : -1,
      end - start, status_bytes ("VmHWM:") - before,
      error ? error->message : "loaded");
  return 0;
}
