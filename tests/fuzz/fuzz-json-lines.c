/* A file that is to be appended to, as another process may have left it
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "file-destination.h"
#include "fuzzer.h"
#include "memory-file.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FileConfig config = { .append = TRUE, .max_files = 1 };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *now = NULL;
  Destination *file;
  gsize n;

  config.location = (gchar *) memory_file (0, data, size);
  file = file_destination_new (&config, &error);
  g_assert (!file == !!error);
  g_assert_true (g_file_get_contents (config.location, &now, &n, NULL));
  /* whole lines of what was there, or all of it */
  g_assert (n <= size && memcmp (now, data, n) == 0);
  g_assert (error ? n == size : n == 0 || now[n - 1] == '\n');
  g_assert (n == size || !memchr (data + n, '\n', size - n));
  if (file)
    file->klass->free (file);
  return 0;
}
