/* The folder of a training: what lies in it, and that it belongs to one.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

typedef struct
{
  char *path;
  char *last;   /* last.safetensors: to go on from */
  char *best;   /* best.safetensors: the model */
  char *log;    /* log.csv: a row an epoch */
  char *report; /* report.html */
  char *report_png;
  gboolean is_new; /* made by this process */
  int lock;        /* held while this process trains; -1 = none */
} RunDir;

/* Makes the folder of a new training. It is an error when one is in it already
 * or it cannot be written to. */
gboolean run_dir_create (RunDir *dir, const char *path, GError **error);

/* Opens that of a training to go on with. */
gboolean run_dir_open (RunDir *dir, const char *path, GError **error);

/* The same for a process that works for the one which does that: only names,
 * nothing is made, locked or swept up. */
void run_dir_name (RunDir *dir, const char *path);

/* Takes a folder away again that was made for a training that never began. */
void run_dir_clear (RunDir *dir);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RunDir, run_dir_clear)
