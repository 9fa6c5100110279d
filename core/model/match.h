/* Finding the network's tensors in a file, whatever kind of file it is.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "model.h"

#define REN_MAX_DIMS 8

/* What a reader says about one tensor of its file. */
typedef struct
{
  const char *dtype; /* the file's own name for it, for messages */
  gboolean usable;   /* whether dtype is one of RenPrecision */
  RenPrecision precision;
  guint n_dims;
  guint64 dims[REN_MAX_DIMS];
  gsize handle; /* the reader's own */
} RenFound;

/* Looks a tensor up by name. FALSE where the file has none, and with @error
 * set where its entry is broken. */
typedef gboolean (*RenFindTensor) (
    gpointer reader, const char *name, RenFound *found, GError **error);

typedef struct
{
  guint n_classes;
  guint live_taps[REN_N_LAYERS]; /* as in RenTensor */
  RenFound found[REN_N_LAYERS][REN_N_PARTS];
  gboolean quantized; /* weights are int8, and there are: */
  RenFound scale[REN_N_LAYERS], output_scale[REN_N_LAYERS];
} RenMatch;

/* Finds every tensor that the network needs, under its own name or behind one
 * of the prefixes that PyTorch's wrappers add, and checks number format and
 * shape. Other tensors of the file do not matter.
 *
 * @trimmed: for each layer the taps that the file says it stores; 0 = all.
 * @other: (nullable): name of any tensor of the file, for the message.
 *
 * FALSE with REN_ERROR_NETWORK or REN_ERROR_UNSUPPORTED, or the error of
 * @find. */
gboolean ren_match_network (RenFindTensor find, gpointer reader,
    const guint trimmed[REN_N_LAYERS], const char *other, RenMatch *match,
    GError **error);

/* "[64, 3, 3, 3]" */
char *ren_shape_string (const guint64 *dims, guint n_dims);
