/* SPDX-License-Identifier: MIT */
#include "dataset-input.h"

#include "labels.h"

/* Faces whose pixels are looked at. */
#define MAX_CROPS 2

static const char *const kinds[] = { NULL, "csv", "fer2013", "ferplus",
  "raf-db", "affectnet", "expw", "ck+", "folders" };
static const char *const eight[] = { "neutral", "happiness", "surprise",
  "sadness", "anger", "disgust", "fear", "contempt", NULL };

DatasetOptions
dataset_input_options (FuzzInput *input)
{
  const guint kind = (guint) fuzz_take (input, 1);
  const guint rest = (guint) fuzz_take (input, 1);

  return (DatasetOptions){ .kind = kinds[kind % G_N_ELEMENTS (kinds)],
    .split = (DatasetSplit) (rest % N_SPLITS),
    .votes = (DatasetVotes) (rest / 4 % 3),
    .labels = rest & 0x80 ? eight : labels_published,
    .said = (rest & 0x40) != 0 };
}

static void
check_face (const Face *face, guint n_classes)
{
  float total = 0;

  g_assert_nonnull (face->path);
  g_assert (face->label >= 0 && (guint) face->label < n_classes);
  g_assert (face->crop.w >= 0 && face->crop.h >= 0);
  for (guint i = 0; face->targets && i < n_classes; i++)
    total += face->targets[i];
  g_assert (!face->targets || (total > .99f && total < 1.01f));
}

static void
crop (const Face *face)
{
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  g_autoptr (GError) error = NULL;
  guint8 grey[REN_FACE_BYTES];
  const gboolean ok = face_read (face, cropper, grey, &error);

  g_assert (ok == !error);
}

void
dataset_input_open (const DatasetOptions *options)
{
  const guint n_classes = g_strv_length ((char **) options->labels);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) faces = NULL;
  guint n_crops = 0;

  if (!options->kind)
    g_assert_nonnull (dataset_recognise (options, NULL));
  faces = dataset_open (options, &error);
  g_assert (!faces == !!error);
  for (guint i = 0; faces && i < faces->len; i++) {
    const Face *face = faces->pdata[i];

    check_face (face, n_classes);
    if (face->pixels && n_crops++ < MAX_CROPS)
      crop (face);
  }
}
