/* SPDX-License-Identifier: MIT */
#include <glib.h>
#include <signal.h>

#include "interrupts.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static struct sigaction before[G_N_ELEMENTS (signals)];
static volatile sig_atomic_t pending;
static guint depth;

static void
note_signal (int number)
{
  pending = number;
}

void
interrupts_hold (void)
{
  /* a handler, not a signal mask: a mask holds for one thread, and those of
   * a library would take the signal */
  struct sigaction action = { .sa_handler = note_signal,
    .sa_flags = SA_RESTART };

  if (depth++)
    return;
  pending = 0;
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    sigaction (signals[i], NULL, &before[i]);
    if (before[i].sa_handler != SIG_IGN) /* as nohup sets it */
      sigaction (signals[i], &action, NULL);
  }
}

void
interrupts_release (void)
{
  if (--depth)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &before[i], NULL);
  if (pending)
    raise (pending);
}

gboolean
interrupts_pending (void)
{
  return pending != 0;
}

void
interrupts_forget (void)
{
  pending = 0;
}
