/* One process, where there is no MPI to meet others by.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "ranks.h"

gboolean
ranks_begin (GError **error)
{
  static const char *const variables[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE" };

  for (guint i = 0; i < G_N_ELEMENTS (variables); i++) {
    const char *n = g_getenv (variables[i]);

    if (!n || g_ascii_strtoull (n, NULL, 10) < 2)
      continue;
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        "this resemotenet was built without MPI and trains in one process: "
        "leave out mpirun, or build it where OpenMPI is installed (meson setup "
        "-Dmpi=enabled)");
    return FALSE;
  }
  return TRUE;
}

void
ranks_end (void)
{
}

guint
ranks_rank (void)
{
  return 0;
}

guint
ranks_n (void)
{
  return 1;
}

guint
ranks_n_here (void)
{
  return 1;
}

void
ranks_sum_floats (float *values, gsize n, gpointer unused)
{
}

void
ranks_sum (double *values, guint n)
{
}

void
ranks_copy (gpointer bytes, gsize n, guint from_rank)
{
}

void
ranks_set_advice (const char *text)
{
}
