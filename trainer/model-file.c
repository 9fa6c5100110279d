/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/stat.h>

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

/* A safetensors file begins with the size of its header, 8 bytes, little
 * endian; the header, JSON; then all tensor data. */
#define PREFIX_BYTES 8

static ChecksumState
check (const guint8 *data, gsize n_bytes, const char *sha256)
{
  g_autofree char *sum = NULL;
  guint64 header;

  if (!sha256 || n_bytes < PREFIX_BYTES)
    return CHECKSUM_NONE;
  memcpy (&header, data, sizeof header);
  header = GUINT64_FROM_LE (header);
  if (header > n_bytes - PREFIX_BYTES)
    return CHECKSUM_WRONG;
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256,
      data + PREFIX_BYTES + header, n_bytes - PREFIX_BYTES - (gsize) header);
  return g_ascii_strcasecmp (sum, sha256) == 0 ? CHECKSUM_RIGHT
                                               : CHECKSUM_WRONG;
}

gboolean
model_file_examine (
    const char *path, const char *sha256, ModelFile *out, GError **error)
{
  GMappedFile *file = g_mapped_file_new (path, FALSE, error);
  const guint8 *data;

  if (!file)
    return FALSE;
  data = (const guint8 *) g_mapped_file_get_contents (file);
  out->n_bytes = g_mapped_file_get_length (file);
  out->is_archive = out->n_bytes >= 4 && memcmp (data, "PK\3\4", 4) == 0;
  out->checksum =
      out->is_archive ? CHECKSUM_NONE : check (data, out->n_bytes, sha256);
  g_mapped_file_unref (file);
  return TRUE;
}
