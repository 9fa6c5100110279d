/* Colours of emotions: known names, others, what is read on them
 * SPDX-License-Identifier: MIT
 */
#include "emotion-colors.h"

#define MAX_LABELS 32

static const gchar *const usual[] = { "happy", "surprise", "sad", "anger",
  "disgust", "fear", "neutral" };

static void
check_distinct (const guint32 *colors, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_assert_cmphex (colors[i], <=, 0xffffff);
    for (guint j = 0; j < i; j++)
      g_assert_cmphex (colors[i], !=, colors[j]);
  }
}

/* One label has one colour, in whichever order and company. */
static void
test_known (void)
{
  const gchar *const others[] = { "Neutral", "Angry", "contempt", "HAPPINESS" };
  guint32 a[G_N_ELEMENTS (usual)], b[G_N_ELEMENTS (others)];

  emotion_colors (usual, G_N_ELEMENTS (usual), a);
  check_distinct (a, G_N_ELEMENTS (usual));
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    g_assert_cmphex (a[i], ==, emotion_color (usual[i]));
  emotion_colors (others, G_N_ELEMENTS (others), b);
  g_assert_cmphex (b[0], ==, a[6]);
  g_assert_cmphex (b[1], ==, a[3]);
  g_assert_cmphex (b[3], ==, a[0]);
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    g_assert_cmphex (b[2], !=, a[i]);
}

static void
test_others (void)
{
  g_auto (GStrv) labels = g_new0 (gchar *, MAX_LABELS + 1);
  guint32 colors[MAX_LABELS];

  for (guint i = 0; i < MAX_LABELS; i++)
    labels[i] = g_strdup_printf ("mood %u", i);
  emotion_colors ((const gchar *const *) labels, MAX_LABELS, colors);
  check_distinct (colors, MAX_LABELS);

  /* known ones keep theirs, also behind others */
  g_free (labels[30]);
  labels[30] = g_strdup ("sad");
  emotion_colors ((const gchar *const *) labels, MAX_LABELS, colors);
  check_distinct (colors, MAX_LABELS);
  g_assert_cmphex (colors[30], ==, emotion_color ("sad"));

  g_assert_cmphex (emotion_color (""), ==, emotion_color (""));
  emotion_colors (NULL, 0, NULL);
}

static void
test_ink (void)
{
  g_assert_cmphex (emotion_color_ink (0xffffff), ==, 0);
  g_assert_cmphex (emotion_color_ink (0), ==, 0xffffff);
  g_assert_cmphex (emotion_color_ink (emotion_color ("happy")), ==, 0);
  g_assert_cmphex (emotion_color_ink (emotion_color ("sad")), ==, 0xffffff);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emotion-colors/known", test_known);
  g_test_add_func ("/emotion-colors/others", test_others);
  g_test_add_func ("/emotion-colors/ink", test_ink);
  return g_test_run ();
}
