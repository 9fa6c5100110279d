/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "app.h"
#include "labels.h"

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

int
labels_find (const RenModel *model, const char *name)
{
  g_autofree char *wanted = fold (name);
  const int emotion = find_emotion (wanted);
  int found = -1;

  /* a model's own name for a class goes before any alias */
  for (guint i = 0; i < ren_model_n_classes (model); i++) {
    g_autofree char *label = fold (ren_model_label (model, i));

    if (strcmp (label, wanted) == 0)
      return (int) i;
    if (found < 0 && emotion >= 0 && find_emotion (label) == emotion)
      found = (int) i;
  }
  return found;
}

char *
labels_list (const RenModel *model)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < ren_model_n_classes (model); i++)
    g_string_append_printf (
        list, "%s%s", i ? ", " : "", ren_model_label (model, i));
  return console_name (list->str);
}
