/* SPDX-License-Identifier: MIT */
#include "torch-file.h"

#include <string.h>

#include "model.h"

#define N_CLASSES 7

/* Storages: "0" holds all the network, others one tensor each. */
enum
{
  STORAGE_ALL,
  STORAGE_FLOATS,
  STORAGE_HALVES,
  N_STORAGES
};
#define N_ELEMENTS 9216 /* of the largest tensor, 32 × 32 × 3 × 3 */

static gsize
network_elements (void)
{
  gsize n = 0;

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++)
      if (ren_layer_has_part (id, part))
        n += ren_tensor_size (id, part, N_CLASSES);
  return n;
}

static gsize
storage_bytes (guint storage)
{
  switch (storage) {
    case STORAGE_ALL:
      return network_elements () * 4;
    case STORAGE_FLOATS:
      return N_ELEMENTS * 4;
    default:
      return N_ELEMENTS * 2;
  }
}

/* ---- pickle ---------------------------------------------------------------- */

static void
put_text (GByteArray *p, const char *text)
{
  const guint8 head[] = { 'X', (guint8) strlen (text), 0, 0, 0 };

  g_byte_array_append (p, head, sizeof head);
  g_byte_array_append (p, (const guint8 *) text, (guint) strlen (text));
}

static void
put_int (GByteArray *p, guint64 value)
{
  const guint8 number[] = { 'J', (guint8) value, (guint8) (value >> 8),
    (guint8) (value >> 16), (guint8) (value >> 24) };

  g_byte_array_append (p, number, sizeof number);
}

/* opcodes that are printable */
static void
put (GByteArray *p, const char *opcodes)
{
  g_byte_array_append (p, (const guint8 *) opcodes, (guint) strlen (opcodes));
}

static void
put_storage (GByteArray *p, guint storage, const char *type, gsize n)
{
  const char key[] = { (char) ('0' + storage), '\0' };

  put (p, "(");
  put_text (p, "storage");
  put (p, type);
  put_text (p, key);
  put_text (p, "cpu");
  put_int (p, n);
  put (p, "tQ");
}

/* Sizes and strides; of a transposed tensor the first stride is the smallest. */
static void
put_shape (
    GByteArray *p, const guint64 *dims, guint n_dims, gboolean transposed)
{
  guint64 strides[4], stride = 1;

  for (guint i = 0; i < n_dims; i++) {
    const guint d = transposed ? i : n_dims - 1 - i;

    strides[d] = stride;
    stride *= dims[d];
  }
  put (p, "(");
  for (guint i = 0; i < n_dims; i++)
    put_int (p, dims[i]);
  put (p, "t(");
  for (guint i = 0; i < n_dims; i++)
    put_int (p, strides[i]);
  put (p, "t");
}

#define HOOKS                                                                  \
  "\x89"                                                                       \
  "ccollections\nOrderedDict\n)R"

static void
put_tensor (GByteArray *p, RenLayerId id, RenPart part, gsize at)
{
  const gboolean weight = part == REN_PART_WEIGHT;
  const gboolean untyped = weight && id == REN_FC1;
  const gboolean half = weight && id == REN_FC2;
  const gboolean transposed = weight && (id == REN_FC3 || id == REN_CONV2);
  const gboolean wrapped = weight && id == REN_FC4;
  guint64 dims[4];
  const guint n_dims = ren_tensor_shape (id, part, N_CLASSES, dims);

  if (wrapped)
    put (p, "ctorch._utils\n_rebuild_parameter\n(");
  put (p, untyped ? "ctorch._utils\n_rebuild_tensor_v3\n("
                  : "ctorch._utils\n_rebuild_tensor_v2\n(");
  if (untyped)
    put_storage (p, STORAGE_FLOATS, "ctorch.storage\nUntypedStorage\n",
        storage_bytes (STORAGE_FLOATS));
  else if (half)
    put_storage (p, STORAGE_HALVES, "ctorch\nHalfStorage\n", N_ELEMENTS);
  else if (transposed)
    put_storage (p, STORAGE_FLOATS, "ctorch\nFloatStorage\n", N_ELEMENTS);
  else
    put_storage (p, STORAGE_ALL, "ctorch\nFloatStorage\n", network_elements ());
  put_int (p, untyped || half || transposed ? 0 : at);
  put_shape (p, dims, n_dims, transposed);
  put (p, HOOKS);
  if (untyped)
    put (p, "ctorch\nfloat32\n");
  put (p, "tR");
  if (wrapped)
    put (p, HOOKS "tR");
}

GBytes *
fuzz_torch_pickle (void)
{
  static GBytes *pickle;
  GByteArray *p;
  gsize at = 0;

  if (pickle)
    return pickle;
  p = g_byte_array_new ();
  put (p, "\x80\x02"
          "ccollections\nOrderedDict\n)R(");
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      char name[REN_TENSOR_NAME_MAX];

      if (!ren_layer_has_part (id, part))
        continue;
      ren_tensor_name (id, part, name);
      put_text (p, name);
      put_tensor (p, id, part, at);
      at += ren_tensor_size (id, part, N_CLASSES);
    }
  put (p, "u.");
  pickle = g_byte_array_free_to_bytes (p);
  return pickle;
}

/* ---- archive --------------------------------------------------------------- */

/* of zip: the polynomial 0xedb88320, reflected */
static guint32
crc32_of (const guint8 *bytes, gsize n)
{
  static guint32 table[256];
  guint32 crc = G_MAXUINT32;

  for (guint i = 0; !table[255] && i < 256; i++) {
    table[i] = i;
    for (guint bit = 0; bit < 8; bit++)
      table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
  }
  for (gsize i = 0; i < n; i++)
    crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
  return ~crc;
}

static void
put_le (GByteArray *out, guint n_bytes, guint64 value)
{
  value = GUINT64_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &value, n_bytes);
}

/* What both headers of an entry have in common, from the version needed on. */
static void
put_entry (GByteArray *out, const char *name, guint32 crc, gsize n)
{
  put_le (out, 2, 20); /* version */
  put_le (out, 2, 0);  /* flags */
  put_le (out, 2, 0);  /* stored */
  put_le (out, 4, 0x210000);
  put_le (out, 4, crc);
  put_le (out, 4, n);
  put_le (out, 4, n);
  put_le (out, 2, strlen (name));
  put_le (out, 2, 0); /* extra */
}

static void
add_entry (GByteArray *out, GByteArray *directory, const char *name,
    const guint8 *data, gsize n)
{
  const guint32 crc = crc32_of (data, n);
  const gsize at = out->len;

  put_le (out, 4, 0x04034b50);
  put_entry (out, name, crc, n);
  g_byte_array_append (out, (const guint8 *) name, (guint) strlen (name));
  if (n > 0)
    g_byte_array_append (out, data, (guint) n);

  put_le (directory, 4, 0x02014b50);
  put_le (directory, 2, 20); /* made by */
  put_entry (directory, name, crc, n);
  put_le (directory, 6, 0); /* comment, disk, internal attributes */
  put_le (directory, 4, 0); /* external attributes */
  put_le (directory, 4, at);
  g_byte_array_append (directory, (const guint8 *) name, (guint) strlen (name));
}

/* With the records of zip64 before the last one: it has room for 65535 entries. */
static void
end_archive (GByteArray *out, const GByteArray *directory, guint n)
{
  const gsize at = out->len, records = at + directory->len;

  g_byte_array_append (out, directory->data, directory->len);
  if (n >= G_MAXUINT16) {
    put_le (out, 4, 0x06064b50);
    put_le (out, 8, 44); /* what follows of it */
    put_le (out, 4, 45 | 45 << 16);
    put_le (out, 8, 0); /* disks */
    put_le (out, 8, n);
    put_le (out, 8, n);
    put_le (out, 8, directory->len);
    put_le (out, 8, at);
    put_le (out, 4, 0x07064b50);
    put_le (out, 4, 0); /* disk */
    put_le (out, 8, records);
    put_le (out, 4, 1); /* disks */
  }
  put_le (out, 4, 0x06054b50);
  put_le (out, 4, 0); /* disks */
  put_le (out, 2, MIN (n, G_MAXUINT16));
  put_le (out, 2, MIN (n, G_MAXUINT16));
  put_le (out, 4, directory->len);
  put_le (out, 4, at);
  put_le (out, 2, 0); /* comment */
}

GByteArray *
fuzz_torch_archive (const guint8 *pickle, gsize n)
{
  /* what does not change from call to call */
  static GByteArray *storages, *their_directory;
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) directory = g_byte_array_new ();

  if (!storages) {
    storages = g_byte_array_new ();
    their_directory = g_byte_array_new ();
    add_entry (
        storages, their_directory, "m/byteorder", (const guint8 *) "little", 6);
    for (guint s = 0; s < N_STORAGES; s++) {
      g_autofree char *name = g_strdup_printf ("m/data/%u", s);
      g_autofree guint8 *zeros = g_malloc0 (storage_bytes (s));

      add_entry (storages, their_directory, name, zeros, storage_bytes (s));
    }
  }
  g_byte_array_append (out, storages->data, storages->len);
  g_byte_array_append (directory, their_directory->data, their_directory->len);
  add_entry (out, directory, "m/data.pkl", pickle, n);

  end_archive (out, directory, N_STORAGES + 2);
  return out;
}

GByteArray *
fuzz_zip_of_many (guint n)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) directory = g_byte_array_new ();

  for (guint i = 0; i < n; i++) {
    char name[16];

    g_snprintf (name, sizeof name, "%u", i);
    add_entry (out, directory, name, NULL, 0);
  }
  end_archive (out, directory, n);
  return out;
}
