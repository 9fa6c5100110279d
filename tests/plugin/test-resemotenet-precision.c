/* What resemotenet calculates in: the property precision
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <glib/gstdio.h>
#include <string.h>

#include "resemotenet.h"

#define N_CLASSES 7

/* The scores of two faces. */
typedef struct
{
  gfloat of[2][N_CLASSES];
} Scores;

static Scores
classify (const gchar *model, const gchar *precision)
{
  gchar *line = g_strdup_printf (
      "resemotenet model=\"%s\" precision=%s threads=1", model, precision);
  GstHarness *h = gst_harness_new_parse (line);
  GstBuffer *buffer = test_frame (0), *out;
  Scores scores;

  gst_harness_set_src_caps (h, test_rgb_caps ());
  test_add_face (buffer, BOX_A);
  test_add_face (buffer, BOX_B);
  out = test_push (h, buffer);
  for (guint i = 0; i < 2; i++) {
    const GstEmotionMeta *meta = test_nth_emotion (out, i);

    g_assert_cmpuint (meta->n_scores, ==, N_CLASSES);
    memcpy (scores.of[i], meta->scores, sizeof scores.of[i]);
  }
  gst_buffer_unref (out);
  gst_harness_teardown (h);
  g_free (line);
  return scores;
}

static gdouble
difference (const Scores *a, const Scores *b)
{
  gdouble worst = 0;

  for (guint i = 0; i < 2; i++)
    for (guint c = 0; c < N_CLASSES; c++)
      worst = MAX (worst, ABS (a->of[i][c] - b->of[i][c]));
  return worst;
}

#define assert_same(a, b) g_assert_cmpmem (&(a), sizeof (a), &(b), sizeof (b))

/* A model of 8 bits in each precision: what a model converted to that has. */
static void
test_each (void)
{
  const gchar *path = test_int8_model ();
  GError *error = NULL;
  gchar *dir, *wide_path;
  RenModel *model;
  Scores as_stored, int8, fp32, fp16, got;

  if (!path) {
    g_test_skip ("there is no models/resemotenet.safetensors");
    return;
  }
  dir = g_dir_make_tmp ("precision-XXXXXX", NULL);
  wide_path = g_build_filename (dir, "fp32.safetensors", NULL);
  model = ren_model_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ren_model_precision (model), ==, REN_PRECISION_INT8);
  g_assert_true (ren_model_save (
      model, wide_path, REN_PRECISION_FP32, REN_SAVE_TRIMMED, &error));

  as_stored = classify (path, "auto");
  int8 = classify (path, "int8");
  assert_same (as_stored, int8);
  fp32 = classify (path, "fp32");
  got = classify (wide_path, "auto");
  assert_same (got, fp32);
  fp16 = classify (path, "fp16");
  got = classify (wide_path, "fp16");
  assert_same (got, fp16);
  g_test_message ("from fp32: fp16 %.2g, int8 %.2g", difference (&fp16, &fp32),
      difference (&int8, &fp32));
  /* three of them, and the coarser the further away */
  g_assert_cmpfloat (difference (&fp16, &fp32), >, 0);
  g_assert_cmpfloat (
      difference (&int8, &fp32), >, 2 * difference (&fp16, &fp32));
  g_assert_cmpfloat (difference (&int8, &fp32), <, .1);

  ren_model_unref (model);
  g_remove (wide_path);
  g_rmdir (dir);
  g_free (wide_path);
  g_free (dir);
}

/* The error names the property and what to do, before data flow. */
static void
test_impossible (void)
{
  GstElement *element = gst_element_factory_make ("resemotenet", NULL);
  GstBus *bus = gst_bus_new ();
  GError *error;

  gst_element_set_bus (element, bus);
  g_object_set (element, "model", test_random_model (), NULL);
  gst_util_set_object_arg (G_OBJECT (element), "precision", "int8");
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  error = test_pop_error (bus);
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, "property precision=int8"));
  g_assert_nonnull (strstr (error->message, test_random_model ()));
  g_assert_nonnull (strstr (error->message, "resemotenet quantize"));
  g_error_free (error);

  /* and what it says helps */
  gst_util_set_object_arg (G_OBJECT (element), "precision", "auto");
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/precision/each", test_each);
  g_test_add_func ("/precision/impossible", test_impossible);
  return g_test_run ();
}
