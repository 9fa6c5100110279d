/* SPDX-License-Identifier: MIT */
#include "model-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edits.h"

#define N_CLASSES 7

/* elements of the largest tensor, 32 × 32 × 3 × 3 */
#define MAX_ELEMENTS 9216

/* ---- a model in memory ---------------------------------------------------- */

static float noise[MAX_ELEMENTS], ones[MAX_ELEMENTS];

/* All tensors are the same numbers. */
static RenModel *
make_model (gboolean quantized)
{
  static const char *const labels[] = { "a", "b", "c", "d", "e", "f", "g",
    NULL };
  RenModel *model = ren_model_new (NULL);
  RenTensors *tensors = ren_tensors_new (NULL);

  for (guint i = 0; i < MAX_ELEMENTS; i++) {
    noise[i] = (float) (i * 37 % 101) / 101 - .5f;
    ones[i] = 1;
  }
  tensors->n_classes = N_CLASSES;
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    if (quantized && ren_layer_has_output_scale (id))
      tensors->output_scale[id] = .02f;
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      RenTensor *t = &tensors->tensor[id][part];

      if (!ren_layer_has_part (id, part))
        continue;
      t->data = part == REN_PART_NORM_VAR ? ones : noise;
      if (part != REN_PART_WEIGHT)
        continue;
      if (ren_network[id].kernel)
        t->live_taps = ren_layer_live_taps (&ren_network[id]);
      if (quantized && ren_layer_is_quantized (id)) {
        t->dtype = REN_PRECISION_INT8;
        t->scale = ones;
      }
    }
  }
  model->tensors = tensors;
  model->path = g_strdup ("in memory");
  model->name = g_strdup ("good");
  model->labels = g_strdupv ((char **) labels);
  model->temperature = 1.5f;
  for (guint c = 0; c < 3; c++) {
    model->mean[c] = .5f;
    model->std[c] = .25f;
  }
  return model;
}

/* ---- files ---------------------------------------------------------------- */

static char *scratch_dir;

static void
remove_scratch_dir (void)
{
  g_autoptr (GDir) dir = g_dir_open (scratch_dir, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (scratch_dir, name, NULL);

    g_unlink (path);
  }
  g_rmdir (scratch_dir);
  g_clear_pointer (&scratch_dir, g_free);
}

const char *
fuzz_scratch_dir (void)
{
  if (!scratch_dir) {
    scratch_dir = g_dir_make_tmp ("fuzz-XXXXXX", NULL);
    g_assert_nonnull (scratch_dir);
    atexit (remove_scratch_dir);
  }
  return scratch_dir;
}

static GBytes *
write_model (FuzzModel which)
{
  static const RenPrecision precisions[FUZZ_N_MODELS] = {
    [FUZZ_FP16] = REN_PRECISION_FP16,
    [FUZZ_BF16] = REN_PRECISION_BF16,
    [FUZZ_INT8] = REN_PRECISION_INT8,
  };
  const RenExtra extra = { .name = "trainer.momentum", .data = noise, .n = 5 };
  g_autoptr (RenModel) model = make_model (which == FUZZ_INT8);
  g_autofree char *path =
      g_build_filename (fuzz_scratch_dir (), "good.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize n;

  if (!ren_safetensors_write (model, path, precisions[which],
          which == FUZZ_TRIMMED ? REN_SAVE_TRIMMED : REN_SAVE_DEFAULT, &extra,
          which == FUZZ_CHECKPOINT ? 1 : 0, &error) ||
      !g_file_get_contents (path, &contents, &n, &error))
    g_error ("%s", error->message);
  return g_bytes_new_take (contents, n);
}

GBytes *
fuzz_model_file (FuzzModel which, gsize *n_head)
{
  static GBytes *files[FUZZ_N_MODELS];
  guint64 length;

  if (!files[which])
    files[which] = write_model (which);
  memcpy (&length, g_bytes_get_data (files[which], NULL), sizeof length);
  *n_head = sizeof length + GUINT64_FROM_LE (length);
  return files[which];
}

GByteArray *
fuzz_edit_model (
    FuzzModel which, gboolean mend, const guint8 *edits, gsize size)
{
  gsize n, n_head;
  GBytes *good = fuzz_model_file (which, &n_head);
  const guint8 *bytes = g_bytes_get_data (good, &n);
  gssize grown;
  GByteArray *out = fuzz_edit (bytes, n, n_head, edits, size, &grown);

  if (mend && out->len >= sizeof (guint64)) {
    const guint64 length =
        GUINT64_TO_LE (n_head + (gsize) grown - sizeof (guint64));

    memcpy (out->data, &length, sizeof length);
  }
  return out;
}

RenModel *
fuzz_load_path (const char *path)
{
  g_autoptr (GError) error = NULL;
  RenModel *model = ren_model_load (path, &error);

  g_assert_true (!model == !!error);
  return model;
}

RenModel *
fuzz_load (const guint8 *bytes, gsize n, gsize file_size)
{
  int fd = memfd_create ("model", MFD_CLOEXEC);
  RenModel *model;
  char path[64];

  if (fd < 0 || write (fd, bytes, n) != (gssize) n ||
      ftruncate (fd, (off_t) file_size) != 0)
    g_error ("memfd: %s", g_strerror (errno));
  g_snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  model = fuzz_load_path (path);
  if (model) {
    g_autoptr (RenModel) again = fuzz_load_path (path);

    g_assert_true (again == model);
  }
  close (fd);
  return model;
}

void
fuzz_use (RenModel *model)
{
  const RenTensors *tensors = model->tensors;
  g_autoptr (GError) error = NULL;

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      const guint64 n = ren_tensor_size (id, part, tensors->n_classes);
      g_autofree float *out = g_new (float, n);

      if (!ren_layer_has_part (id, part))
        continue;
      ren_model_read_tensor (model, id, part, 0, n, out, NULL);
      /* from the middle of a filter on */
      ren_model_read_tensor (model, id, part, n / 2, n - n / 2, out, NULL);
    }
  for (guint i = 0; tensors->extras && i < tensors->extras->len; i++) {
    const RenExtra *extra = &g_array_index (tensors->extras, RenExtra, i);
    g_autofree float *copy = g_new (float, extra->n);

    ren_input_read (
        tensors->input, extra->at, extra->n * sizeof (float), copy, NULL);
  }
  if (!ren_model_verify (model, &error))
    g_assert_nonnull (error);
}
