/* SPDX-License-Identifier: MIT */
#include "onnx-graph.h"

#include <math.h>
#include <string.h>

#include "convert.h"
#include "fold.h"
#include "protobuf.h"

/* NodeProto */
enum
{
  NODE_INPUT = 1,
  NODE_OUTPUT = 2,
  NODE_NAME = 3,
  NODE_OP_TYPE = 4,
  NODE_ATTRIBUTE = 5,
};

/* AttributeProto, and its types */
enum
{
  ATTRIBUTE_NAME = 1,
  ATTRIBUTE_I = 3,
  ATTRIBUTE_INTS = 8,
  ATTRIBUTE_TYPE = 20,
};
enum
{
  TYPE_INT = 2,
  TYPE_INTS = 7,
};

#define GRAPH_NODE 1

/* ---- constants ------------------------------------------------------------- */

guint64
onnx_tensor_bytes (const OnnxTensor *tensor)
{
  guint64 n = 1;

  for (guint i = 0; i < tensor->n_dims; i++)
    n *= tensor->dims[i];
  switch (tensor->type) {
    case ONNX_UINT8:
    case ONNX_INT8:
      return n;
    case ONNX_INT64:
      return n * 8;
    default:
      return n * 4;
  }
}

static const char *name_of (OnnxGraph *g, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

static const char *
name_of (OnnxGraph *g, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list arguments;

  va_start (arguments, format);
  name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return g_string_chunk_insert_const (g->names, name);
}

/* A vector, or with n = 0 a scalar; @data: little endian. */
static const char *
add_vector (OnnxGraph *g, const char *name, OnnxType type, guint64 n,
    gconstpointer data)
{
  OnnxTensor t = { .name = name, .type = type, .dims = { n } };

  t.n_dims = n ? 1 : 0;
  t.data = g_byte_array_new ();
  g_byte_array_append (t.data, data, (guint) onnx_tensor_bytes (&t));
  g_array_append_val (g->tensors, t);
  return name;
}

static const char *
add_floats (OnnxGraph *g, const char *name, guint64 n, const float *values)
{
  g_autofree guint8 *bytes = g_malloc (MAX (n, 1) * sizeof (float));

  ren_from_float (REN_PRECISION_FP32, values, MAX (n, 1), bytes);
  return add_vector (g, name, ONNX_FLOAT, n, bytes);
}

/* ---- nodes ----------------------------------------------------------------- */

static void
add_int (GByteArray *node, const char *name, gint64 value)
{
  GByteArray *attribute = g_byte_array_new ();

  ren_pb_string (attribute, ATTRIBUTE_NAME, name);
  ren_pb_int (attribute, ATTRIBUTE_I, value);
  ren_pb_int (attribute, ATTRIBUTE_TYPE, TYPE_INT);
  ren_pb_message (node, NODE_ATTRIBUTE, attribute);
}

static void
add_ints (GByteArray *node, const char *name, guint n, const guint *values)
{
  GByteArray *attribute = g_byte_array_new ();

  ren_pb_string (attribute, ATTRIBUTE_NAME, name);
  for (guint i = 0; i < n; i++)
    ren_pb_int (attribute, ATTRIBUTE_INTS, values[i]);
  ren_pb_int (attribute, ATTRIBUTE_TYPE, TYPE_INTS);
  ren_pb_message (node, NODE_ATTRIBUTE, attribute);
}

/* A node of up to three inputs, begun; end_node() ends it. */
static GByteArray *
begin_node (OnnxGraph *g, const char *op, const char *out, const char *in,
    const char *in2, const char *in3)
{
  GByteArray *node = g_byte_array_new ();

  ren_pb_string (node, NODE_INPUT, in);
  if (in2)
    ren_pb_string (node, NODE_INPUT, in2);
  if (in3)
    ren_pb_string (node, NODE_INPUT, in3);
  ren_pb_string (node, NODE_OUTPUT, out);
  ren_pb_string (node, NODE_NAME, out);
  ren_pb_string (node, NODE_OP_TYPE, op);
  return node;
}

static void
end_node (OnnxGraph *g, GByteArray *node)
{
  ren_pb_message (g->nodes, GRAPH_NODE, node);
}

/* One without attributes; its output is named after it. */
static const char *
apply (OnnxGraph *g, const char *op, const char *out, const char *in,
    const char *in2)
{
  end_node (g, begin_node (g, op, out, in, in2, NULL));
  return out;
}

/* To 8 bits and back; a float model has none of it. */
static const char *
quantize (OnnxGraph *g, const char *x, float scale, guint8 zero)
{
  const char *s, *z, *q = name_of (g, "%s.quantized", x);
  const char *out = name_of (g, "%s.dequantized", x);

  if (!g->quantized)
    return x;
  s = add_floats (g, name_of (g, "%s.scale", x), 0, &scale);
  z = add_vector (g, name_of (g, "%s.zero", x), ONNX_UINT8, 0, &zero);
  end_node (g, begin_node (g, "QuantizeLinear", q, x, s, z));
  end_node (g, begin_node (g, "DequantizeLinear", out, q, s, z));
  return out;
}

static const char *
relu (OnnxGraph *g, const char *x, RenLayerId id)
{
  x = apply (g, "Relu", name_of (g, "%s.relu", ren_network[id].name), x, NULL);
  return quantize (g, x, g->model->tensors->output_scale[id], 0);
}

/* ---- layers ---------------------------------------------------------------- */

OnnxKernel
onnx_kernel (const OnnxGraph *g, RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];
  const guint live = ren_layer_live_taps (layer);
  OnnxKernel k = { .n_rows = layer->kernel, .n_columns = layer->kernel };
  guint last_row = 0, last_column = 0;

  if (!g->trimmed || !layer->kernel)
    return k;
  k.first_row = k.first_column = layer->kernel;
  for (guint t = 0; t < layer->kernel * layer->kernel; t++)
    if (live >> t & 1) {
      k.first_row = MIN (k.first_row, t / layer->kernel);
      k.first_column = MIN (k.first_column, t % layer->kernel);
      last_row = MAX (last_row, t / layer->kernel);
      last_column = MAX (last_column, t % layer->kernel);
    }
  k.n_rows = last_row - k.first_row + 1;
  k.n_columns = last_column - k.first_column + 1;
  return k;
}

static const char *
add_weights (OnnxGraph *g, RenLayerId id, gboolean bytes, const char *name)
{
  const RenLayer *layer = &ren_network[id];
  const OnnxKernel k = onnx_kernel (g, id);
  const OnnxTensor t = {
    .name = name,
    .type = bytes ? ONNX_INT8 : ONNX_FLOAT,
    .dims = { ren_layer_c_out (id, g->model->tensors->n_classes), layer->c_in,
        k.n_rows, k.n_columns },
    .n_dims = layer->kernel ? 4 : 2,
    .layer = id,
  };

  g_array_append_val (g->tensors, t);
  return name;
}

/* Constants of a scale each, back to floats: w = scale × (q - 0). */
static const char *
dequantized (OnnxGraph *g, const char *q, OnnxType type, guint n,
    const float *scale, gboolean by_axis)
{
  g_autofree guint8 *zeros = g_malloc0 ((gsize) n * 4);
  const char *s = add_floats (g, name_of (g, "%s.scale", q), n, scale);
  const char *z = add_vector (g, name_of (g, "%s.zero", q), type, n, zeros);
  const char *out = name_of (g, "%s.dequantized", q);
  GByteArray *node = begin_node (g, "DequantizeLinear", out, q, s, z);

  if (by_axis)
    add_int (node, "axis", 0);
  end_node (g, node);
  return out;
}

/* A layer's weights and bias, batch norm folded in. */
static void
add_parameters (
    OnnxGraph *g, RenLayerId id, const char **weights, const char **bias)
{
  const RenTensors *tensors = g->model->tensors;
  const RenLayer *layer = &ren_network[id];
  const guint n = ren_layer_c_out (id, tensors->n_classes);
  const gboolean bytes = g->quantized && ren_layer_is_quantized (id);
  g_autofree float *scale = g_new (float, n);
  g_autofree float *shift = g_new (float, n);
  g_autofree float *step = g_new (float, n);
  g_autofree gint32 *q = g_new (gint32, n);
  const char *name = name_of (g, "%s.weight", layer->name);
  const char *bias_name = name_of (g, "%s.bias", layer->name);

  ren_fold_norm (g->model, id, scale, shift);
  *weights = add_weights (g, id, bytes, name);
  if (!bytes) {
    *bias = layer->bias ? add_floats (g, bias_name, n, shift) : NULL;
    return;
  }
  ren_to_float (
      REN_PRECISION_FP32, tensors->tensor[id][REN_PART_WEIGHT].scale, n, step);
  for (guint o = 0; o < n; o++)
    step[o] *= scale[o];
  *weights = dequantized (g, name, ONNX_INT8, n, step, TRUE);
  for (guint o = 0; o < n; o++) {
    double v;

    step[o] *= tensors->output_scale[ren_layer_input (id)];
    v = step[o] ? rint (shift[o] / (double) step[o]) : 0;
    /* of a file that cannot be used, as who writes it will say */
    if (isnan (v))
      v = 0;
    q[o] = GINT32_TO_LE ((gint32) CLAMP (v, -2147483647., 2147483647.));
  }
  *bias = dequantized (g, add_vector (g, bias_name, ONNX_INT32, n, q),
      ONNX_INT32, n, step, TRUE);
}

static const char *
conv (OnnxGraph *g, RenLayerId id, const char *x)
{
  const RenLayer *layer = &ren_network[id];
  const OnnxKernel k = onnx_kernel (g, id);
  const guint pad = layer->kernel / 2;
  const guint kernel[] = { k.n_rows, k.n_columns };
  const guint strides[] = { layer->stride, layer->stride };
  /* a trimmed kernel begins where its first tap meets a pixel, and ends before
   * taps that never do */
  const guint pads[] = { pad - k.first_row, pad - k.first_column,
    k.n_rows == layer->kernel ? pad : 0,
    k.n_columns == layer->kernel ? pad : 0 };
  const char *w, *b;
  GByteArray *node;

  add_parameters (g, id, &w, &b);
  node = begin_node (g, "Conv", layer->name, x, w, b);
  add_ints (node, "kernel_shape", 2, kernel);
  add_ints (node, "strides", 2, strides);
  add_ints (node, "pads", 4, pads);
  end_node (g, node);
  return layer->name;
}

static const char *
linear (OnnxGraph *g, RenLayerId id, const char *x, const char *out)
{
  const char *w, *b;
  GByteArray *node;

  add_parameters (g, id, &w, &b);
  node = begin_node (g, "Gemm", out, x, w, b);
  add_int (node, "transB", 1);
  end_node (g, node);
  return out;
}

static const char *
stage (OnnxGraph *g, RenLayerId id, const char *x)
{
  const guint two[] = { 2, 2 };
  const char *out = name_of (g, "%s.pool", ren_network[id].name);
  GByteArray *node;

  x = relu (g, conv (g, id, x), id);
  node = begin_node (g, "MaxPool", out, x, NULL, NULL);
  add_ints (node, "kernel_shape", 2, two);
  add_ints (node, "strides", 2, two);
  end_node (g, node);
  return quantize (g, out, g->model->tensors->output_scale[id], 0);
}

static const char *
squeeze_excite (OnnxGraph *g, const char *x)
{
  const gint64 shape[] = { GINT64_TO_LE (-1),
    GINT64_TO_LE (ren_network[REN_SE_EXCITE].c_out), GINT64_TO_LE (1),
    GINT64_TO_LE (1) };
  const char *s = add_vector (g, "se.shape", ONNX_INT64, 4, shape);
  const char *y = apply (g, "GlobalAveragePool", "se.mean", x, NULL);

  y = apply (g, "Flatten", "se.flat", y, NULL);
  y = linear (g, REN_SE_SQUEEZE, y, "se.fc.0");
  y = apply (g, "Relu", "se.relu", y, NULL);
  y = linear (g, REN_SE_EXCITE, y, "se.fc.2");
  y = apply (g, "Sigmoid", "se.sigmoid", y, NULL);
  y = apply (g, "Reshape", "se.factor", y, s);
  x = apply (g, "Mul", "se", x, y);
  return quantize (g, x, g->model->tensors->output_scale[REN_SE_EXCITE], 0);
}

static const char *
residual_block (OnnxGraph *g, RenLayerId conv1, const char *x)
{
  const RenLayerId conv2 = conv1 + 1, shortcut = conv1 + 2;
  /* of both signs, and each at most as large as their sum may be: 8 bits of
   * twice the step, which our own arithmetic needs not */
  const float step = 2 * g->model->tensors->output_scale[conv2];
  const char *y = relu (g, conv (g, conv1, x), conv1);

  y = quantize (g, conv (g, conv2, y), step, 128);
  x = quantize (g, conv (g, shortcut, x), step, 128);
  return relu (g,
      apply (g, "Add", name_of (g, "%s.sum", ren_network[conv2].name), y, x),
      conv2);
}

OnnxGraph *
onnx_graph_new (const RenModel *model, RenSaveFlags flags)
{
  OnnxGraph *g = g_new0 (OnnxGraph, 1);
  const char *x = "faces";

  g->model = model;
  g->quantized = ren_model_precision (model) == REN_PRECISION_INT8;
  g->trimmed = (flags & REN_SAVE_TRIMMED) != 0;
  g->names = g_string_chunk_new (4096);
  g->nodes = g_byte_array_new ();
  g->tensors = g_array_new (FALSE, FALSE, sizeof (OnnxTensor));

  x = stage (g, REN_CONV1, x);
  x = stage (g, REN_CONV2, x);
  x = stage (g, REN_CONV3, x);
  x = squeeze_excite (g, x);
  x = residual_block (g, REN_BLOCK1_CONV1, x);
  x = residual_block (g, REN_BLOCK2_CONV1, x);
  x = residual_block (g, REN_BLOCK3_CONV1, x);
  /* its output is 1×1: the global average is itself */
  x = apply (g, "Flatten", "flat", x, NULL);
  for (RenLayerId id = REN_FC1; id <= REN_FC3; id++)
    x = relu (g, linear (g, id, x, ren_network[id].name), id);
  linear (g, REN_FC4, x, "logits");
  return g;
}

void
onnx_graph_free (OnnxGraph *g)
{
  for (guint i = 0; i < g->tensors->len; i++) {
    OnnxTensor *t = &g_array_index (g->tensors, OnnxTensor, i);

    if (t->data)
      g_byte_array_unref (t->data);
  }
  g_array_unref (g->tensors);
  g_byte_array_unref (g->nodes);
  g_string_chunk_free (g->names);
  g_free (g);
}
