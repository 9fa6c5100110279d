/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "interrupts.h"
#include "model-file.h"

gboolean
model_file_check_name (const char *path, GError **error)
{
  g_autofree char *shown = console_name (path);

  if (g_str_has_suffix (path, MODEL_FILE_EXTENSION))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "'%s' does not end in " MODEL_FILE_EXTENSION
      ": that is the format of models; in Python, "
      "safetensors.torch.load_file() reads it",
      shown);
  return FALSE;
}

gboolean
model_file_write (RenModel *model, const char *path, RenPrecision precision,
    gboolean trim, const char *more, GError **error)
{
  const RenSaveFlags flags = trim ? REN_SAVE_TRIMMED : REN_SAVE_DEFAULT;
  g_autofree char *shown = console_name (path);
  struct stat info;
  gboolean ok;

  interrupts_hold ();
  if (g_str_has_suffix (path, MODEL_FILE_ONNX))
    ok = ren_model_save_onnx (model, path, flags, error);
  else
    ok = ren_model_save (model, path, precision, flags, error);
  interrupts_release ();
  if (ok && stat (path, &info) == 0) {
    g_autofree char *size = g_format_size ((guint64) info.st_size);

    console_note ("wrote %s: %s, %s", shown, size, more);
  }
  return ok;
}

gboolean
model_file_examine (RenModel *model, ModelFile *out, GError **error)
{
  const char *path = ren_model_path (model);
  const int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  char first[4] = { 0 };
  struct stat info;
  const gboolean ok =
      fd >= 0 && fstat (fd, &info) == 0 && read (fd, first, sizeof first) >= 0;

  if (ok) {
    out->n_bytes = (guint64) info.st_size;
    out->is_archive = memcmp (first, "PK\3\4", sizeof first) == 0;
    out->checksum = CHECKSUM_NONE;
    if (ren_model_metadata (model, "sha256"))
      out->checksum =
          ren_model_verify (model, NULL) ? CHECKSUM_RIGHT : CHECKSUM_WRONG;
  } else {
    g_autofree char *shown = console_name (path);

    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s",
        shown, g_strerror (errno));
  }
  if (fd >= 0)
    close (fd);
  return ok;
}
