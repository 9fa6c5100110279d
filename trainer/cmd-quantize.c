/* resemotenet quantize: from a model of floats to one of 8 bits.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "dataset.h"
#include "face-store.h"
#include "labels.h"
#include "model-file.h"
#include "results.h"

/* More faces change a range in its third digit. */
#define DEFAULT_FACES 512
#define MAX_FACES 100000

static struct
{
  char *data, *kind, *images, *split;
  int n_faces;
} options;

static const GOptionEntry entries[] = {
  { "data", 'd', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.data,
      "Data set whose faces it is calibrated with", "PATH" },
  { "split", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, &options.split,
      "train (default, or else any), validation or test", "SPLIT" },
  { "faces", 'n', G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &options.n_faces,
      "How many, evenly from all, 1 to 100000; default 512", "N" },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry more_entries[] = {
  { "kind", 'k', G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, &options.kind,
      "Layout of the data set; default: told by files", "KIND" },
  { "images", 'i', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.images,
      "What names in a table are relative to", "DIR" },
  G_OPTION_ENTRY_NULL
};

/* n of the faces, evenly spaced; takes over the array. */
static GPtrArray *
thin_out (GPtrArray *faces, guint n)
{
  GPtrArray *kept = g_ptr_array_new_with_free_func (face_free);
  const guint n_all = faces->len;

  for (guint i = 0; i < n; i++) {
    const guint at = (guint) ((guint64) i * n_all / n);

    g_ptr_array_add (kept, g_steal_pointer (&faces->pdata[at]));
  }
  g_ptr_array_set_free_func (faces, NULL);
  for (guint i = 0; i < n_all; i++)
    g_clear_pointer (&faces->pdata[i], face_free);
  g_ptr_array_unref (faces);
  return kept;
}

static GPtrArray *
open_faces (const RenModel *model, GError **error)
{
  g_autofree const char **labels = labels_of_model (model);
  DatasetOptions data = { .path = options.data,
    .kind = options.kind,
    .images = options.images,
    .split = SPLIT_TRAIN,
    .labels = labels };
  const guint n = (guint) options.n_faces;
  GError *cause = NULL;
  GPtrArray *faces;

  if (options.split && !dataset_parse_split (options.split, &data.split, error))
    return NULL;
  faces = dataset_open (&data, &cause);
  if (!options.split &&
      g_error_matches (cause, APP_ERROR, APP_ERROR_NO_SPLIT)) {
    g_clear_error (&cause);
    data.split = SPLIT_ANY;
    data.said = TRUE;
    faces = dataset_open (&data, &cause);
  }
  if (!faces) {
    g_propagate_error (error, cause);
    return NULL;
  }
  return faces->len > n ? thin_out (faces, n) : faces;
}

/* What holds of the new model: how it was made, and that the accuracy of the old
 * one is not its own. */
static RenModel *
annotate (RenModel *model, guint n_faces, GError **error)
{
  const char *accuracy = ren_model_metadata (model, "accuracy");
  g_autofree char *absolute = g_canonicalize_filename (options.data, NULL);
  g_autofree char *base = g_path_get_basename (absolute);
  g_autofree char *shown = console_name (base);
  g_autofree char *calibrated =
      g_strdup_printf ("%u faces of %s", n_faces, shown);
  g_autofree char *before =
      accuracy ? g_strdup_printf ("%s; before quantization", accuracy) : NULL;
  g_autoptr (RenModel) noted =
      ren_model_annotate (model, "quantized_with", calibrated, error);

  return noted ? ren_model_annotate (noted, "accuracy", before, error) : NULL;
}

static gboolean
quantize (const char *in, const char *out, GError **error)
{
  g_autoptr (RenModel) model = NULL;
  g_autoptr (RenModel) quantized = NULL;
  g_autoptr (RenModel) annotated = NULL;
  g_autoptr (FaceStore) store = NULL;
  g_autofree char *more = NULL;
  GPtrArray *faces;

  if (!(model = options_load_model (in, error)) ||
      !(faces = open_faces (model, error)) ||
      !(store = face_store_new (faces, "to calibrate with", G_MAXUINT64,
            g_get_num_processors (), error)))
    return FALSE;
  results_note_labels (model);
  quantized =
      ren_model_quantize (model, store->cache, store->faces->len, 0, error);
  if (!quantized ||
      !(annotated = annotate (quantized, store->faces->len, error)))
    return FALSE;
  more = g_strdup_printf ("calibrated with %u faces", store->faces->len);
  return model_file_write (
      annotated, out, REN_PRECISION_INT8, FALSE, more, error);
}

static gboolean
run (char **arguments, GError **error)
{
  const guint n = g_strv_length (arguments);
  gboolean ok = FALSE;

  if (options.n_faces == 0)
    options.n_faces = DEFAULT_FACES;
  if (n != 2)
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        n < 2 ? "two files are needed: the model to read and the one to write"
              : "too many files: one model to read, one to write");
  else if (!options.data)
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        "no faces to calibrate with: give --data PATH, a data set");
  else if (options.n_faces < 1 || options.n_faces > MAX_FACES)
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "--faces is not from 1 to %d", MAX_FACES);
  else
    ok = model_file_check_name (arguments[1], error) &&
         quantize (arguments[0], arguments[1], error);
  g_clear_pointer (&options.data, g_free);
  g_clear_pointer (&options.kind, g_free);
  g_clear_pointer (&options.images, g_free);
  g_clear_pointer (&options.split, g_free);
  return ok;
}

const Command command_quantize = {
  .name = "quantize",
  .arguments = "IN OUT" MODEL_FILE_EXTENSION " --data PATH",
  .summary =
      "Make an int8 model: a quarter of the size, several times as fast.",
  .examples =
      "  resemotenet quantize fer.safetensors int8.safetensors --data fer2013\n"
      "  resemotenet quantize fer.pth int8.safetensors -d clean.csv --faces "
      "2048\n",
  .entries = entries,
  .more = more_entries,
  .shared = OPTIONS_LABELS,
  .run = run,
};
