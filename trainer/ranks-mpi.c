/* The ranks' ways to each other, over MPI.
 * SPDX-License-Identifier: MIT
 *
 * Everything is sent by functions that do not wait, and then waited for here:
 * a rank that waits for a slower one leaves the processor to it.
 */
#include <errno.h>
#include <mpi.h>
#include <signal.h>
#include <unistd.h>

#include "app.h"
#include "interrupts.h"
#include "ranks.h"

/* Floats sent at a time: MPI counts in int, and wants buffers of that size. */
#define PIECE (1 << 20)

/* Others are mostly as fast as this rank: look that often before sleeping. */
#define LOOKS 200
#define PAUSE_US 50

/* When a launcher loses a process, or is to end, it tells the others to and
 * kills them after a second, whatever they are at. So much of that is left to
 * rank 1 to speak in, if rank 0 cannot be seen to be gone. */
#define WATCH_US (G_USEC_PER_SEC / 20)
#define SPEAK_AFTER_US (G_USEC_PER_SEC * 3 / 5)

static struct
{
  guint rank, n, n_here;
  gint first_pid; /* rank 0's */
  GThread *watcher;
  gint ends; /* atomic: the watcher is to */
  GMutex lock;
  char *advice; /* under the lock */
} self = { .n = 1, .n_here = 1 };

/* ---- last words ---------------------------------------------------------- */

/* Of any thread, and of a rank that else is silent. */
static void
speak (const char *what)
{
  g_mutex_lock (&self.lock);
  console_set_mute (FALSE);
  console_error ("%s: %s", what, self.advice ? self.advice : "begin again");
  console_set_mute (self.rank > 0);
  g_mutex_unlock (&self.lock);
}

/* Rank 0 speaks for itself, and rank 1 where it is gone. */
static gboolean
is_spokesman (gint64 told_us)
{
  if (self.rank == 0)
    return TRUE;
  if (self.n_here == self.n)
    return kill (self.first_pid, 0) != 0 && errno == ESRCH;
  return g_get_monotonic_time () - told_us > SPEAK_AFTER_US;
}

/* The main thread may be in the middle of a step, of a file, or wait for ever.
 */
static gpointer
watch (gpointer unused)
{
  gint64 told_us = 0;

  while (!g_atomic_int_get (&self.ends)) {
    g_usleep (WATCH_US);
    if (!interrupts_pending ()) {
      told_us = 0;
      continue;
    }
    if (!told_us)
      told_us = g_get_monotonic_time ();
    if (!is_spokesman (told_us))
      continue;
    speak (
        "told to end, or another process is gone. Unless more is said below");
    break;
  }
  return NULL;
}

/* ---- waiting ------------------------------------------------------------- */

static void
check (int result)
{
  char text[MPI_MAX_ERROR_STRING];
  int n;

  if (result == MPI_SUCCESS)
    return;
  if (MPI_Error_string (result, text, &n) != MPI_SUCCESS)
    text[0] = '\0';
  speak (text);
  MPI_Abort (MPI_COMM_WORLD, STATUS_FAILED);
}

static void
wait_for (MPI_Request request)
{
  int done = FALSE;

  for (guint look = 0; !done; look++) {
    if (look >= LOOKS)
      g_usleep (PAUSE_US);
    check (MPI_Test (&request, &done, MPI_STATUS_IGNORE));
  }
}

/* ---- beginning and end --------------------------------------------------- */

/* Starting MPI costs time, and leaves more behind than a file that is read. */
static gboolean
is_launched (void)
{
  return g_getenv ("OMPI_COMM_WORLD_SIZE") || g_getenv ("PMI_SIZE") ||
         g_getenv ("PMIX_RANK");
}

gboolean
ranks_begin (GError **error)
{
  MPI_Comm here;
  int provided, rank, n, n_here;

  if (!is_launched ())
    return TRUE;
  /* what looks like a terminal is the launcher's, which may write to a file */
  g_setenv ("NO_COLOR", "1", TRUE);
  if (MPI_Init_thread (NULL, NULL, MPI_THREAD_FUNNELED, &provided) !=
      MPI_SUCCESS) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_FAILED,
        "MPI does not start: see what it says above");
    return FALSE;
  }
  MPI_Comm_set_errhandler (MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  check (MPI_Comm_rank (MPI_COMM_WORLD, &rank));
  check (MPI_Comm_size (MPI_COMM_WORLD, &n));
  check (MPI_Comm_split_type (
      MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here));
  check (MPI_Comm_size (here, &n_here));
  check (MPI_Comm_free (&here));
  self.rank = (guint) rank;
  self.n = (guint) n;
  self.n_here = (guint) n_here;
  console_set_mute (rank != 0);
  self.first_pid = (gint) getpid ();
  ranks_copy (&self.first_pid, sizeof self.first_pid, 0);
  if (n > 1 && rank < 2)
    self.watcher = g_thread_new ("watch", watch, NULL);
  return TRUE;
}

void
ranks_end (void)
{
  int begun = FALSE;

  g_atomic_int_set (&self.ends, TRUE);
  g_clear_pointer (&self.watcher, g_thread_join);
  g_clear_pointer (&self.advice, g_free);
  if (MPI_Initialized (&begun) == MPI_SUCCESS && begun)
    MPI_Finalize ();
}

guint
ranks_rank (void)
{
  return self.rank;
}

guint
ranks_n (void)
{
  return self.n;
}

guint
ranks_n_here (void)
{
  return self.n_here;
}

void
ranks_set_advice (const char *text)
{
  g_mutex_lock (&self.lock);
  g_free (self.advice);
  self.advice = g_strdup (text);
  g_mutex_unlock (&self.lock);
}

/* ---- what is sent -------------------------------------------------------- */

void
ranks_sum_floats (float *values, gsize n, gpointer unused)
{
  MPI_Request request;

  for (gsize i = 0; self.n > 1 && i < n; i += PIECE) {
    check (MPI_Iallreduce (MPI_IN_PLACE, values + i, (int) MIN (PIECE, n - i),
        MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD, &request));
    wait_for (request);
  }
}

void
ranks_sum (double *values, guint n)
{
  MPI_Request request;

  if (self.n < 2)
    return;
  check (MPI_Iallreduce (MPI_IN_PLACE, values, (int) n, MPI_DOUBLE, MPI_SUM,
      MPI_COMM_WORLD, &request));
  wait_for (request);
}

void
ranks_copy (gpointer bytes, gsize n, guint from_rank)
{
  MPI_Request request;

  if (self.n < 2)
    return;
  check (MPI_Ibcast (
      bytes, (int) n, MPI_BYTE, (int) from_rank, MPI_COMM_WORLD, &request));
  wait_for (request);
}
