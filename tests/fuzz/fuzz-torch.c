/* PyTorch checkpoints. SPDX-License-Identifier: MIT
 *
 * The first byte of an input says what the rest is:
 *
 *   0       a file, whole
 *   0xff    nothing: an archive of too many entries is loaded
 *   odd     edits (edits.h) of a good file's pickle
 *   even    a pickle, in an otherwise good file
 */
#include "edits.h"
#include "fuzzer.h"
#include "model-file.h"
#include "torch-file.h"

static RenModel *
load_pickle (const uint8_t *data, size_t size)
{
  g_autoptr (GByteArray) file = fuzz_torch_archive (data, size);

  return fuzz_load (file->data, file->len, file->len);
}

static RenModel *
load_edited (const uint8_t *data, size_t size)
{
  gsize n;
  const guint8 *good = g_bytes_get_data (fuzz_torch_pickle (), &n);
  g_autoptr (GByteArray) pickle = NULL;
  gssize grown;

  pickle = fuzz_edit (good, n, n, data, size, &grown);
  return load_pickle (pickle->data, pickle->len);
}

static RenModel *
load_many (void)
{
  g_autoptr (GByteArray) file = fuzz_zip_of_many (100001);

  return fuzz_load (file->data, file->len, file->len);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (RenModel) model = NULL;

  if (size == 0)
    return 0;
  if (data[0] == 0)
    model = fuzz_load (data + 1, size - 1, size - 1);
  else if (data[0] == 0xff)
    model = load_many ();
  else if (data[0] & 1)
    model = load_edited (data + 1, size - 1);
  else
    model = load_pickle (data + 1, size - 1);
  if (model)
    fuzz_use (model);
  return 0;
}
