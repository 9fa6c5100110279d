/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "app.h"
#include "labels.h"

const char *const labels_published[] = { "happy", "surprise", "sad", "anger",
  "disgust", "fear", "neutral", NULL };

/* Each row is one emotion. */
static const char *const names[][6] = {
  { "angry", "anger" },
  { "happy", "happiness", "joy" },
  { "sad", "sadness" },
  { "surprise", "surprised" },
  { "fear", "fearful", "scared", "afraid" },
  { "disgust", "disgusted" },
  { "neutral", "neutrality" },
  { "contempt", "contemptuous" },
};

static int
find_emotion (const char *folded)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint j = 0; j < G_N_ELEMENTS (names[i]) && names[i][j]; j++)
      if (strcmp (folded, names[i][j]) == 0)
        return (int) i;
  return -1;
}

static char *
fold (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  char *folded = g_utf8_casefold (g_strstrip (valid), -1);

  return folded;
}

const char **
labels_of_model (const RenModel *model)
{
  const guint n = ren_model_n_classes (model);
  const char **labels = g_new0 (const char *, n + 1);

  for (guint i = 0; i < n; i++)
    labels[i] = ren_model_label (model, i);
  return labels;
}

int
labels_find (const char *const *labels, const char *name)
{
  g_autofree char *wanted = fold (name);
  const int emotion = find_emotion (wanted);
  int found = -1;

  /* a model's own name for a class goes before any alias */
  for (int i = 0; labels[i]; i++) {
    g_autofree char *label = fold (labels[i]);

    if (strcmp (label, wanted) == 0)
      return i;
    if (found < 0 && emotion >= 0 && find_emotion (label) == emotion)
      found = i;
  }
  return found;
}

gboolean
labels_is_emotion (const char *name)
{
  g_autofree char *folded = fold (name);

  return find_emotion (folded) >= 0;
}

char *
labels_list (const char *const *labels)
{
  g_autofree char *list = g_strjoinv (", ", (char **) labels);

  return console_name (list);
}
