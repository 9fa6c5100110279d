/* The zip archive around a PyTorch checkpoint.
 * SPDX-License-Identifier: MIT
 *
 * torch.save (PyTorch 1.6 and later; caffe2/serialize/inline_container.cc)
 * writes FOLDER/data.pkl, a pickle that refers to storages by key; each storage
 * as FOLDER/data/KEY, raw and normally not compressed; FOLDER/version, and in
 * newer releases FOLDER/byteorder, "little" or "big". FOLDER is named after the
 * file at the time of saving.
 */
#pragma once

#include <glib.h>

typedef struct _RenArchive RenArchive;

/* NULL with an error. @fd stays the caller's. */
RenArchive *ren_archive_open (int fd, GError **error);
void ren_archive_free (RenArchive *archive);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RenArchive, ren_archive_free)

/* Reads FOLDER/data.pkl; free @data with g_free(). */
gboolean ren_archive_read_pickle (
    RenArchive *archive, guint8 **data, gsize *n_bytes, GError **error);

/* Size of a storage, as the archive says. */
gboolean ren_archive_storage_size (
    RenArchive *archive, const char *key, guint64 *n_bytes, GError **error);

/* Reads a whole storage, of the size that ren_archive_storage_size() said, and
 * checks its CRC. */
gboolean ren_archive_read_storage (RenArchive *archive, const char *key,
    void *data, gsize n_bytes, GError **error);
