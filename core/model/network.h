/* The network, described once: names, shapes and sizes of every layer.
 * SPDX-License-Identifier: MIT
 *
 * ResEmoteNet: Roy et al., "ResEmoteNet: Bridging Accuracy and Loss Reduction
 * in Facial Emotion Recognition", IEEE Signal Processing Letters 2024,
 * doi 10.1109/LSP.2024.3521321. Names are those of PyTorch's state dict.
 */
#pragma once

#include <glib.h>

typedef enum
{
  REN_CONV1,
  REN_CONV2,
  REN_CONV3,
  REN_SE_SQUEEZE,
  REN_SE_EXCITE,
  REN_BLOCK1_CONV1,
  REN_BLOCK1_CONV2,
  REN_BLOCK1_SHORTCUT,
  REN_BLOCK2_CONV1,
  REN_BLOCK2_CONV2,
  REN_BLOCK2_SHORTCUT,
  REN_BLOCK3_CONV1,
  REN_BLOCK3_CONV2,
  REN_BLOCK3_SHORTCUT,
  REN_FC1,
  REN_FC2,
  REN_FC3,
  REN_FC4,
  REN_N_LAYERS
} RenLayerId;

/* Tensors that a layer can have. */
typedef enum
{
  REN_PART_WEIGHT,
  REN_PART_BIAS,
  REN_PART_NORM_WEIGHT, /* batch norm after the convolution: gamma */
  REN_PART_NORM_BIAS,   /* beta */
  REN_PART_NORM_MEAN,
  REN_PART_NORM_VAR,
  REN_N_PARTS
} RenPart;

typedef struct
{
  const char *name; /* "res_block1.conv1" */
  const char *norm; /* its batch norm, "res_block1.bn1", or NULL */
  guint c_in;
  guint c_out;  /* of fc4: 0, the model's number of classes */
  guint kernel; /* taps a side: 3 or 1; 0 = fully connected */
  guint stride;
  guint size_in; /* rows and columns of its input at 64×64; 1 = a vector */
  gboolean bias;
} RenLayer;

extern const RenLayer ren_network[REN_N_LAYERS];

/* The most channels that a layer has. */
#define REN_MAX_CHANNELS 2048

/* torch.nn.BatchNorm2d's default */
#define REN_NORM_EPSILON 1e-5f

#define REN_TENSOR_NAME_MAX 64

/* Rows and columns of a layer's output (padding is kernel / 2). */
guint ren_layer_size_out (const RenLayer *layer);

/* Output channels of a layer, fc4's being the model's classes. */
guint ren_layer_c_out (RenLayerId id, guint n_classes);

/* Whether a layer has such a tensor. */
gboolean ren_layer_has_part (RenLayerId id, RenPart part);

/* State-dict name of a tensor: "res_block1.bn1.running_mean". */
void ren_tensor_name (
    RenLayerId id, RenPart part, char name[REN_TENSOR_NAME_MAX]);

/* Shape of a tensor: writes up to 4 dimensions, returns how many. */
guint ren_tensor_shape (
    RenLayerId id, RenPart part, guint n_classes, guint64 dims[4]);

/* Elements of a tensor. */
guint64 ren_tensor_size (RenLayerId id, RenPart part, guint n_classes);

/* The layer whose output is this one's input; conv1 for itself. */
RenLayerId ren_layer_input (RenLayerId id);

/* Bit t is set if tap t (row × kernel + column) of a convolution ever meets a
 * pixel, rather than padding, at 64×64. All taps of all layers do but those of
 * res_block3, whose input is 2×2. A fully connected layer has one, which does. */
guint ren_layer_live_taps (const RenLayer *layer);

/* Taps of such a set: how many bits are set. */
guint ren_count_taps (guint taps);
