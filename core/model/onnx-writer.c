/* Models as ONNX files, for other runtimes. SPDX-License-Identifier: MIT */
#include <string.h>

#include "convert.h"
#include "file.h"
#include "fold.h"
#include "match.h"
#include "memory.h"
#include "onnx-graph.h"
#include "protobuf.h"
#include "rows.h"

/* ModelProto, OperatorSetIdProto */
enum
{
  MODEL_IR_VERSION = 1,
  MODEL_PRODUCER_NAME = 2,
  MODEL_PRODUCER_VERSION = 3,
  MODEL_GRAPH = 7,
  MODEL_OPSET = 8,
  MODEL_METADATA = 14,
  OPSET_VERSION = 2,
};

/* StringStringEntryProto */
enum
{
  ENTRY_KEY = 1,
  ENTRY_VALUE = 2,
};

/* GraphProto */
enum
{
  GRAPH_NAME = 2,
  GRAPH_INITIALIZER = 5,
  GRAPH_INPUT = 11,
  GRAPH_OUTPUT = 12,
};

/* ValueInfoProto, TypeProto, its Tensor, TensorShapeProto, its Dimension */
enum
{
  VALUE_NAME = 1,
  VALUE_TYPE = 2,
  TYPE_TENSOR = 1,
  TENSOR_TYPE = 1,
  TENSOR_SHAPE = 2,
  SHAPE_DIM = 1,
  DIM_VALUE = 1,
  DIM_PARAM = 2,
};

/* TensorProto */
enum
{
  TENSOR_DIMS = 1,
  TENSOR_DATA_TYPE = 2,
  TENSOR_NAME = 8,
  TENSOR_RAW_DATA = 9,
};

/* Of 2021: what opset 17 needs at least. */
#define IR_VERSION 8

/* ---- messages -------------------------------------------------------------- */

/* Floats [n, …]. */
static void
add_value (GByteArray *graph, guint field, const char *name, guint n_dims,
    const guint *dims)
{
  GByteArray *shape = g_byte_array_new (), *tensor = g_byte_array_new ();
  GByteArray *type = g_byte_array_new (), *value = g_byte_array_new ();
  GByteArray *batch = g_byte_array_new ();

  ren_pb_string (batch, DIM_PARAM, "n");
  ren_pb_message (shape, SHAPE_DIM, batch);
  for (guint i = 0; i < n_dims; i++) {
    GByteArray *dim = g_byte_array_new ();

    ren_pb_int (dim, DIM_VALUE, dims[i]);
    ren_pb_message (shape, SHAPE_DIM, dim);
  }
  ren_pb_int (tensor, TENSOR_TYPE, ONNX_FLOAT);
  ren_pb_message (tensor, TENSOR_SHAPE, shape);
  ren_pb_message (type, TYPE_TENSOR, tensor);
  ren_pb_string (value, VALUE_NAME, name);
  ren_pb_message (value, VALUE_TYPE, type);
  ren_pb_message (graph, field, value);
}

/* All of a constant but its numbers, which follow. */
static GByteArray *
tensor_head (const OnnxTensor *t)
{
  GByteArray *head = g_byte_array_new ();

  for (guint i = 0; i < t->n_dims; i++)
    ren_pb_int (head, TENSOR_DIMS, (gint64) t->dims[i]);
  ren_pb_int (head, TENSOR_DATA_TYPE, t->type);
  ren_pb_string (head, TENSOR_NAME, t->name);
  ren_pb_begin (head, TENSOR_RAW_DATA, onnx_tensor_bytes (t));
  return head;
}

static void
add_metadata (GByteArray *out, const char *key, const char *value)
{
  GByteArray *entry = g_byte_array_new ();

  ren_pb_string (entry, ENTRY_KEY, key);
  ren_pb_string (entry, ENTRY_VALUE, value);
  ren_pb_message (out, MODEL_METADATA, entry);
}

/* What comes before the graph: readers take fields in any order. */
static GByteArray *
model_head (const RenModel *model)
{
  GByteArray *head = g_byte_array_new (), *opset = g_byte_array_new ();
  g_autofree char *labels = g_strjoinv (",", model->labels);

  ren_pb_int (head, MODEL_IR_VERSION, IR_VERSION);
  ren_pb_string (head, MODEL_PRODUCER_NAME, "resemotenet");
  ren_pb_string (head, MODEL_PRODUCER_VERSION, REN_VERSION);
  ren_pb_int (opset, OPSET_VERSION, REN_ONNX_OPSET);
  ren_pb_message (head, MODEL_OPSET, opset);
  if (!model->labels_assumed)
    add_metadata (head, "labels", labels);
  return head;
}

/* ---- numbers --------------------------------------------------------------- */

/* The taps of a layer that the graph has, ascending; returns how many. */
static guint
kernel_taps (const OnnxGraph *g, RenLayerId id, guint taps[9])
{
  const OnnxKernel k = onnx_kernel (g, id);
  guint n = 0;

  for (guint r = 0; r < k.n_rows; r++)
    for (guint c = 0; c < k.n_columns; c++)
      taps[n++] =
          (k.first_row + r) * ren_network[id].kernel + k.first_column + c;
  if (n == 0)
    taps[n++] = 0;
  return n;
}

/* One output channel's weights, [c_in][kernel_taps ()], the norm folded in, as
 * little endian fp32. @row: room for all taps. */
static gboolean
channel_floats (const OnnxGraph *g, RenLayerId id, gsize o, float scale,
    float *row, guint8 *out, gsize *n_bytes, GError **error)
{
  const RenLayer *layer = &ren_network[id];
  const guint n_taps = MAX (1, layer->kernel * layer->kernel);
  guint taps[9];
  const guint n_left = kernel_taps (g, id, taps);
  gsize n = 0;

  if (!ren_model_read_tensor (g->model, id, REN_PART_WEIGHT,
          o * layer->c_in * n_taps, (gsize) layer->c_in * n_taps, row, error))
    return FALSE;
  for (gsize c = 0; c < layer->c_in; c++)
    for (guint t = 0; t < n_left; t++) /* never ahead of what is read */
      row[n++] = row[c * n_taps + taps[t]] * scale;
  ren_from_float (REN_PRECISION_FP32, row, n, out);
  *n_bytes = n * sizeof (float);
  return TRUE;
}

/* The same of an int8 model, whose own bytes they are; taps that it does not
 * store are 0. @panel: the bytes of the channel's panel */
static gsize
channel_bytes (const OnnxGraph *g, RenLayerId id, gsize o, const guint8 *panel,
    guint8 *out)
{
  const guint live = ren_layer_live_taps (&ren_network[id]);
  const guint n_live = ren_count_taps (live);
  guint taps[9];
  const guint n_left = kernel_taps (g, id, taps);
  gsize n = 0;

  for (gsize c = 0; c < ren_network[id].c_in; c++)
    for (guint t = 0; t < n_left; t++) {
      const guint bit = 1u << taps[t];
      const gsize at = ren_packed_index (
          id, o % REN_PANEL, c, ren_count_taps (live & (bit - 1)), n_live);

      out[n++] = live & bit ? panel[at] : 0;
    }
  return n;
}

/* What no runtime can use, and ren_plan_new() refuses, too: little endian floats
 * that are infinite or not a number, scales below 0. */
static gboolean
check_floats (const OnnxGraph *g, const OnnxTensor *t, const guint8 *floats,
    gsize n_bytes, GError **error)
{
  const gboolean is_scale = g_str_has_suffix (t->name, ".scale");
  const gsize n = t->type == ONNX_FLOAT ? n_bytes / sizeof (float) : 0;
  gboolean ok = ren_find_not_finite (REN_PRECISION_FP32, floats, n) == n;

  for (gsize i = 0; ok && is_scale && i < n; i++) {
    float scale;

    ren_to_float (REN_PRECISION_FP32, floats + i * sizeof scale, 1, &scale);
    ok = scale >= 0;
  }
  if (!ok)
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT, "%s: %s has %s",
        g->model->path, t->name,
        is_scale ? "scales that are not numbers from 0 on"
                 : "numbers that are not finite; was the training run that "
                   "wrote it diverging?");
  return ok;
}

static gboolean
write_weights (
    RenOutput *out, const OnnxGraph *g, const OnnxTensor *t, GError **error)
{
  const RenTensors *tensors = g->model->tensors;
  const gsize panel_bytes =
      t->type == ONNX_INT8 ? ren_packed_panel (t->layer) : 0;
  const guint n = (guint) t->dims[0];
  const gsize row_len = ren_tensor_size (t->layer, REN_PART_WEIGHT, n) / n;
  float scale[REN_MAX_CHANNELS], shift[REN_MAX_CHANNELS];
  g_autofree float *row = ren_try_new (float, row_len, error);
  g_autofree guint8 *bytes =
      row ? ren_try_new (guint8, row_len * sizeof (float), error) : NULL;
  g_autofree guint8 *buffer =
      bytes ? ren_try_new (guint8, panel_bytes, error) : NULL;
  const guint8 *panel = NULL;

  if (!buffer)
    return FALSE;
  ren_fold_norm (g->model, t->layer, scale, shift);
  for (guint o = 0; o < n; o++) {
    gsize n_bytes;

    if (t->type == ONNX_INT8 && o % REN_PANEL == 0 &&
        !(panel = ren_tensor_bytes (tensors,
              &tensors->tensor[t->layer][REN_PART_WEIGHT],
              o / REN_PANEL * panel_bytes, panel_bytes, buffer, error))) {
      g_prefix_error (error, "%s: ", g->model->path);
      return FALSE;
    }
    if (t->type == ONNX_INT8)
      n_bytes = channel_bytes (g, t->layer, o, panel, bytes);
    else if (!channel_floats (
                 g, t->layer, o, scale[o], row, bytes, &n_bytes, error))
      return FALSE;
    if (!check_floats (g, t, bytes, n_bytes, error))
      return FALSE;
    ren_output_write (out, bytes, n_bytes);
  }
  return TRUE;
}

static gboolean
write_tensor (
    RenOutput *out, const OnnxGraph *g, const OnnxTensor *t, GError **error)
{
  if (!t->data)
    return write_weights (out, g, t, error);
  if (!check_floats (g, t, t->data->data, t->data->len, error))
    return FALSE;
  ren_output_write (out, t->data->data, t->data->len);
  return TRUE;
}

/* ---- file ------------------------------------------------------------------ */

static GByteArray *
graph_head (const OnnxGraph *g)
{
  static const guint faces[] = { 3, REN_FACE_SIZE, REN_FACE_SIZE };
  const guint classes = g->model->tensors->n_classes;
  GByteArray *head = g_byte_array_new ();

  g_byte_array_append (head, g->nodes->data, g->nodes->len);
  ren_pb_string (head, GRAPH_NAME, "ResEmoteNet");
  add_value (head, GRAPH_INPUT, "faces", G_N_ELEMENTS (faces), faces);
  add_value (head, GRAPH_OUTPUT, "logits", 1, &classes);
  return head;
}

gboolean
ren_model_save_onnx (
    RenModel *model, const char *path, RenSaveFlags flags, GError **error)
{
  g_autoptr (GByteArray) head = NULL;
  g_autoptr (GByteArray) graph = NULL;
  g_autoptr (GPtrArray) tensors = NULL;
  guint64 length;
  OnnxGraph *g;
  RenOutput *out;
  gboolean ok = TRUE;

  g_return_val_if_fail (model != NULL && path != NULL, FALSE);

  if (!(out = ren_output_open (path, error)))
    return FALSE;
  g = onnx_graph_new (model, flags);
  head = model_head (model);
  graph = graph_head (g);
  tensors =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
  length = graph->len;
  for (guint i = 0; i < g->tensors->len; i++) {
    const OnnxTensor *t = &g_array_index (g->tensors, OnnxTensor, i);
    GByteArray *inner = tensor_head (t), *whole = g_byte_array_new ();

    ren_pb_begin (whole, GRAPH_INITIALIZER, inner->len + onnx_tensor_bytes (t));
    g_byte_array_append (whole, inner->data, inner->len);
    g_byte_array_unref (inner);
    g_ptr_array_add (tensors, whole);
    length += whole->len + onnx_tensor_bytes (t);
  }
  ren_pb_begin (head, MODEL_GRAPH, length);
  ren_output_write (out, head->data, head->len);
  ren_output_write (out, graph->data, graph->len);
  for (guint i = 0; ok && i < g->tensors->len; i++) {
    const GByteArray *whole = tensors->pdata[i];

    ren_output_write (out, whole->data, whole->len);
    ok = write_tensor (
        out, g, &g_array_index (g->tensors, OnnxTensor, i), error);
  }
  onnx_graph_free (g);
  if (ok)
    return ren_output_commit (out, error);
  ren_output_abort (out);
  return FALSE;
}
