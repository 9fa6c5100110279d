/* SPDX-License-Identifier: MIT */
#include "torch-archive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "memory.h"
#include "pickle.h"
#include "resemotenet.h"
#include "size.h"

struct _RenArchive
{
  zip_t *zip;
  GHashTable *entries; /* name, owned by zip → its index + 1 */
  char *folder;        /* "archive/", or "" */
};

/* An archive has an entry for each storage: a checkpoint with an optimizer
 * some 500. Far more is another kind of archive. */
#define MAX_ENTRIES 10000

/* torch.save compresses nothing, and who does so after it gains a tenth: numbers
 * of trained weights are nearly random. What is larger and shrinks to less than a
 * quarter is there to fill the memory. */
#define MAX_EXPANDED (1u << 20)
#define MAX_RATIO 4

static void
set_zip_error (zip_error_t *reason, const char *what, GError **error)
{
  static const struct
  {
    int zip;
    gint code;
  } others[] = {
    { ZIP_ER_MEMORY, REN_ERROR_NO_MEMORY },
    { ZIP_ER_NOPASSWD, REN_ERROR_UNSUPPORTED },
    { ZIP_ER_COMPNOTSUPP, REN_ERROR_UNSUPPORTED },
    { ZIP_ER_ENCRNOTSUPP, REN_ERROR_UNSUPPORTED },
  };
  gint code = REN_ERROR_CORRUPT;

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (zip_error_code_zip (reason) == others[i].zip)
      code = others[i].code;
  g_set_error (error, REN_ERROR, code, "zip archive: %s: %s", what,
      zip_error_strerror (reason));
}

/* Reads an entry whose size is known; the CRC is checked at its end. */
static gboolean
read_entry (RenArchive *archive, zip_uint64_t index, const char *name,
    guint8 *data, guint64 n_bytes, GError **error)
{
  zip_file_t *file = zip_fopen_index (archive->zip, index, 0);
  guint64 at = 0;
  guint8 beyond;

  if (!file) {
    set_zip_error (zip_get_error (archive->zip), name, error);
    return FALSE;
  }
  for (;;) {
    /* libzip compares the CRC when it meets the end: one byte more is asked
     * for, and must not be there */
    gboolean full = at == n_bytes;
    zip_int64_t n =
        zip_fread (file, full ? &beyond : data + at, full ? 1 : n_bytes - at);

    if (n < 0) {
      set_zip_error (zip_file_get_error (file), name, error);
      break;
    }
    if ((n == 0) != full) {
      g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
          "zip archive: %s: is %s than the archive says", name,
          full ? "longer" : "shorter");
      break;
    }
    if (full) {
      zip_fclose (file);
      return TRUE;
    }
    at += n;
  }
  zip_fclose (file);
  return FALSE;
}

static gboolean
find_entry (RenArchive *archive, const char *name, zip_uint64_t *index,
    guint64 *n_bytes, GError **error)
{
  gpointer found = g_hash_table_lookup (archive->entries, name);
  zip_stat_t stat;

  if (!found) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "zip archive: %s is missing", name);
    return FALSE;
  }
  *index = GPOINTER_TO_SIZE (found) - 1;
  if (zip_stat_index (archive->zip, *index, 0, &stat) != 0 ||
      !(stat.valid & ZIP_STAT_SIZE)) {
    set_zip_error (zip_get_error (archive->zip), name, error);
    return FALSE;
  }
  if (stat.size > MAX_EXPANDED && (stat.valid & ZIP_STAT_COMP_SIZE) &&
      stat.size / MAX_RATIO > stat.comp_size) {
    g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
        "refused: %s would expand from %" G_GUINT64_FORMAT
        " to %" G_GUINT64_FORMAT " bytes, which nothing of a checkpoint does",
        name, (guint64) stat.comp_size, (guint64) stat.size);
    return FALSE;
  }
  *n_bytes = stat.size;
  return TRUE;
}

/* ---- opening ---- */

/* Nothing is ever unpacked to a file, so such names could do no harm; nor are
 * they anything that torch.save writes. */
static gboolean
check_name (const char *name, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  g_autofree char *printable = NULL;

  if (name[0] != '/' && !strchr (name, '\\') &&
      !g_strv_contains ((const char *const *) parts, ".."))
    return TRUE;
  printable = g_strescape (name, NULL);
  g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
      "refused: the zip archive names '%s', which lies outside of it",
      printable);
  return FALSE;
}

/* Entries that do not overlap take no more than the file has. */
static gboolean
check_sizes (RenArchive *archive, guint64 file_size, GError **error)
{
  const zip_int64_t n = zip_get_num_entries (archive->zip, 0);
  guint64 sum = 0;

  for (zip_int64_t i = 0; i < n; i++) {
    zip_stat_t stat;

    if (zip_stat_index (archive->zip, i, 0, &stat) == 0 &&
        (stat.valid & ZIP_STAT_COMP_SIZE) &&
        (!ren_size_add (&sum, sum, stat.comp_size) || sum > file_size)) {
      g_autofree char *printable = g_strescape (stat.name, NULL);

      g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
          "refused: entries of the zip archive overlap: up to %s they take "
          "more than the %" G_GUINT64_FORMAT " bytes of the file",
          printable, file_size);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
list_entries (RenArchive *archive, GError **error)
{
  zip_int64_t n = zip_get_num_entries (archive->zip, 0);
  const char *pickle = NULL;

  if (n > MAX_ENTRIES) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "zip archive with %" G_GINT64_FORMAT
        " entries: not a PyTorch checkpoint",
        (gint64) n);
    return FALSE;
  }
  for (zip_int64_t i = 0; i < n; i++) {
    const char *name = zip_get_name (archive->zip, i, ZIP_FL_ENC_RAW);

    if (!name)
      continue;
    if (!check_name (name, error))
      return FALSE;
    if (!g_hash_table_insert (archive->entries, (gpointer) name,
            GSIZE_TO_POINTER ((gsize) i + 1))) {
      g_autofree char *printable = g_strescape (name, NULL);

      g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
          "zip archive: %s is there twice", printable);
      return FALSE;
    }
    if (g_str_has_suffix (name, "/constants.pkl")) {
      g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
          "this is a TorchScript program; save the state dict of the model "
          "instead: torch.save (model.state_dict (), FILE)");
      return FALSE;
    }
    if (g_str_has_suffix (name, "/data.pkl") || g_str_equal (name, "data.pkl"))
      if (!pickle || strlen (name) < strlen (pickle))
        pickle = name;
  }
  if (!pickle) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "this is a zip archive, but not a PyTorch checkpoint: it has no "
        "data.pkl");
    return FALSE;
  }
  archive->folder = g_strndup (pickle, strlen (pickle) - strlen ("data.pkl"));
  return TRUE;
}

static gboolean
check_byte_order (RenArchive *archive, GError **error)
{
  g_autofree char *name = g_strconcat (archive->folder, "byteorder", NULL);
  guint8 text[8] = { 0 };
  zip_uint64_t index;
  guint64 n;

  if (!g_hash_table_contains (archive->entries, name))
    return TRUE;
  if (!find_entry (archive, name, &index, &n, error) ||
      (n < sizeof text && !read_entry (archive, index, name, text, n, error)))
    return FALSE;
  if (!g_str_has_prefix ((char *) text, "little")) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "the checkpoint was saved on a big-endian machine");
    return FALSE;
  }
  return TRUE;
}

RenArchive *
ren_archive_open (int fd, GError **error)
{
  g_autoptr (RenArchive) archive = ren_try_new0 (RenArchive, 1, error);
  struct stat info;
  int copy, code = 0;

  if (!archive)
    return NULL;
  archive->entries = g_hash_table_new (g_str_hash, g_str_equal);
  copy = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0 || fstat (fd, &info) != 0) {
    if (copy >= 0)
      close (copy);
    g_set_error (error, REN_ERROR, REN_ERROR_OPEN, "%s", g_strerror (errno));
    return NULL;
  }
  archive->zip = zip_fdopen (copy, 0, &code);
  if (!archive->zip) {
    zip_error_t reason;

    close (copy);
    zip_error_init_with_code (&reason, code);
    set_zip_error (&reason, "the file is damaged or cut short", error);
    zip_error_fini (&reason);
    return NULL;
  }
  if (!list_entries (archive, error) ||
      !check_sizes (archive, (guint64) info.st_size, error) ||
      !check_byte_order (archive, error))
    return NULL;
  return g_steal_pointer (&archive);
}

void
ren_archive_free (RenArchive *archive)
{
  g_hash_table_unref (archive->entries);
  if (archive->zip)
    zip_discard (archive->zip);
  g_free (archive->folder);
  g_free (archive);
}

/* ---- reading ---- */

gboolean
ren_archive_read_pickle (
    RenArchive *archive, guint8 **data, gsize *n_bytes, GError **error)
{
  g_autofree char *name = g_strconcat (archive->folder, "data.pkl", NULL);
  g_autofree guint8 *bytes = NULL;
  zip_uint64_t index;
  guint64 size;

  if (!find_entry (archive, name, &index, &size, error))
    return FALSE;
  if (size > REN_PICKLE_MAX_BYTES) {
    g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
        "refused: the pickle has %" G_GUINT64_FORMAT " bytes, more than %u",
        size, REN_PICKLE_MAX_BYTES);
    return FALSE;
  }
  bytes = ren_try_new (guint8, size, error);
  if (!bytes || !read_entry (archive, index, name, bytes, size, error))
    return FALSE;
  *data = g_steal_pointer (&bytes);
  *n_bytes = size;
  return TRUE;
}

gboolean
ren_archive_storage_size (
    RenArchive *archive, const char *key, guint64 *n_bytes, GError **error)
{
  g_autofree char *name = g_strconcat (archive->folder, "data/", key, NULL);
  zip_uint64_t index;

  return find_entry (archive, name, &index, n_bytes, error);
}

gboolean
ren_archive_read_storage (RenArchive *archive, const char *key, void *data,
    gsize n_bytes, GError **error)
{
  g_autofree char *name = g_strconcat (archive->folder, "data/", key, NULL);
  zip_uint64_t index;
  guint64 size;

  return find_entry (archive, name, &index, &size, error) &&
         read_entry (archive, index, name, data, n_bytes, error);
}
