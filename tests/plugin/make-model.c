/* Writes a model with random weights, for tests that need no trained one
 * SPDX-License-Identifier: MIT
 *
 *   make-model OUT            a whole network, 160 MB of bfloat16
 *   make-model --wrong OUT    a valid safetensors file of some other network
 *
 * The weights are always the same. They are scaled so that signals keep their
 * size through the layers (He et al. 2015) and different pictures get clearly
 * different scores: a test on them can fail.
 */
#include "network.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define N_CLASSES 7
#define LABELS "happy", "surprise", "sad", "anger", "disgust", "fear", "neutral"

/* What makes the scores of different pictures differ. */
#define FC4_GAIN 6.f

static guint64 state = 88172645463325252u;

/* Marsaglia 2003, "Xorshift RNGs"; uniform in [-1, 1). */
static float
uniform (void)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (float) (gint32) (state >> 32) / 2147483648.f;
}

static guint16
to_bf16 (float v)
{
  guint32 bits;

  memcpy (&bits, &v, sizeof bits);
  return (guint16) (bits >> 16);
}

/* Centre and half width of the values of a tensor. */
static void
value_range (RenLayerId id, RenPart part, float *centre, float *spread)
{
  const RenLayer *layer = &ren_network[id];
  guint taps = MAX (layer->kernel * layer->kernel, 1);

  *centre = 0;
  switch (part) {
    case REN_PART_WEIGHT:
      /* uniform with the variance 2 / fan-in */
      *spread = sqrtf (6.f / ((float) layer->c_in * taps));
      if (id == REN_FC4)
        *spread *= FC4_GAIN;
      break;
    case REN_PART_NORM_WEIGHT:
      *centre = 0.7f;
      *spread = 0.2f;
      break;
    case REN_PART_NORM_VAR:
      *centre = 1;
      *spread = 0.2f;
      break;
    default:
      *spread = 0.1f;
      break;
  }
}

static void
write_tensor (FILE *file, RenLayerId id, RenPart part)
{
  guint64 n = ren_tensor_size (id, part, N_CLASSES);
  static guint16 block[1 << 16];
  float centre, spread;

  value_range (id, part, &centre, &spread);
  while (n > 0) {
    guint64 now = MIN (n, G_N_ELEMENTS (block));

    for (guint64 i = 0; i < now; i++)
      block[i] = GUINT16_TO_LE (to_bf16 (centre + spread * uniform ()));
    fwrite (block, sizeof *block, now, file);
    n -= now;
  }
}

static GString *
header (void)
{
  static const char *const labels[N_CLASSES] = { LABELS };
  GString *json = g_string_new ("{\"__metadata__\":{\"format\":\"resemotenet\","
                                "\"format_version\":\"1\",\"labels\":\"[");
  guint64 offset = 0;

  for (guint i = 0; i < N_CLASSES; i++)
    g_string_append_printf (json, "%s\\\"%s\\\"", i ? "," : "", labels[i]);
  g_string_append (json, "]\"}");

  for (guint id = 0; id < REN_N_LAYERS; id++)
    for (guint part = 0; part < REN_N_PARTS; part++) {
      char name[REN_TENSOR_NAME_MAX];
      guint64 dims[4], bytes;
      guint n_dims;

      if (!ren_layer_has_part (id, part))
        continue;
      ren_tensor_name (id, part, name);
      n_dims = ren_tensor_shape (id, part, N_CLASSES, dims);
      bytes = ren_tensor_size (id, part, N_CLASSES) * 2;
      g_string_append_printf (
          json, ",\"%s\":{\"dtype\":\"BF16\",\"shape\":[", name);
      for (guint d = 0; d < n_dims; d++)
        g_string_append_printf (
            json, "%s%" G_GUINT64_FORMAT, d ? "," : "", dims[d]);
      g_string_append_printf (json,
          "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}",
          offset, offset + bytes);
      offset += bytes;
    }
  g_string_append_c (json, '}');
  while (json->len % 8)
    g_string_append_c (json, ' ');
  return json;
}

static void
write_header (FILE *file, const char *json)
{
  guint64 n = GUINT64_TO_LE ((guint64) strlen (json));

  fwrite (&n, sizeof n, 1, file);
  fwrite (json, 1, strlen (json), file);
}

int
main (int argc, char **argv)
{
  gboolean wrong = argc == 3 && strcmp (argv[1], "--wrong") == 0;
  const char *path = argv[argc - 1];
  FILE *file = argc >= 2 ? fopen (path, "wb") : NULL;

  if (!file) {
    fprintf (stderr, "usage: make-model [--wrong] OUT\n");
    return 1;
  }
  if (wrong) {
    static const char zeros[16];

    write_header (file, "{\"layer.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],"
                        "\"data_offsets\":[0,16]}}   ");
    fwrite (zeros, 1, sizeof zeros, file);
  } else {
    GString *json = header ();

    write_header (file, json->str);
    g_string_free (json, TRUE);
    for (guint id = 0; id < REN_N_LAYERS; id++)
      for (guint part = 0; part < REN_N_PARTS; part++)
        if (ren_layer_has_part (id, part))
          write_tensor (file, id, part);
  }
  if (ferror (file) | fclose (file)) {
    perror (path);
    return 1;
  }
  return 0;
}
