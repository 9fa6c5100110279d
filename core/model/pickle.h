/* The values of a Python pickle, as data: nothing of it is ever run.
 * SPDX-License-Identifier: MIT
 *
 * PyTorch's checkpoints are pickles: programs for a small stack machine, whose
 * opcodes build containers and call Python functions by name. Here a call only
 * makes a record of its arguments, and only for names on a list: those that
 * stand for tensors, storages and a few inert values found in checkpoints.
 * Every other name is an error, REN_ERROR_REFUSED, that says which.
 */
#pragma once

#include <glib.h>

/* Longest pickle and most opcodes in it. A checkpoint of this network, with its
 * optimizer, has 30 kB and some 10,000 opcodes; long lists of what happened while
 * training are one for each number. The limits bound what is made of a pickle to
 * 10 MB whatever it says. */
#define REN_PICKLE_MAX_BYTES (4u << 20)
#define REN_PICKLE_MAX_OPCODES (1u << 18)

#define REN_PICKLE_MAX_DIMS 8

typedef struct _RenPickle RenPickle;

/* Index of a value of a pickle. */
typedef guint32 RenValue;

/* Element types of storages. */
typedef enum
{
  REN_ELEMENT_FLOAT32,
  REN_ELEMENT_FLOAT16,
  REN_ELEMENT_BFLOAT16,
  REN_ELEMENT_FLOAT64,
  REN_ELEMENT_OTHER, /* integers and the rest: never read */
  REN_ELEMENT_BYTES, /* an untyped storage: counts bytes */
} RenElement;

typedef struct
{
  RenElement element;
  const char *type_name; /* "FloatStorage", for messages */
  const char *key;       /* of its file in the archive; not terminated */
  gsize key_length;
  guint64 storage_n; /* elements of the storage; of BYTES its bytes */
  guint64 offset;    /* of the first element in it */
  guint n_dims;
  guint64 dims[REN_PICKLE_MAX_DIMS];
  guint64 strides[REN_PICKLE_MAX_DIMS]; /* in elements */
} RenPickleTensor;

/* Runs the stack machine over a whole pickle. @data must outlive the result.
 * NULL with REN_ERROR_REFUSED or REN_ERROR_CORRUPT. */
RenPickle *ren_pickle_parse (const guint8 *data, gsize n_bytes, GError **error);

void ren_pickle_free (RenPickle *pickle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RenPickle, ren_pickle_free)

RenValue ren_pickle_root (const RenPickle *pickle);

gboolean ren_pickle_is_dict (const RenPickle *pickle, RenValue value);

/* Entries of a dict, in the order written; later ones override. */
guint ren_pickle_dict_size (const RenPickle *pickle, RenValue dict);
void ren_pickle_dict_entry (const RenPickle *pickle, RenValue dict, guint i,
    RenValue *key, RenValue *value);

/* The value under a string key. */
gboolean ren_pickle_lookup (
    const RenPickle *pickle, RenValue dict, const char *key, RenValue *value);

/* Text of a string, not terminated; NULL for other values. */
const char *ren_pickle_string (
    const RenPickle *pickle, RenValue value, gsize *length);

gboolean ren_pickle_is_tensor (const RenPickle *pickle, RenValue value);

/* Reads what a tensor's record says, and checks it against itself: ranges,
 * and that every element lies inside of the storage. */
gboolean ren_pickle_get_tensor (const RenPickle *pickle, RenValue value,
    RenPickleTensor *tensor, GError **error);
