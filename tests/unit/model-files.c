/* SPDX-License-Identifier: MIT */
#include "model-files.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "match.h"

static void
append_entry (GString *s, const char *text, const char *dtype,
    const char *shape, guint64 begin, guint64 end)
{
  for (; *text; text++) {
    if (*text != '$') {
      g_string_append_c (s, *text);
      continue;
    }
    switch (*++text) {
      case 'D':
        g_string_append (s, dtype);
        break;
      case 'S':
        g_string_append (s, shape);
        break;
      case 'B':
        g_string_append_printf (s, "%" G_GUINT64_FORMAT, begin);
        break;
      case 'E':
        g_string_append_printf (s, "%" G_GUINT64_FORMAT, end);
        break;
      default:
        g_assert_not_reached ();
    }
  }
}

static guint64
dtype_size (const char *dtype)
{
  return g_str_equal (dtype, "F32") ? 4 : 2;
}

/* Walks over the tensors in the file's order; stops at a given one. */
static guint64
walk (const FileSpec *spec, GString *s, gboolean stop, RenLayerId stop_id,
    RenPart stop_part)
{
  const char *dtype = spec->dtype ? spec->dtype : "F32";
  guint n_classes = spec->n_classes ? spec->n_classes : 7;
  guint64 at = 0;

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      guint taps = ren_layer_live_taps (&ren_network[id]);
      g_autofree char *shape = NULL;
      char name[REN_TENSOR_NAME_MAX];
      guint64 dims[4], size = dtype_size (dtype);
      guint n_dims;

      if (!ren_layer_has_part (id, part))
        continue;
      if (stop && id == stop_id && part == stop_part)
        return at;
      n_dims = ren_tensor_shape (id, part, n_classes, dims);
      if (spec->trimmed && part == REN_PART_WEIGHT &&
          ren_network[id].kernel == 3 && taps != 0x1ff) {
        dims[2] = ren_count_taps (taps);
        n_dims = 3;
      }
      for (guint i = 0; i < n_dims; i++)
        size *= dims[i];
      shape = ren_shape_string (dims, n_dims);
      ren_tensor_name (id, part, name);
      if (s) {
        const char *entry =
            "{\"dtype\":\"$D\",\"shape\":$S,\"data_offsets\":[$B,$E]}";

        if (spec->tensor && g_str_equal (spec->tensor, name))
          entry = spec->entry;
        if (entry) {
          g_string_append_printf (s,
              "%s\"%s%s\":", s->str[s->len - 1] == '{' ? "" : ",",
              spec->prefix ? spec->prefix : "", name);
          append_entry (s, entry, dtype, shape, at, at + size);
        }
      }
      at += size;
    }
  return at;
}

guint64
model_file_offset (const FileSpec *spec, RenLayerId id, RenPart part)
{
  g_autoptr (GString) header = NULL;
  guint64 ignored;

  header = file_spec_header (spec, &ignored);
  return header->len + walk (spec, NULL, TRUE, id, part);
}

GString *
file_spec_header (const FileSpec *spec, guint64 *data_size)
{
  GString *s = g_string_new ("{");
  guint64 length;

  if (spec->metadata)
    g_string_append_printf (s, "\"__metadata__\":%s", spec->metadata);
  if (spec->first)
    g_string_append_printf (s, "%s%s", spec->metadata ? "," : "", spec->first);
  *data_size = walk (spec, s, FALSE, 0, 0);
  g_string_append_c (s, '}');
  length = GUINT64_TO_LE (s->len);
  g_string_prepend_len (s, (char *) &length, 8);
  return s;
}

void
write_model_file (const char *path, const FileSpec *spec)
{
  g_autoptr (GString) header = NULL;
  guint64 data_size;
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

  g_assert_cmpint (fd, >=, 0);
  header = file_spec_header (spec, &data_size);
  g_assert_cmpint (write (fd, header->str, header->len), ==, header->len);
  g_assert_cmpint (
      ftruncate (fd, header->len + data_size + spec->extra_bytes), ==, 0);
  close (fd);
}

void
write_bytes (const char *path, const void *data, gsize n_bytes)
{
  g_assert_true (g_file_set_contents (path, data, n_bytes, NULL));
}

char *
make_dir (void)
{
  char *dir = g_dir_make_tmp ("ren-XXXXXX", NULL);

  g_assert_nonnull (dir);
  return dir;
}

void
remove_dir (char *dir)
{
  GDir *d = g_dir_open (dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (d))) {
    g_autofree char *path = g_build_filename (dir, name, NULL);

    g_unlink (path);
  }
  g_dir_close (d);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
  g_free (dir);
}
