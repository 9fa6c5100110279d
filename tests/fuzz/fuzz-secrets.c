/* Files of settings that are nobody's to see. SPDX-License-Identifier: MIT */
#include <string.h>

#include "fuzzer.h"
#include "memory-file.h"
#include "secrets.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const gchar *path = memory_file (0, data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) secrets = NULL;
  gboolean is_public;

  secrets = secrets_read_file (path, &is_public, &error);
  g_assert (!secrets == !!error);
  /* the error says which line it is, and nothing of what is in it */
  if (error) {
    g_assert_true (g_str_has_prefix (error->message, path));
    g_assert_cmpuint (strlen (error->message), <, 100);
    return 0;
  }
  g_assert_false (is_public);
  for (guint i = 0; i < secrets->len; i++) {
    const Secret *secret = g_ptr_array_index (secrets, i);

    g_assert_nonnull (secrets_get (secrets, secret->name));
  }
  secrets_get (secrets, "password");
  return 0;
}
