/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "interrupts.h"
#include "output.h"

gboolean
output_is_file (void)
{
  return shared_options.output && strcmp (shared_options.output, "-") != 0;
}

static gboolean
write_fd (int fd, const GString *text)
{
  for (gsize n = 0; n < text->len;) {
    const gssize written = write (fd, text->str + n, text->len - n);

    if (written < 0 && errno != EINTR)
      return FALSE;
    n += (gsize) MAX (written, 0);
  }
  return TRUE;
}

/* /dev/stdout, a named pipe and the like: renaming a file over them would
 * take them away from everybody. */
static gboolean
write_special (const char *path, const GString *text)
{
  const int fd = open (path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  const gboolean ok = fd >= 0 && write_fd (fd, text);

  if (fd >= 0 && close (fd) != 0)
    return FALSE;
  return ok;
}

gboolean
output_write_file (const char *path, const GString *text, GError **error)
{
  g_autofree char *shown = console_name (path);
  g_autoptr (GError) cause = NULL;
  struct stat info;
  char *target;
  gboolean ok;

  if (stat (path, &info) == 0 && !S_ISREG (info.st_mode)) {
    if (write_special (path, text))
      return TRUE;
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "cannot write %s: %s",
        shown, g_strerror (errno));
    return FALSE;
  }
  /* a symbolic link stays one: what it points at is replaced */
  target = realpath (path, NULL);
  interrupts_hold ();
  ok = g_file_set_contents_full (target ? target : path, text->str,
      (gssize) text->len,
      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666,
      &cause);
  interrupts_release ();
  free (target);
  if (!ok)
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "cannot write %s: %s",
        shown, cause->message);
  return ok;
}

gboolean
output_write (const GString *text, GError **error)
{
  if (output_is_file ())
    return output_write_file (shared_options.output, text, error);
  fwrite (text->str, 1, text->len, stdout);
  return TRUE; /* main() checks stdout once, at the end */
}

gboolean
output_write_json (JsonBuilder *builder, GError **error)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  JsonNode *root = json_builder_get_root (builder);
  g_autoptr (GString) text = g_string_new (NULL);

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  json_generator_to_gstring (generator, text);
  json_node_unref (root);
  g_string_append_c (text, '\n');
  return output_write (text, error);
}

void
output_json_number (JsonBuilder *builder, const char *key, double value)
{
  json_builder_set_member_name (builder, key);
  if (isfinite (value))
    json_builder_add_double_value (builder, round (value * 1e6) / 1e6);
  else
    json_builder_add_null_value (builder);
}

void
output_json_text (JsonBuilder *builder, const char *key, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, valid);
}

void
output_json_file (JsonBuilder *builder, const char *name, const char *path)
{
  output_json_text (builder, "file", name);
  if (!g_utf8_validate (name, -1, NULL)) {
    g_autofree char *absolute = g_canonicalize_filename (path, NULL);
    g_autofree char *uri = g_filename_to_uri (absolute, NULL, NULL);

    if (uri)
      output_json_text (builder, "uri", uri);
  }
}
