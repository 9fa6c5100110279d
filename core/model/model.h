/* What a loaded model is made of; shared by readers, writers and plans.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "input.h"
#include "network.h"
#include "resemotenet.h"

#define REN_N_PRECISIONS (REN_PRECISION_INT8 + 1)

/* Layers whose weights an int8 model has in 8 bits: those between conv1 and fc4
 * but the squeeze-excitation. */
gboolean ren_layer_is_quantized (RenLayerId id);

/* Layers whose outputs an int8 model has in 8 bits. */
gboolean ren_layer_has_output_scale (RenLayerId id);

/* An 8-bit weight is packed as the kernels read it, so that it can be used as it
 * lies in the file: [c_out / 32][live tap][c_in / 4][32][4]. This writes its
 * shape; ren_packed_panel() is how many bytes one of the c_out / 32 panels has,
 * and ren_packed_index() says where the weight of an output channel, an input
 * channel and the n-th of n_live taps is. */
void ren_packed_shape (RenLayerId id, guint64 dims[5]);
gsize ren_packed_panel (RenLayerId id);
gsize ren_packed_index (
    RenLayerId id, gsize c_out, gsize c_in, guint tap, guint n_live);

/* One tensor, contiguous, in the number format of the file: in memory or, of large
 * matrices of a safetensors file, left where they are, as plans have their own
 * of them and nothing need be there twice. Vectors are always in memory. */
typedef struct
{
  RenPrecision dtype;
  guint live_taps;   /* of a convolution's weight: taps that are stored, in
                     * ascending order; all of them unless the file is
                     * trimmed. 0 for every other tensor */
  const void *scale; /* of an int8 weight: fp32, [c_out], as data lies */
  const void *data;  /* little endian; borrowed from RenTensors.owner; not
                      * necessarily aligned to the size of an element. NULL
                      * where it is left in the file … */
  guint64 at;        /* … from this byte of RenTensors.input on */
} RenTensor;

/* Names of a checkpoint's own tensors begin so. */
#define REN_EXTRA_PREFIX "trainer."

/* One of them: fp32, one dimension. */
typedef struct
{
  char name[REN_TENSOR_NAME_MAX];
  const void *data; /* to write: little endian, not necessarily aligned */
  guint64 at;       /* in a file: where it begins in RenTensors.input */
  gsize n;
} RenExtra;

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
  gpointer owner; /* the allocations behind the data */
  GDestroyNotify owner_free;
  RenInput *input;    /* a safetensors file; else NULL */
  guint64 data_start; /* its bytes from here on are what `sha256` is of */
  GArray *extras; /* RenExtra: tensors of a checkpoint that are no part of the
                   * network; NULL where the file has none */

  /* Prepared weights of each precision, which all plans share; weak pointers
   * that the plan layer sets and clears under this lock. */
  GMutex prepared_lock;
  gpointer prepared[REN_N_PRECISIONS];
} RenTensors;

/* NULL with REN_ERROR_NO_MEMORY. */
RenTensors *ren_tensors_new (GError **error);
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

/* The bytes [at, at + n) of a tensor as it is stored: where they lie, or read into
 * buffer, which has room for them. NULL with an error of ren_input_read(), which
 * happens only to matrices that are in the file. */
const guint8 *ren_tensor_bytes (const RenTensors *tensors, const RenTensor *t,
    guint64 at, gsize n, void *buffer, GError **error);

/* Copies elements [first, first + n) of a tensor to out, as fp32, in PyTorch's
 * order for its full shape: a trimmed tensor's missing taps read as 0. Errors as
 * above, which name the model's file. */
gboolean ren_model_read_tensor (const RenModel *model, RenLayerId id,
    RenPart part, guint64 first, guint64 n, float *out, GError **error);

/* All of a vector: anything but a weight. It is in memory. */
void ren_model_read_vector (
    const RenModel *model, RenLayerId id, RenPart part, float *out);

/* Whether all numbers of a tensor are finite; else REN_ERROR_CORRUPT, with the
 * tensor's name and the place of the first one that is not. */
gboolean ren_tensor_is_finite (
    const RenTensors *tensors, RenLayerId id, RenPart part, GError **error);

/* Writes a model as ren_model_save() does, and more tensors after its own. */
gboolean ren_safetensors_write (RenModel *model, const char *path,
    RenPrecision precision, RenSaveFlags flags, const RenExtra *extras,
    guint n_extras, GError **error);

/* A model with other tensors, which it takes over in any case, and all else the
 * same. NULL with REN_ERROR_NO_MEMORY. */
RenModel *ren_model_with_tensors (
    RenModel *model, RenTensors *tensors, GError **error);

/* A model without a name; its reader fills it. NULL with REN_ERROR_NO_MEMORY. */
RenModel *ren_model_new (GError **error);

/* Called by the last ren_model_unref(), under the lock that guards the models
 * that are shared by path. Returns whether it was the last one. */
gboolean ren_model_cache_drop (RenModel *model);
