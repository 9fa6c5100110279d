/* The numbers of a model's tensors, in memory or in its file.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "convert.h"
#include "memory.h"
#include "model.h"
#include "rows.h"

/* Numbers that are read from the file in one call. */
#define PIECE (16 << 10)

/* Filters of a trimmed weight that are. */
#define FILTERS (1 << 10)

const guint8 *
ren_tensor_bytes (const RenTensors *tensors, const RenTensor *t, guint64 at,
    gsize n, void *buffer, GError **error)
{
  if (t->data)
    return (const guint8 *) t->data + at;
  return ren_input_read (tensors->input, t->at + at, n, buffer, error) ? buffer
                                                                       : NULL;
}

/* Elements that lie as they are wanted. */
static gboolean
read_whole (const RenTensors *tensors, const RenTensor *t, guint64 first,
    guint64 n, float *out, GError **error)
{
  const gsize size = ren_precision_size (t->dtype);
  float buffer[PIECE];

  for (guint64 i = 0; i < n; i += PIECE) {
    const gsize k = MIN (PIECE, n - i);
    const guint8 *bytes = ren_tensor_bytes (
        tensors, t, (first + i) * size, k * size, buffer, error);

    if (!bytes)
      return FALSE;
    ren_to_float (t->dtype, bytes, k, out + i);
  }
  return TRUE;
}

/* Elements of a trimmed weight: those of missing taps are 0. */
static gboolean
read_trimmed (const RenTensors *tensors, const RenTensor *t, guint64 first,
    guint64 n, float *out, GError **error)
{
  const gsize size = ren_precision_size (t->dtype);
  const guint n_live = ren_count_taps (t->live_taps);
  const guint64 end = first + n;
  guint rank[9] = { 0 }; /* of a live tap among the live ones */

  for (guint tap = 0, r = 0; tap < 9; tap++)
    if (t->live_taps >> tap & 1)
      rank[tap] = r++;

  for (guint64 i = first; i < end;) {
    const guint64 filter = i / 9;
    const guint64 n_filters = MIN (FILTERS, (end + 8) / 9 - filter);
    const guint64 stop = MIN (end, (filter + n_filters) * 9);
    float buffer[FILTERS * 9], live[FILTERS * 9];
    const float *at = live;
    const guint8 *bytes = ren_tensor_bytes (tensors, t, filter * n_live * size,
        n_filters * n_live * size, buffer, error);
    guint tap = i % 9;

    if (!bytes)
      return FALSE;
    ren_to_float (t->dtype, bytes, n_filters * n_live, live);
    for (; i < stop; i++) {
      *out++ = t->live_taps >> tap & 1 ? at[rank[tap]] : 0.0f;
      if (++tap == 9) {
        tap = 0;
        at += n_live;
      }
    }
  }
  return TRUE;
}

/* Elements of one panel of an int8 weight. */
static void
unpack (const RenTensor *t, RenLayerId id, const gint8 *panel, guint64 first,
    guint64 n, float *out)
{
  const guint c_ins = ren_network[id].c_in;
  const guint taps = MAX (1, ren_network[id].kernel * ren_network[id].kernel);
  const guint live = ren_layer_live_taps (&ren_network[id]);
  const guint n_live = ren_count_taps (live);

  for (guint64 i = first; i < first + n; i++) {
    const guint tap = (guint) (i % taps);
    const gsize c_out = i / taps / c_ins;
    const guint rank = ren_count_taps (live & ((1u << tap) - 1));
    float scale;

    memcpy (&scale, (const float *) t->scale + c_out, sizeof scale);
    *out++ = live >> tap & 1
                 ? scale * panel[ren_packed_index (id, c_out % REN_PANEL,
                               i / taps % c_ins, rank, n_live)]
                 : 0;
  }
}

static gboolean
read_packed (const RenTensors *tensors, const RenTensor *t, RenLayerId id,
    guint64 first, guint64 n, float *out, GError **error)
{
  const gsize n_bytes = ren_packed_panel (id);
  const guint64 of_panel = ren_tensor_size (id, REN_PART_WEIGHT, 0) /
                           ren_network[id].c_out * REN_PANEL;
  const guint64 end = first + n;
  g_autofree guint8 *buffer = NULL;

  if (!t->data && !(buffer = ren_try_new (guint8, n_bytes, error)))
    return FALSE;
  while (first < end) {
    const guint64 panel = first / of_panel;
    const guint64 k = MIN (end, (panel + 1) * of_panel) - first;
    const guint8 *bytes =
        ren_tensor_bytes (tensors, t, panel * n_bytes, n_bytes, buffer, error);

    if (!bytes)
      return FALSE;
    unpack (t, id, (const gint8 *) bytes, first, k, out);
    first += k;
    out += k;
  }
  return TRUE;
}

gboolean
ren_model_read_tensor (const RenModel *model, RenLayerId id, RenPart part,
    guint64 first, guint64 n, float *out, GError **error)
{
  const RenTensors *tensors = model->tensors;
  const RenTensor *t = &tensors->tensor[id][part];
  gboolean ok = TRUE;

  if (t->dtype == REN_PRECISION_INT8)
    ok = read_packed (tensors, t, id, first, n, out, error);
  else if (part == REN_PART_WEIGHT && ren_network[id].kernel == 3 &&
           t->live_taps != 0x1ff)
    ok = read_trimmed (tensors, t, first, n, out, error);
  else
    ok = read_whole (tensors, t, first, n, out, error);
  if (!ok)
    g_prefix_error (error, "%s: ", model->path);
  return ok;
}

void
ren_model_read_vector (
    const RenModel *model, RenLayerId id, RenPart part, float *out)
{
  const RenTensor *t = &model->tensors->tensor[id][part];

  ren_to_float (t->dtype, t->data,
      ren_tensor_size (id, part, model->tensors->n_classes), out);
}

/* Numbers of a tensor that are stored. */
static guint64
stored_size (const RenTensors *tensors, RenLayerId id, RenPart part)
{
  const guint taps = tensors->tensor[id][part].live_taps;
  const guint64 n = ren_tensor_size (id, part, tensors->n_classes);

  return taps && ren_network[id].kernel == 3 ? n / 9 * ren_count_taps (taps)
                                             : n;
}

gboolean
ren_tensor_is_finite (
    const RenTensors *tensors, RenLayerId id, RenPart part, GError **error)
{
  const RenTensor *t = &tensors->tensor[id][part];
  const guint64 n =
      t->dtype == REN_PRECISION_INT8 ? 0 : stored_size (tensors, id, part);
  const gsize size = ren_precision_size (t->dtype);
  float buffer[PIECE];

  for (guint64 i = 0; i < n; i += PIECE) {
    const gsize k = MIN (PIECE, n - i);
    const guint8 *bytes =
        ren_tensor_bytes (tensors, t, i * size, k * size, buffer, error);
    char name[REN_TENSOR_NAME_MAX];
    gsize bad;

    if (!bytes)
      return FALSE;
    bad = ren_find_not_finite (t->dtype, bytes, k);
    if (bad == k)
      continue;
    ren_tensor_name (id, part, name);
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "tensor '%s' holds numbers that are not finite, the first at "
        "%" G_GUINT64_FORMAT "; was the training run that wrote it diverging?",
        name, i + bad);
    return FALSE;
  }
  return TRUE;
}
