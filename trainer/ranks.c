/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "ranks.h"

/* Longer messages are cut. */
#define MESSAGE_BYTES 2048

typedef struct
{
  gint code; /* AppError */
  char host[64];
  char text[MESSAGE_BYTES];
} Report;

static void
make_report (const GError *error, Report *report)
{
  memset (report, 0, sizeof *report);
  report->code =
      error->domain == APP_ERROR ? error->code : (gint) APP_ERROR_FAILED;
  g_strlcpy (report->host, g_get_host_name (), sizeof report->host);
  g_strlcpy (report->text, error->message, sizeof report->text);
}

gboolean
ranks_agree (gboolean ok, GError **error)
{
  const guint n = ranks_n (), rank = ranks_rank ();
  g_autofree double *failed = NULL;
  guint first = 0;
  Report report;

  if (n == 1)
    return ok;
  failed = g_new0 (double, n);
  failed[rank] = ok ? 0 : 1;
  ranks_sum (failed, n);
  while (first < n && failed[first] == 0)
    first++;
  if (first == n)
    return TRUE;

  if (first == rank)
    make_report (*error, &report);
  ranks_copy (&report, sizeof report, first);
  if (first == rank)
    return FALSE;
  g_clear_error (error);
  /* a stop is everybody's; what else went wrong has a place */
  if (report.code == APP_ERROR_INTERRUPTED)
    g_set_error_literal (error, APP_ERROR, report.code, report.text);
  else
    g_set_error (error, APP_ERROR, report.code, "process %u, on %s: %s", first,
        report.host, report.text);
  return FALSE;
}

gboolean
ranks_any (gboolean holds)
{
  double n = holds ? 1 : 0;

  ranks_sum (&n, 1);
  return n > 0;
}

gboolean
ranks_same (const char *text)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  char mine[65], first[65];

  g_checksum_update (sum, (const guint8 *) text, -1);
  g_strlcpy (mine, g_checksum_get_string (sum), sizeof mine);
  memcpy (first, mine, sizeof first);
  ranks_copy (first, sizeof first, 0);
  return !ranks_any (memcmp (mine, first, sizeof mine) != 0);
}

guint
ranks_threads (void)
{
  const guint mine = g_get_num_processors ();
  const glong all = sysconf (_SC_NPROCESSORS_ONLN);

  /* a launcher that binds its processes has shared the processors out */
  return mine < all ? mine : MAX (mine / ranks_n_here (), 1);
}

char *
ranks_command (guint n)
{
  return n > 1 ? g_strdup_printf ("mpirun -n %u resemotenet train", n)
               : g_strdup ("resemotenet train");
}
