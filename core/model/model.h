/* What a loaded model is made of; shared by readers, writer and plan.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "network.h"
#include "resemotenet.h"

#define REN_N_PRECISIONS (REN_PRECISION_INT8 + 1)

/* Layers whose weights an int8 model has in 8 bits: those between conv1 and fc4
 * but the squeeze-excitation. */
gboolean ren_layer_is_quantized (RenLayerId id);

/* Layers whose outputs an int8 model has in 8 bits. */
gboolean ren_layer_has_output_scale (RenLayerId id);

/* An 8-bit weight is packed as the kernels read it, so that it can be used where
 * it lies in the file: [c_out / 32][live tap][c_in / 4][32][4]. This writes its
 * shape, and ren_packed_index() says where the weight of an output channel, an
 * input channel and the n-th of n_live taps is. */
void ren_packed_shape (RenLayerId id, guint64 dims[5]);
gsize ren_packed_index (
    RenLayerId id, gsize c_out, gsize c_in, guint tap, guint n_live);

/* One tensor, contiguous, in the number format of the file. */
typedef struct
{
  RenPrecision dtype;
  guint live_taps;   /* of a convolution's weight: taps that are stored, in
                     * ascending order; all of them unless the file is
                     * trimmed. 0 for every other tensor */
  const void *scale; /* of an int8 weight: fp32, [c_out], as data lies */
  const void *data;  /* little endian; borrowed from RenTensors.owner; not
                     * necessarily aligned to the size of an element */
} RenTensor;

/* Names of a checkpoint's own tensors begin so. */
#define REN_EXTRA_PREFIX "trainer."

/* One of them: fp32, one dimension. */
typedef struct
{
  char name[REN_TENSOR_NAME_MAX];
  const void *data; /* little endian, not necessarily aligned */
  gsize n;
} RenExtra;

/* Elements of an int8 weight as numbers, in PyTorch's order, as below. */
void ren_packed_read (
    const RenTensor *t, RenLayerId id, guint64 first, guint64 n, float *out);

/* The tensors of a file. Shared by models that differ only in labels
 * and metadata. */
typedef struct
{
  gatomicrefcount refs;
  guint n_classes;
  RenTensor tensor[REN_N_LAYERS][REN_N_PARTS]; /* data NULL where the layer has
                                                * no such part */
  /* of an int8 model: what one step of a layer's 8-bit output stands for; the
   * squeeze-excitation's is that of REN_SE_EXCITE, a residual block's that of
   * its conv2. 0 where the layer has none */
  float output_scale[REN_N_LAYERS];
  gpointer owner; /* the mapped file or the allocations behind the data */
  GDestroyNotify owner_free;
  const guint8 *file_data; /* of a safetensors file: all bytes after its
                            * header, which `sha256` is of; else NULL */
  gsize file_data_size;
  GArray *extras; /* RenExtra: tensors of a checkpoint that are no part of the
                   * network; NULL where the file has none */

  /* Prepared weights of each precision, which all plans share; weak pointers
   * that the plan layer sets and clears under this lock. */
  GMutex prepared_lock;
  gpointer prepared[REN_N_PRECISIONS];
} RenTensors;

RenTensors *ren_tensors_new (void);
RenTensors *ren_tensors_ref (RenTensors *tensors);
void ren_tensors_unref (RenTensors *tensors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RenTensors, ren_tensors_unref)

struct _RenModel
{
  gatomicrefcount refs;
  RenTensors *tensors;
  RenModel *base; /* of a model made from another: that one, which stays
                   * alive so that the next to load the file shares it */
  char *path;
  char *name;
  GStrv labels; /* n_classes of them */
  gboolean labels_assumed;
  float temperature;
  /* How the input is normalised: (grey / 255 - mean) / std, one of each for
   * each of the three input channels. From the file's `input`, or the values
   * of ImageNet that the original uses. */
  float mean[3], std[3];
  GHashTable *metadata; /* char* → char*, owned; the file's __metadata__ */
};

/* Copies elements [first, first + n) of a tensor to out, as fp32, in PyTorch's
 * order for its full shape: a trimmed tensor's missing taps read as 0. */
void ren_model_read_tensor (const RenModel *model, RenLayerId id, RenPart part,
    guint64 first, guint64 n, float *out);

/* Writes a model as ren_model_save() does, and more tensors after its own. */
gboolean ren_safetensors_write (RenModel *model, const char *path,
    RenPrecision precision, RenSaveFlags flags, const RenExtra *extras,
    guint n_extras, GError **error);

/* A model with other tensors, which it takes over, and all else the same. */
RenModel *ren_model_with_tensors (RenModel *model, RenTensors *tensors);

/* A model without a name; its reader fills it. */
RenModel *ren_model_new (void);

/* Called by the last ren_model_unref(), under the lock that guards the models
 * that are shared by path. Returns whether it was the last one. */
gboolean ren_model_cache_drop (RenModel *model);
