/* Models that can be read, as others: ONNX, and safetensors of every precision.
 * SPDX-License-Identifier: MIT
 *
 * An input is a byte n, of the good file n % FUZZ_N_MODELS; one that says what is
 * to be made of it; and edits (edits.h).
 */
#include <glib/gstdio.h>

#include "fuzzer.h"
#include "model-file.h"

/* What was refused is not there. */
static void
check_written (gboolean written, const char *path, const GError *error)
{
  g_assert_true (written == !error);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS) == written);
}

static void
save_onnx (RenModel *model, RenSaveFlags flags)
{
  g_autofree char *path =
      g_build_filename (fuzz_scratch_dir (), "model.onnx", NULL);
  g_autoptr (GError) error = NULL;
  const gboolean ok = ren_model_save_onnx (model, path, flags, &error);

  check_written (ok, path, error);
  g_unlink (path);
}

/* What was written can be read. */
static void
save (RenModel *model, RenPrecision precision, RenSaveFlags flags)
{
  g_autofree char *path =
      g_build_filename (fuzz_scratch_dir (), "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  const gboolean ok = ren_model_save (model, path, precision, flags, &error);

  check_written (ok, path, error);
  if (ok) {
    g_autoptr (RenModel) again = ren_model_load (path, &error);

    g_assert_no_error (error);
    g_assert_true (ren_model_verify (again, &error));
  }
  g_unlink (path);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GByteArray) file = NULL;
  g_autoptr (RenModel) model = NULL;
  RenSaveFlags flags;

  if (size < 2)
    return 0;
  file = fuzz_edit_model (data[0] % FUZZ_N_MODELS, TRUE, data + 2, size - 2);
  model = fuzz_load (file->data, file->len, file->len);
  if (!model)
    return 0;
  flags = data[1] & 1 ? REN_SAVE_TRIMMED : REN_SAVE_DEFAULT;
  if (data[1] & 2)
    save_onnx (model, flags);
  else
    save (model, REN_PRECISION_AUTO + (data[1] >> 2) % 5, flags);
  return 0;
}
