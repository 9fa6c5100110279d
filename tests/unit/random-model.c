/* SPDX-License-Identifier: MIT */
#include "random-model.h"

#include <math.h>
#include <string.h>

static gsize
stored_elements (RenLayerId id, RenPart part)
{
  const RenLayer *layer = &ren_network[id];
  gsize n = ren_tensor_size (id, part, N_CLASSES);

  if (part == REN_PART_WEIGHT && layer->kernel)
    n = n / (layer->kernel * layer->kernel) *
        __builtin_popcount (ren_layer_live_taps (layer));
  return n;
}

void
fixture_init (Fixture *f)
{
  enum
  {
    N_NOISE = 10 * 1024 * 1024
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  memset (f, 0, sizeof *f);
  f->noise = g_new (float, N_NOISE);
  f->quiet = g_new (float, N_NOISE);
  f->ones = g_new (float, 2048);
  for (gsize i = 0; i < N_NOISE; i++) {
    f->noise[i] = (float) g_rand_double_range (rand, -1, 1);
    f->quiet[i] = f->noise[i] * .05f;
  }
  for (gsize i = 0; i < 2048; i++)
    f->ones[i] = 1;

  g_atomic_ref_count_init (&f->tensors.refs);
  g_mutex_init (&f->tensors.prepared_lock);
  f->tensors.n_classes = N_CLASSES;
  for (guint id = 0; id < REN_N_LAYERS; id++) {
    const RenLayer *layer = &ren_network[id];
    gsize c_out = layer->c_out ? layer->c_out : N_CLASSES;
    float gain = (float) sqrt (6.0 * c_out / stored_elements (id, 0));

    f->gains[id] = g_new (float, c_out);
    for (gsize o = 0; o < c_out; o++)
      f->gains[id][o] = o % 5 == 3 ? -gain : gain;
    for (guint part = 0; part < REN_N_PARTS; part++) {
      RenTensor *t = &f->tensors.tensor[id][part];

      if (!ren_layer_has_part (id, part))
        continue;
      g_assert_cmpuint (stored_elements (id, part) + 64 * id, <=, N_NOISE);
      t->dtype = REN_PRECISION_FP32;
      t->data = part == REN_PART_NORM_VAR      ? f->ones
                : part == REN_PART_NORM_WEIGHT ? f->gains[id]
                : layer->norm                  ? f->noise + 64 * id + part
                                               : f->quiet + 64 * id + part;
      if (part == REN_PART_WEIGHT && layer->kernel)
        t->live_taps = ren_layer_live_taps (layer);
    }
  }

  g_atomic_ref_count_init (&f->model.refs);
  f->model.tensors = &f->tensors;
  f->model.path = (char *) "in memory";
  f->model.temperature = 1;
  f->model.labels = g_strsplit ("a b c d e f g", " ", -1);
  f->model.metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint c = 0; c < 3; c++) {
    f->model.mean[c] = .4f + .05f * (float) c;
    f->model.std[c] = .2f + .03f * (float) c;
  }
}

void
fixture_clear (Fixture *f)
{
  for (guint i = 0; i < REN_N_PRECISIONS; i++)
    g_assert_null (f->tensors.prepared[i]); /* the last plan took it along */
  g_mutex_clear (&f->tensors.prepared_lock);
  g_strfreev (f->model.labels);
  g_hash_table_unref (f->model.metadata);
  g_free (f->noise);
  g_free (f->quiet);
  g_free (f->ones);
  for (guint id = 0; id < REN_N_LAYERS; id++)
    g_free (f->gains[id]);
}

guint8 *
random_faces (guint n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  guint8 *faces = g_malloc (n * REN_FACE_BYTES);

  for (gsize i = 0; i < n * REN_FACE_BYTES; i++)
    faces[i] = (guint8) g_rand_int (rand);
  return faces;
}

double
largest_difference (const float *a, const float *b, gsize n)
{
  double worst = 0;

  for (gsize i = 0; i < n; i++) {
    double d = fabs ((double) a[i] - b[i]);

    worst = d <= worst ? worst : d; /* NaN counts */
  }
  return worst;
}
