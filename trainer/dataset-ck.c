/* CK+ (Lucey et al. 2010): sequences from a neutral face to an emotion's peak.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <string.h>

#include "app.h"
#include "dataset-private.h"

static const char *const names[] = { "neutral", "anger", "contempt", "disgust",
  "fear", "happy", "sadness", "surprise", NULL };
static const ClassNumbers numbers = { 0, names };

/* Frames at the end of a sequence that show its emotion, by custom. */
#define N_PEAK 3

static const char *const image_folders[] = { "cohn-kanade-images",
  "extended-cohn-kanade-images/cohn-kanade-images", NULL };
static const char *const label_folders[] = { "Emotion",
  "Emotion_labels/Emotion", "Emotion_labels", NULL };

/* The class in a file like "S005_001_00000011_emotion.txt", "3.0000000e+00". */
static gboolean
read_class (const char *path, const char **class_name, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *number = NULL;
  g_autoptr (CsvReader) reader = csv_open (path, CSV_BLANKS, error);
  g_autoptr (CsvRow) row = reader ? csv_next (reader, NULL) : NULL;
  double value;
  char *end;

  if (!reader)
    return FALSE;
  text = g_strdup (row ? dataset_field (row, 0) : "");
  value = g_ascii_strtod (text, &end);
  if (*text && !*end && value == floor (value) && value >= 0 && value < 100)
    number = g_strdup_printf ("%d", (int) value);
  *class_name = number ? class_of_number (&numbers, number) : NULL;
  return *class_name ? TRUE
                     : dataset_fail (error, path, 0,
                           "does not hold a number from 0 to 7");
}

static void
add_frame (Dataset *dataset, const char *folder, const char *frame,
    const char *class_name)
{
  dataset_add (dataset, g_build_filename (folder, frame, NULL),
      g_strdup (frame), class_name, SPLIT_ANY);
}

/* @below: "S005/001" */
static gboolean
add_sequence (Dataset *dataset, const char *images, const char *labels,
    const char *below, GError **error)
{
  g_autofree char *label_folder = g_build_filename (labels, below, NULL);
  g_autofree char *folder = g_build_filename (images, below, NULL);
  g_autoptr (GPtrArray) frames = NULL;
  g_autoptr (GPtrArray) files =
      dataset_list_files (label_folder, "_emotion.txt", error);
  g_autofree char *file = NULL;
  const char *class_name;

  if (!files || !(frames = dataset_list_files (folder, ".png", error)))
    return FALSE;
  if (files->len == 0) { /* nobody agreed on one */
    dataset_leave_out_as (
        dataset, "in sequences that have no emotion", frames->len);
    return TRUE;
  }
  file = g_build_filename (label_folder, files->pdata[0], NULL);
  if (!read_class (file, &class_name, error))
    return FALSE;
  if (frames->len < N_PEAK + 1)
    return dataset_fail (error, folder, 0,
        "has %u .png files: a sequence has a neutral one and at its end %d of "
        "the emotion",
        frames->len, N_PEAK);
  add_frame (dataset, folder, frames->pdata[0], names[0]);
  for (guint i = frames->len - N_PEAK; i < frames->len; i++)
    add_frame (dataset, folder, frames->pdata[i], class_name);
  return TRUE;
}

static gboolean
recognise (const Dataset *dataset)
{
  g_autofree char *images = NULL;
  g_autofree char *labels = NULL;

  if (!dataset->is_folder)
    return FALSE;
  images = dataset_find (dataset->root, image_folders);
  labels = dataset_find (dataset->root, label_folders);
  return images && labels;
}

static gboolean
open_ck (Dataset *dataset, GError **error)
{
  g_autofree char *images = dataset_images (dataset, image_folders);
  g_autofree char *labels = dataset_find (dataset->root, label_folders);
  g_autoptr (GPtrArray) subjects = NULL;

  if (!labels)
    return dataset_fail (error, dataset->root, 0,
        "has no Emotion folder. CK+ as a folder for each class is of kind "
        "folders");
  if (!(subjects = dataset_list_folders (labels, error)))
    return FALSE;
  for (guint i = 0; i < subjects->len; i++) {
    g_autofree char *path = g_build_filename (labels, subjects->pdata[i], NULL);
    g_autoptr (GPtrArray) sequences = dataset_list_folders (path, error);

    if (!sequences)
      return FALSE;
    for (guint j = 0; j < sequences->len; j++) {
      g_autofree char *below =
          g_build_filename (subjects->pdata[i], sequences->pdata[j], NULL);

      if (!add_sequence (dataset, images, labels, below, error))
        return FALSE;
    }
  }
  console_note ("of each sequence of %s, the first frame is taken as neutral "
                "and the last %d as its emotion",
      dataset->shown, N_PEAK);
  return TRUE;
}

const DatasetKind dataset_ck = {
  .name = "ck+",
  .layout = "cohn-kanade-images/ and Emotion/",
  .recognise = recognise,
  .open = open_ck,
};
