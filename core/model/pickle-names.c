/* The names that a checkpoint may mention, and what calling them means here.
 * SPDX-License-Identifier: MIT
 *
 * None of them is ever called: a tensor's record is kept to be read later, an
 * inert value is forgotten. Names of PyTorch: torch/_utils.py, torch/_tensor.py
 * and torch/serialization.py; of NumPy: numpy/core/multiarray.
 */
#include <string.h>

#include "pickle-private.h"

#define STORAGE(name, element)                                                 \
  {                                                                            \
    "torch", name, REN_NAME_STORAGE, element                                   \
  }
#define DTYPE(name, element)                                                   \
  {                                                                            \
    "torch", name, REN_NAME_DTYPE, element                                     \
  }
#define INERT(module, name)                                                    \
  {                                                                            \
    module, name, REN_NAME_INERT, REN_ELEMENT_OTHER                            \
  }
#define CALL(module, name, kind)                                               \
  {                                                                            \
    module, name, kind, REN_ELEMENT_OTHER                                      \
  }

static const RenName names[] = {
  CALL ("torch._utils", "_rebuild_tensor", REN_NAME_TENSOR),
  CALL ("torch._utils", "_rebuild_tensor_v2", REN_NAME_TENSOR),
  CALL ("torch._utils", "_rebuild_tensor_v3", REN_NAME_TENSOR_WITH_DTYPE),
  CALL ("torch._utils", "_rebuild_parameter", REN_NAME_PARAMETER),
  CALL ("torch._utils", "_rebuild_parameter_with_state", REN_NAME_PARAMETER),
  CALL ("torch._tensor", "_rebuild_from_type_v2", REN_NAME_FROM_TYPE),
  CALL ("collections", "OrderedDict", REN_NAME_ORDERED_DICT),
  CALL ("collections", "defaultdict", REN_NAME_DEFAULT_DICT),
  CALL ("torch", "Size", REN_NAME_SIZE),

  STORAGE ("FloatStorage", REN_ELEMENT_FLOAT32),
  STORAGE ("HalfStorage", REN_ELEMENT_FLOAT16),
  STORAGE ("BFloat16Storage", REN_ELEMENT_BFLOAT16),
  STORAGE ("DoubleStorage", REN_ELEMENT_FLOAT64),
  STORAGE ("LongStorage", REN_ELEMENT_OTHER),
  STORAGE ("IntStorage", REN_ELEMENT_OTHER),
  STORAGE ("ShortStorage", REN_ELEMENT_OTHER),
  STORAGE ("CharStorage", REN_ELEMENT_OTHER),
  STORAGE ("ByteStorage", REN_ELEMENT_OTHER),
  STORAGE ("BoolStorage", REN_ELEMENT_OTHER),
  STORAGE ("ComplexFloatStorage", REN_ELEMENT_OTHER),
  STORAGE ("ComplexDoubleStorage", REN_ELEMENT_OTHER),
  STORAGE ("UntypedStorage", REN_ELEMENT_BYTES),
  { "torch.storage", "UntypedStorage", REN_NAME_STORAGE, REN_ELEMENT_BYTES },
  { "torch.storage", "_UntypedStorage", REN_NAME_STORAGE, REN_ELEMENT_BYTES },

  DTYPE ("float32", REN_ELEMENT_FLOAT32),
  DTYPE ("float16", REN_ELEMENT_FLOAT16),
  DTYPE ("bfloat16", REN_ELEMENT_BFLOAT16),
  DTYPE ("float64", REN_ELEMENT_FLOAT64),
  DTYPE ("int64", REN_ELEMENT_OTHER),
  DTYPE ("int32", REN_ELEMENT_OTHER),
  DTYPE ("int16", REN_ELEMENT_OTHER),
  DTYPE ("int8", REN_ELEMENT_OTHER),
  DTYPE ("uint8", REN_ELEMENT_OTHER),
  DTYPE ("uint16", REN_ELEMENT_OTHER),
  DTYPE ("uint32", REN_ELEMENT_OTHER),
  DTYPE ("uint64", REN_ELEMENT_OTHER),
  DTYPE ("bool", REN_ELEMENT_OTHER),

  /* classes that _rebuild_from_type_v2 is given */
  INERT ("torch", "Tensor"),
  INERT ("torch._tensor", "Tensor"),
  INERT ("torch.nn.parameter", "Parameter"),
  /* what training scripts put beside the weights: an accuracy computed by
   * NumPy, a history, a device */
  INERT ("torch", "device"),
  INERT ("numpy", "dtype"),
  INERT ("numpy", "ndarray"),
  INERT ("numpy.core.multiarray", "scalar"),
  INERT ("numpy._core.multiarray", "scalar"),
  INERT ("numpy.core.multiarray", "_reconstruct"),
  INERT ("numpy._core.multiarray", "_reconstruct"),
  INERT ("numpy.core.numeric", "_frombuffer"),
  INERT ("numpy._core.numeric", "_frombuffer"),
  INERT ("_codecs", "encode"),  /* bytes in protocol 2 */
  INERT ("__builtin__", "set"), /* Python 2's name of builtins */
  INERT ("__builtin__", "frozenset"),
  INERT ("__builtin__", "complex"),
  INERT ("__builtin__", "list"),
  INERT ("__builtin__", "dict"),
  INERT ("__builtin__", "int"),
  INERT ("__builtin__", "float"),
  INERT ("__builtin__", "bytearray"),
  INERT ("builtins", "set"),
  INERT ("builtins", "frozenset"),
  INERT ("builtins", "complex"),
  INERT ("builtins", "list"),
  INERT ("builtins", "dict"),
  INERT ("builtins", "int"),
  INERT ("builtins", "float"),
  INERT ("builtins", "bytearray"),
};

static gboolean
equals (const char *known, const char *text, gsize length)
{
  return strlen (known) == length && memcmp (known, text, length) == 0;
}

const RenName *
ren_pickle_find_name (
    const char *module, gsize module_length, const char *name, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (equals (names[i].name, name, length) &&
        equals (names[i].module, module, module_length))
      return &names[i];
  return NULL;
}

char *
ren_pickle_printable (const char *text, gsize length)
{
  const gsize max = 80;
  GString *s = g_string_new (NULL);

  for (gsize i = 0; i < MIN (length, max); i++) {
    guchar c = (guchar) text[i];

    if (c >= 0x20 && c < 0x7f)
      g_string_append_c (s, (char) c);
    else
      g_string_append_printf (s, "\\x%02x", c);
  }
  if (length > max)
    g_string_append (s, "…");
  return g_string_free (s, FALSE);
}
