/* SPDX-License-Identifier: MIT */
#include "pack.h"

#include <math.h>
#include <string.h>

#include "conv.h"
#include "convert.h"
#include "fold.h"
#include "rows.h"

/* One element of each of REN_PANEL rows, side by side. */
static inline void
gather (const guint8 *in, gsize size, gsize row_bytes, void *line)
{
  guint16 *halves = line;
  guint32 *words = line;

  if (size == 2)
    for (guint o = 0; o < REN_PANEL; o++)
      memcpy (halves + o, in + o * row_bytes, 2);
  else
    for (guint o = 0; o < REN_PANEL; o++)
      memcpy (words + o, in + o * row_bytes, 4);
}

/* A line in another format; FALSE if that is too narrow. */
static gboolean
put_line (RenPrecision from, const void *line, RenPrecision to, void *out)
{
  float wide[REN_PANEL];

  if (from == to && G_BYTE_ORDER == G_LITTLE_ENDIAN) {
    memcpy (out, line, REN_PANEL * ren_precision_size (to));
    return TRUE;
  }
  ren_to_float (from, line, REN_PANEL, wide);
  if (to == REN_PRECISION_FP32)
    memcpy (out, wide, sizeof wide);
  return to == REN_PRECISION_FP32 || ren_from_float (to, wide, REN_PANEL, out);
}

gsize
ren_pack_scratch_bytes (void)
{
  gsize most = 0;

  /* a panel of a layer, as it is stored or in fp32 */
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    most = MAX (
        most, (gsize) ren_network[id].c_in *
                  MAX (1, ren_network[id].kernel * ren_network[id].kernel));
  return most * REN_PANEL * sizeof (float);
}

static gboolean
fail_beyond_fp16 (const RenModel *model, RenLayerId id, GError **error)
{
  g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
      "%s: layer %s has weights beyond the range of fp16; run it in fp32",
      model->path, ren_network[id].name);
  return FALSE;
}

/* The same of 8-bit weights. */
static gboolean
pack_dequantized (const RenModel *model, RenLayerId id, guint panel,
    RenPrecision precision, float *rows, guint8 *out, GError **error)
{
  const RenLayer *layer = &ren_network[id];
  const guint taps = MAX (1, layer->kernel * layer->kernel);
  const guint live = ren_layer_live_taps (layer);
  const gsize row_len = (gsize) layer->c_in * taps;
  const gsize line_bytes = REN_PANEL * ren_precision_size (precision);
  gboolean fits = TRUE;

  if (!ren_model_read_tensor (model, id, REN_PART_WEIGHT,
          panel * REN_PANEL * row_len, REN_PANEL * row_len, rows, error))
    return FALSE;
  for (guint t = 0; t < taps; t++)
    for (gsize c = 0; c < layer->c_in && live >> t & 1; c++) {
      float line[REN_PANEL];

      for (guint o = 0; o < REN_PANEL; o++)
        line[o] = rows[o * row_len + c * taps + t];
      fits &= put_line (REN_PRECISION_FP32, line, precision, out);
      out += line_bytes;
    }
  return fits || fail_beyond_fp16 (model, id, error);
}

gboolean
ren_pack_panel (const RenModel *model, RenLayerId id, guint panel,
    RenPrecision precision, gpointer scratch, gpointer out, GError **error)
{
  const RenLayer *layer = &ren_network[id];
  const RenTensor *t = &model->tensors->tensor[id][REN_PART_WEIGHT];
  const guint stored = layer->kernel == 3 ? t->live_taps : 1;
  const guint live = ren_layer_live_taps (layer);
  const guint n_stored = ren_count_taps (stored);
  const guint n_live = ren_count_taps (live);
  const gsize size = ren_precision_size (t->dtype);
  const gsize row_bytes = (gsize) layer->c_in * n_stored * size;
  const gsize line_bytes = REN_PANEL * ren_precision_size (precision);
  const guint8 *in;
  guint offset[9]; /* of a live tap among the stored ones */
  gboolean fits = TRUE;

  if (t->dtype == REN_PRECISION_INT8)
    return pack_dequantized (model, id, panel, precision, scratch, out, error);
  in = ren_tensor_bytes (model->tensors, t, panel * REN_PANEL * row_bytes,
      REN_PANEL * row_bytes, scratch, error);
  if (!in) {
    g_prefix_error (error, "%s: ", model->path);
    return FALSE;
  }
  for (guint tap = 0, i = 0; tap < 9; tap++)
    if (live >> tap & 1)
      offset[i++] = ren_count_taps (stored & ((1u << tap) - 1)) * (guint) size;
  for (gsize c = 0; c < layer->c_in; c++, in += n_stored * size)
    for (gsize i = 0; i < n_live; i++) {
      guint32 line[REN_PANEL];

      gather (in + offset[i], size, row_bytes, line);
      fits &= put_line (t->dtype, line, precision,
          (guint8 *) out + (i * layer->c_in + c) * line_bytes);
    }
  return fits || fail_beyond_fp16 (model, id, error);
}

/* Three equal channels, each normalised by its own mean and deviation, become
 * one: (g / 255 - mean) / std is linear in g. What the means take away is not
 * taken away where a tap meets padding, hence a bias for each border case. */
static void
pack_conv1_channel (const RenModel *model, const float *row, float scale,
    float shift, float *weight, float *bias)
{
  double mean_of_tap[9];

  for (guint t = 0; t < 9; t++) {
    double w = 0, m = 0;

    for (guint c = 0; c < 3; c++) {
      double v = (double) row[c * 9 + t] * scale / model->std[c];

      w += v / 255;
      m += v * model->mean[c];
    }
    weight[t * REN_CONV1_CHANNELS] = (float) w;
    mean_of_tap[t] = m;
  }

  for (guint border = 0; border < 9; border++) {
    guint by = border / 3, bx = border % 3;
    double b = shift;

    for (guint t = 0; t < 9; t++) {
      guint ty = t / 3, tx = t % 3;
      gboolean outside = (by == 0 && ty == 0) || (by == 2 && ty == 2) ||
                         (bx == 0 && tx == 0) || (bx == 2 && tx == 2);

      if (!outside)
        b -= mean_of_tap[t];
    }
    bias[border * REN_CONV1_CHANNELS] = (float) b;
  }
}

gboolean
ren_pack_conv1 (
    const RenModel *model, float *weight, float *bias, GError **error)
{
  float scale[REN_CONV1_CHANNELS], shift[REN_CONV1_CHANNELS];
  float rows[REN_CONV1_CHANNELS][27];

  if (!ren_model_read_tensor (model, REN_CONV1, REN_PART_WEIGHT, 0,
          REN_CONV1_CHANNELS * 27, rows[0], error))
    return FALSE;
  ren_fold_norm (model, REN_CONV1, scale, shift);
  for (guint o = 0; o < REN_CONV1_CHANNELS; o++)
    pack_conv1_channel (
        model, rows[o], scale[o], shift[o], weight + o, bias + o);
  return TRUE;
}

gboolean
ren_pack_tiles (const RenModel *model, RenLayerId id, guint panel,
    guint tile_size, const float *scale, gpointer scratch, float *out,
    GError **error)
{
  const guint c_in = ren_network[id].c_in;
  const gsize row_len = (gsize) c_in * 9;
  const guint n_values = REN_WINOGRAD_VALUES (tile_size);
  float *rows = scratch;

  if (!ren_model_read_tensor (model, id, REN_PART_WEIGHT,
          panel * REN_PANEL * row_len, REN_PANEL * row_len, rows, error))
    return FALSE;
  for (gsize c = 0; c < c_in; c++)
    for (guint i = 0; i < REN_PANEL; i++) {
      const float *row = rows + i * row_len + c * 9;
      float filter[9], values[REN_WINOGRAD_VALUES (4)];

      for (guint t = 0; t < 9; t++)
        filter[t] = scale ? row[t] * scale[panel * REN_PANEL + i] : row[t];
      ren_winograd_filter (tile_size, filter, values);
      for (gsize v = 0; v < n_values; v++)
        out[(v * c_in + c) * REN_PANEL + i] = values[v];
    }
  return TRUE;
}

gboolean
ren_pack_transposed (const RenModel *model, RenLayerId id, guint stride,
    gpointer scratch, float *out, GError **error)
{
  const guint n_in = ren_network[id].c_in;
  const guint n_out = ren_layer_c_out (id, model->tensors->n_classes);
  float *row = scratch;

  for (gsize o = 0; o < n_out; o++) {
    if (!ren_model_read_tensor (
            model, id, REN_PART_WEIGHT, o * n_in, n_in, row, error))
      return FALSE;
    for (gsize c = 0; c < n_in; c++)
      out[c * stride + o] = row[c];
  }
  return TRUE;
}
