/* SPDX-License-Identifier: MIT */
#include "match.h"

#include <string.h>

/* DataParallel adds the first, torch.compile the second; the others are
 * modules that hold the network as a member. */
static const char *const prefixes[] = { "", "module.", "_orig_mod.",
  "module._orig_mod.", "_orig_mod.module.", "model." };

char *
ren_shape_string (const guint64 *dims, guint n_dims)
{
  GString *s = g_string_new ("[");

  for (guint i = 0; i < n_dims; i++)
    g_string_append_printf (s, "%s%" G_GUINT64_FORMAT, i ? ", " : "", dims[i]);
  g_string_append_c (s, ']');
  return g_string_free (s, FALSE);
}

/* Picks the prefix under which the first and the last layer are found; failing
 * that, one under which either is, so that the error names what is missing. */
static gboolean
choose_prefix (
    RenFindTensor find, gpointer reader, const char **prefix, GError **error)
{
  static const char *const ends[] = { "conv1.weight", "fc4.weight" };
  guint best = 0;

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    guint n = 0;

    for (guint e = 0; e < G_N_ELEMENTS (ends); e++) {
      g_autofree char *name = g_strconcat (prefixes[i], ends[e], NULL);
      GError *reason = NULL;
      RenFound found;

      if (find (reader, name, &found, &reason)) {
        n++;
      } else if (reason) {
        g_propagate_error (error, reason);
        return FALSE;
      }
    }
    if (n > best) {
      best = n;
      *prefix = prefixes[i];
    }
  }
  return TRUE;
}

/* Shape that the file must have for a tensor; of a trimmed one the taps are
 * one dimension. */
static guint
expected_shape (RenLayerId id, RenPart part, guint n_classes, guint trimmed,
    gboolean packed, guint64 dims[5])
{
  guint n_dims = ren_tensor_shape (id, part, n_classes, dims);

  if (packed) {
    ren_packed_shape (id, dims);
    return 5;
  }
  if (part == REN_PART_WEIGHT && trimmed) {
    dims[2] = ren_count_taps (trimmed);
    n_dims = 3;
  }
  return n_dims;
}

static gboolean
check_tensor (const RenFound *found, const char *name, RenLayerId id,
    RenPart part, guint n_classes, guint trimmed, GError **error)
{
  const gboolean is_int8 =
      found->usable && found->precision == REN_PRECISION_INT8;
  const gboolean packed =
      is_int8 && part == REN_PART_WEIGHT && ren_layer_is_quantized (id);
  guint64 dims[5];
  guint n_dims = expected_shape (id, part, n_classes, trimmed, packed, dims);

  if (found->n_dims != n_dims ||
      memcmp (found->dims, dims, n_dims * sizeof dims[0]) != 0) {
    g_autofree char *is = ren_shape_string (found->dims, found->n_dims);
    g_autofree char *should = ren_shape_string (dims, n_dims);

    g_set_error (error, REN_ERROR, REN_ERROR_NETWORK,
        "this is not ResEmoteNet: tensor '%s' has the shape %s instead of %s",
        name, is, should);
    return FALSE;
  }
  if (!found->usable || (is_int8 && !packed)) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "tensor '%s' has numbers of type %s; float32, float16 and bfloat16 "
        "can be read",
        name, found->dtype);
    return FALSE;
  }
  return TRUE;
}

/* The number of classes is not part of the network's definition: it is what
 * the last layer says. */
static gboolean
read_n_classes (
    const RenFound *found, const char *name, guint *n_classes, GError **error)
{
  guint64 dims[4];

  ren_tensor_shape (REN_FC4, REN_PART_WEIGHT, 0, dims);
  if (found->n_dims != 2 || found->dims[1] != dims[1]) {
    g_autofree char *is = ren_shape_string (found->dims, found->n_dims);

    g_set_error (error, REN_ERROR, REN_ERROR_NETWORK,
        "this is not ResEmoteNet: tensor '%s' has the shape %s instead of "
        "[classes, %" G_GUINT64_FORMAT "]",
        name, is, dims[1]);
    return FALSE;
  }
  if (found->dims[0] < 2 || found->dims[0] > REN_MAX_CLASSES) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "tensor '%s' makes %" G_GUINT64_FORMAT
        " classes; models have 2 to %d of them",
        name, found->dims[0], REN_MAX_CLASSES);
    return FALSE;
  }
  *n_classes = (guint) found->dims[0];
  return TRUE;
}

/* Looks up all tensors; an error says which one is missing, and how many. */
static gboolean
find_all (RenFindTensor find, gpointer reader, const char *prefix,
    const char *other, RenMatch *match, GError **error)
{
  char name[REN_TENSOR_NAME_MAX];
  g_autofree char *missing = NULL;
  guint n_missing = 0, n_all = 0;

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      g_autofree char *full = NULL;
      GError *reason = NULL;

      if (!ren_layer_has_part (id, part))
        continue;
      ren_tensor_name (id, part, name);
      full = g_strconcat (prefix, name, NULL);
      n_all++;
      if (find (reader, full, &match->found[id][part], &reason))
        continue;
      if (reason) {
        g_propagate_error (error, reason);
        return FALSE;
      }
      if (n_missing++ == 0)
        missing = g_steal_pointer (&full);
    }
  if (n_missing == 0)
    return TRUE;

  if (n_missing == n_all)
    g_set_error (error, REN_ERROR, REN_ERROR_NETWORK,
        "this is not ResEmoteNet: none of its tensors is there, such as "
        "'conv1.weight'%s%s%s",
        other ? "; there is '" : "", other ? other : "", other ? "'" : "");
  else
    g_set_error (error, REN_ERROR, REN_ERROR_NETWORK,
        "this is not ResEmoteNet: tensor '%s' is missing (and %u more of %u)",
        missing, n_missing - 1, n_all);
  return FALSE;
}

/* A tensor of fp32 numbers that an int8 file must have. */
static gboolean
find_scale (RenFindTensor find, gpointer reader, const char *prefix,
    const char *layer, const char *suffix, guint64 n, RenFound *found,
    GError **error)
{
  g_autofree char *name = g_strconcat (prefix, layer, suffix, NULL);
  GError *reason = NULL;

  if (!find (reader, name, found, &reason)) {
    if (reason)
      g_propagate_error (error, reason);
    else
      g_set_error (error, REN_ERROR, REN_ERROR_NETWORK,
          "weights are int8, but tensor '%s' is missing", name);
    return FALSE;
  }
  if (found->usable && found->precision == REN_PRECISION_FP32 &&
      found->n_dims == 1 && found->dims[0] == n)
    return TRUE;
  g_set_error (error, REN_ERROR, REN_ERROR_NETWORK,
      "tensor '%s' is not %" G_GUINT64_FORMAT " numbers of float32", name, n);
  return FALSE;
}

/* All weights that can be int8 are, or none. */
static gboolean
match_quantized (RenFindTensor find, gpointer reader, const char *prefix,
    RenMatch *match, GError **error)
{
  const RenLayer *odd = NULL;
  guint n = 0, n_all = 0;

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    if (ren_layer_is_quantized (id)) {
      n_all++;
      if (match->found[id][REN_PART_WEIGHT].precision == REN_PRECISION_INT8)
        n++;
      else
        odd = &ren_network[id];
    }
  if (n == 0)
    return TRUE;
  if (n < n_all) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "%u of %u weights are int8; tensor '%s%s.weight' is not", n, n_all,
        prefix, odd->name);
    return FALSE;
  }
  match->quantized = TRUE;
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    const RenLayer *layer = &ren_network[id];

    if (ren_layer_is_quantized (id) &&
        !find_scale (find, reader, prefix, layer->name, ".weight.scale",
            layer->c_out, &match->scale[id], error))
      return FALSE;
    if (ren_layer_has_output_scale (id) &&
        !find_scale (find, reader, prefix, layer->name, ".output.scale", 1,
            &match->output_scale[id], error))
      return FALSE;
  }
  return TRUE;
}

gboolean
ren_match_network (RenFindTensor find, gpointer reader,
    const guint trimmed[REN_N_LAYERS], const char *other, RenMatch *match,
    GError **error)
{
  const char *prefix = "";
  g_autofree char *last = NULL;

  memset (match, 0, sizeof *match);
  if (!choose_prefix (find, reader, &prefix, error) ||
      !find_all (find, reader, prefix, other, match, error))
    return FALSE;

  last = g_strconcat (prefix, "fc4.weight", NULL);
  if (!read_n_classes (&match->found[REN_FC4][REN_PART_WEIGHT], last,
          &match->n_classes, error))
    return FALSE;

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    guint kernel = ren_network[id].kernel;
    guint all = kernel ? (1u << (kernel * kernel)) - 1 : 0;

    match->live_taps[id] = trimmed[id] ? trimmed[id] : all;
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      char name[REN_TENSOR_NAME_MAX];
      g_autofree char *full = NULL;

      if (!ren_layer_has_part (id, part))
        continue;
      ren_tensor_name (id, part, name);
      full = g_strconcat (prefix, name, NULL);
      if (!check_tensor (&match->found[id][part], full, id, part,
              match->n_classes, trimmed[id], error))
        return FALSE;
    }
  }
  return match_quantized (find, reader, prefix, match, error);
}
