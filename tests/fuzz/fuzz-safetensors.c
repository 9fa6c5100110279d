/* safetensors files. SPDX-License-Identifier: MIT
 *
 * The first byte of an input says what the rest is:
 *
 *   0       four bytes, the size of the file, little endian, and what it begins
 *           with; the rest of the file is zeros
 *   0x7f    nothing: what is no file at all is loaded
 *   n       edits (edits.h) of a good file, of n % FUZZ_N_MODELS; with the
 *           highest bit set, the header's length is what it was before
 */
#include <string.h>

#include "fuzzer.h"
#include "model-file.h"

/* No file of the small network is larger. */
#define MAX_FILE (1u << 20)

static RenModel *
load_raw (const uint8_t *data, size_t size)
{
  guint32 file_size;

  if (size < sizeof file_size)
    return NULL;
  memcpy (&file_size, data, sizeof file_size);
  return fuzz_load (data + sizeof file_size, size - sizeof file_size,
      GUINT32_FROM_LE (file_size) % MAX_FILE);
}

static RenModel *
load_edited (guint8 kind, const uint8_t *edits, size_t size)
{
  g_autoptr (GByteArray) file = fuzz_edit_model (
      (kind & 0x7f) % FUZZ_N_MODELS, !(kind & 0x80), edits, size);

  return fuzz_load (file->data, file->len, file->len);
}

static void
load_no_file (void)
{
  g_autofree char *missing = g_build_filename (fuzz_scratch_dir (), "x", NULL);

  g_assert_null (fuzz_load_path (missing));
  g_assert_null (fuzz_load_path (fuzz_scratch_dir ()));
  g_assert_null (fuzz_load_path ("/dev/null"));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (RenModel) model = NULL;

  if (size == 0)
    return 0;
  if (data[0] == 0)
    model = load_raw (data + 1, size - 1);
  else if (data[0] == 0x7f)
    load_no_file ();
  else
    model = load_edited (data[0], data + 1, size - 1);
  if (model)
    fuzz_use (model);
  return 0;
}
