/* Pickles. SPDX-License-Identifier: MIT
 *
 * An input is a pickle.
 */
#include <string.h>

#include "fuzzer.h"
#include "pickle.h"
#include "resemotenet.h"
#include "state-dict.h"

/* What the record of a tensor says is within its storage, or it is an error. */
static void
use_tensor (const RenPickle *pickle, RenValue value)
{
  g_autoptr (GError) error = NULL;
  RenPickleTensor t;
  guint64 last;

  if (!ren_pickle_get_tensor (pickle, value, &t, &error)) {
    g_assert_nonnull (error);
    return;
  }
  g_assert_cmpuint (t.n_dims, <=, REN_PICKLE_MAX_DIMS);
  g_assert_cmpuint (t.key_length, >, 0);
  last = t.offset;
  for (guint i = 0; i < t.n_dims; i++)
    last += (t.dims[i] - 1) * t.strides[i];
  g_assert_cmpuint (last, <, t.storage_n);
}

static void
use_dict (const RenPickle *pickle, RenValue dict)
{
  for (guint i = 0; i < ren_pickle_dict_size (pickle, dict); i++) {
    RenValue key, value, found;
    gsize length;
    const char *text;

    ren_pickle_dict_entry (pickle, dict, i, &key, &value);
    if (ren_pickle_is_tensor (pickle, value))
      use_tensor (pickle, value);
    if ((text = ren_pickle_string (pickle, key, &length))) {
      g_autofree char *name = g_strndup (text, length);

      g_assert_true (ren_pickle_lookup (pickle, dict, name, &found) ||
                     strlen (name) < length);
    }
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RenPickle) pickle = ren_pickle_parse (data, size, &error);
  g_autofree char *example = NULL;
  RenValue root, dict;

  g_assert_true (!pickle == !!error);
  if (!pickle)
    return 0;
  root = ren_pickle_root (pickle);
  if (ren_pickle_is_tensor (pickle, root))
    use_tensor (pickle, root);
  if (ren_pickle_is_dict (pickle, root))
    use_dict (pickle, root);
  if (ren_find_state_dict (pickle, &dict, &example, &error))
    use_dict (pickle, dict);
  else
    g_assert_nonnull (error);
  return 0;
}
