/* JSON lines in a file, or on standard output. SPDX-License-Identifier: MIT */
#pragma once

#include "destination.h"

typedef struct
{
  gchar *location; /* - = standard output */
  gboolean append;
  guint64 max_size; /* bytes; 0 = no limit */
  guint max_files;  /* older ones that are kept beside it, 1 and more */
} FileConfig;

/* Opens it, and locks it where it is a regular file. An earlier file is emptied
 * when there is something to write, and not before. */
Destination *file_destination_new (const FileConfig *config, GError **error);
