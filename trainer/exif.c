/* SPDX-License-Identifier: MIT */
#include "exif.h"

#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT 3
#define ENTRY_BYTES 12

static guint
read16 (const guint8 *p, gboolean big)
{
  return big ? (guint) p[0] << 8 | p[1] : (guint) p[1] << 8 | p[0];
}

static guint32
read32 (const guint8 *p, gboolean big)
{
  return big ? (guint32) read16 (p, big) << 16 | read16 (p + 2, big)
             : (guint32) read16 (p + 2, big) << 16 | read16 (p, big);
}

guint
exif_orientation (const guint8 *data, gsize n_bytes)
{
  gboolean big;
  guint32 directory;
  guint n_entries;

  if (n_bytes < 8)
    return 1;
  if (data[0] == 'M' && data[1] == 'M')
    big = TRUE;
  else if (data[0] == 'I' && data[1] == 'I')
    big = FALSE;
  else
    return 1;
  if (read16 (data + 2, big) != 42)
    return 1;

  directory = read32 (data + 4, big);
  if (directory > n_bytes - 2)
    return 1;
  n_entries = read16 (data + directory, big);
  if (n_entries > (n_bytes - directory - 2) / ENTRY_BYTES)
    return 1;

  for (guint i = 0; i < n_entries; i++) {
    const guint8 *entry = data + directory + 2 + (gsize) i * ENTRY_BYTES;
    guint value;

    if (read16 (entry, big) != TAG_ORIENTATION)
      continue;
    if (read16 (entry + 2, big) != TYPE_SHORT || read32 (entry + 4, big) != 1)
      return 1;
    value = read16 (entry + 8, big);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
