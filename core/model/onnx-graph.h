/* The network as an ONNX graph. SPDX-License-Identifier: MIT
 *
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3, whose field numbers
 * are used here; operators are those of opset 17.
 */
#pragma once

#include "model.h"

#define REN_ONNX_OPSET 17

/* TensorProto.DataType */
typedef enum
{
  ONNX_FLOAT = 1,
  ONNX_UINT8 = 2,
  ONNX_INT8 = 3,
  ONNX_INT32 = 6,
  ONNX_INT64 = 7,
} OnnxType;

/* A constant of the graph: small ones here, a layer's weights in the model. */
typedef struct
{
  const char *name;
  OnnxType type;
  guint64 dims[4];
  guint n_dims;
  GByteArray *data; /* NULL: the weights of: */
  RenLayerId layer;
} OnnxTensor;

typedef struct
{
  const RenModel *model;
  gboolean quantized;
  gboolean trimmed;
  GStringChunk *names;
  GByteArray *nodes; /* GraphProto, as far as nodes go */
  GArray *tensors;   /* OnnxTensor */
} OnnxGraph;

/* From "faces", floats [n, 3, 64, 64], normalised, to "logits", [n, classes].
 * Convolutions have all their taps, as PyTorch exports them, or with
 * REN_SAVE_TRIMMED only those that ever meet a pixel. An int8 model becomes pairs
 * of QuantizeLinear and DequantizeLinear around what runs in 8 bits. */
OnnxGraph *onnx_graph_new (const RenModel *model, RenSaveFlags flags);
void onnx_graph_free (OnnxGraph *graph);

/* Bytes of a constant's numbers. */
guint64 onnx_tensor_bytes (const OnnxTensor *tensor);

/* Rows and columns of a layer's taps that the graph has, and the first of each; 0
 * for a fully connected layer. */
typedef struct
{
  guint first_row, first_column, n_rows, n_columns;
} OnnxKernel;
OnnxKernel onnx_kernel (const OnnxGraph *graph, RenLayerId id);
