/* SPDX-License-Identifier: MIT */
#include "metadata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "convert.h"
#include "json.h"
#include "match.h"

#define FORMAT_NAME "resemotenet"

/* The published checkpoints carry no labels. Their order is that of the class
 * indices in the authors' own data lists, and is assumed for any file with
 * seven classes and no labels: RenModel.labels_assumed tells users. */
static const char *const published_labels[] = { "happy", "surprise", "sad",
  "anger", "disgust", "fear", "neutral", NULL };

/* ImageNet's, which the original applies to the three equal channels */
static const float imagenet_mean[3] = { .485f, .456f, .406f };
static const float imagenet_std[3] = { .229f, .224f, .225f };

void
ren_metadata_default_input (float mean[3], float std[3])
{
  memcpy (mean, imagenet_mean, sizeof imagenet_mean);
  memcpy (std, imagenet_std, sizeof imagenet_std);
}

static gboolean
is_ours (GHashTable *metadata)
{
  return g_strcmp0 (g_hash_table_lookup (metadata, "format"), FORMAT_NAME) == 0;
}

static gboolean
fail (GError **error, gint code, const char *key, const char *why)
{
  g_set_error (error, REN_ERROR, code, "metadata '%s': %s", key, why);
  return FALSE;
}

/* ---- labels ---- */

static gboolean
has_control_character (const char *s)
{
  for (; *s; s = g_utf8_next_char (s))
    if (g_unichar_iscntrl (g_utf8_get_char (s)))
      return TRUE;
  return FALSE;
}

gboolean
ren_labels_check (
    const char *const *labels, guint n_classes, gint code, GError **error)
{
  guint n = 0;

  while (labels[n])
    n++;
  if (n != n_classes) {
    g_set_error (error, REN_ERROR, code,
        "%u labels for a model with %u classes", n, n_classes);
    return FALSE;
  }
  for (guint i = 0; i < n; i++) {
    const char *what = NULL;

    if (!g_utf8_validate (labels[i], -1, NULL)) {
      g_set_error (error, REN_ERROR, code, "label %u is not UTF-8", i);
      return FALSE;
    }
    if (labels[i][0] == '\0')
      what = "is empty";
    else if (strlen (labels[i]) > REN_LABEL_MAX)
      what = "is too long";
    else if (has_control_character (labels[i]))
      what = "has control characters";
    if (what) {
      g_set_error (error, REN_ERROR, code, "label %u %s", i, what);
      return FALSE;
    }
    for (guint j = 0; j < i; j++)
      if (g_str_equal (labels[i], labels[j])) {
        g_set_error (error, REN_ERROR, code, "labels %u and %u are both '%s'",
            j, i, labels[i]);
        return FALSE;
      }
  }
  return TRUE;
}

char *
ren_labels_to_json (const char *const *labels)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_array (builder);
  for (; *labels; labels++)
    json_builder_add_string_value (builder, *labels);
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static void
assume_labels (RenModel *model)
{
  guint n = model->tensors->n_classes;
  GPtrArray *labels;

  model->labels_assumed = TRUE;
  if (n == g_strv_length ((char **) published_labels)) {
    model->labels = g_strdupv ((char **) published_labels);
    return;
  }
  labels = g_ptr_array_new ();
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (labels, g_strdup_printf ("class %u", i));
  g_ptr_array_add (labels, NULL);
  model->labels = (GStrv) g_ptr_array_free (labels, FALSE);
}

static gboolean
read_labels (RenModel *model, const char *text, GError **error)
{
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GPtrArray) labels = NULL;
  JsonArray *array;
  guint n;

  root = ren_json_parse ("metadata 'labels'", text, strlen (text), 1, error);
  if (!root)
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (root))
    return fail (error, REN_ERROR_CORRUPT, "labels", "not an array");

  array = json_node_get_array (root);
  n = json_array_get_length (array);
  labels = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n; i++) {
    JsonNode *e = json_array_get_element (array, i);

    if (!JSON_NODE_HOLDS_VALUE (e) ||
        json_node_get_value_type (e) != G_TYPE_STRING)
      return fail (
          error, REN_ERROR_CORRUPT, "labels", "an element is not a string");
    g_ptr_array_add (labels, json_node_dup_string (e));
  }
  g_ptr_array_add (labels, NULL);

  if (!ren_labels_check ((const char *const *) labels->pdata,
          model->tensors->n_classes, REN_ERROR_CORRUPT, error)) {
    g_prefix_error (error, "metadata 'labels': ");
    return FALSE;
  }
  model->labels = (GStrv) g_ptr_array_free (g_steal_pointer (&labels), FALSE);
  return TRUE;
}

/* ---- input ---- */

/* One number for all channels, or an array of one or three. */
static gboolean
read_channels (JsonObject *object, const char *key, double low, double high,
    float out[3], GError **error)
{
  g_autofree char *member = g_strconcat ("input.", key, NULL);
  JsonNode *node = json_object_get_member (object, key);
  JsonArray *array = NULL;
  guint n = 1;

  if (!node)
    return TRUE;
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    array = json_node_get_array (node);
    n = json_array_get_length (array);
    if (n != 1 && n != 3)
      return fail (error, REN_ERROR_CORRUPT, member, "not one number or three");
  }
  for (guint i = 0; i < 3; i++) {
    double value;

    if (array)
      node = json_array_get_element (array, n == 3 ? i : 0);
    if (!ren_json_get_double (node, &value) || value < low || value > high)
      return fail (
          error, REN_ERROR_CORRUPT, member, "not a number of sane size");
    out[i] = (float) value;
  }
  return TRUE;
}

static gboolean
read_input (RenModel *model, const char *text, GError **error)
{
  g_autoptr (JsonNode) root = NULL;
  JsonObject *object;
  JsonNode *node;

  root = ren_json_parse ("metadata 'input'", text, strlen (text), 3, error);
  if (!root)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    return fail (error, REN_ERROR_CORRUPT, "input", "not an object");
  object = json_node_get_object (root);

  node = json_object_get_member (object, "size");
  if (node) {
    guint64 size;

    if (!ren_json_get_uint (node, &size))
      return fail (error, REN_ERROR_CORRUPT, "input.size", "not a number");
    if (size != REN_FACE_SIZE)
      return fail (error, REN_ERROR_UNSUPPORTED, "input.size",
          "only faces of 64 by 64 pixels are supported");
  }

  node = json_object_get_member (object, "color");
  if (node) {
    const char *color = NULL;

    if (JSON_NODE_HOLDS_VALUE (node) &&
        json_node_get_value_type (node) == G_TYPE_STRING)
      color = json_node_get_string (node);
    if (g_strcmp0 (color, "rgb") == 0)
      return fail (error, REN_ERROR_UNSUPPORTED, "input.color",
          "the model was trained on colour pictures; only models for grey "
          "ones are supported");
    if (g_strcmp0 (color, "gray") != 0)
      return fail (error, REN_ERROR_CORRUPT, "input.color",
          "neither \"gray\" nor \"rgb\"");
  }

  /* pixels are 0 to 1 before: anything beyond these is a mistake */
  return read_channels (object, "mean", -10, 10, model->mean, error) &&
         read_channels (object, "std", 1e-3, 1e3, model->std, error);
}

/* ---- scalars ---- */

gboolean
ren_metadata_read_temperature (
    const char *text, gint code, float *temperature, GError **error)
{
  char *end;
  double value = g_ascii_strtod (text, &end);

  /* calibration of real networks ends between 1 and 3; the range only keeps
   * the softmax meaningful. The comparison is false for NaN */
  if (end == text || *end != '\0' || !(value >= 0.01 && value <= 100))
    return fail (error, code, "temperature", "not a number from 0.01 to 100");
  *temperature = (float) value;
  return TRUE;
}

static gboolean
check_version (const char *text, GError **error)
{
  guint64 version;

  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT, &version, NULL))
    return fail (
        error, REN_ERROR_CORRUPT, "format_version", "not a version number");
  if (version > REN_FORMAT_VERSION)
    return fail (error, REN_ERROR_UNSUPPORTED, "format_version",
        "the file was written by a newer version of resemotenet");
  return TRUE;
}

static gboolean
check_precision (const char *text, GError **error)
{
  for (RenPrecision p = REN_PRECISION_FP32; p < REN_N_PRECISIONS; p++)
    if (g_str_equal (text, ren_precision_name (p)))
      return TRUE;
  return fail (error, REN_ERROR_UNSUPPORTED, "precision",
      "none of fp32, fp16, bf16 and int8");
}

gboolean
ren_metadata_apply (RenModel *model, GError **error)
{
  const char *value;

  model->temperature = 1;
  memcpy (model->mean, imagenet_mean, sizeof imagenet_mean);
  memcpy (model->std, imagenet_std, sizeof imagenet_std);

  if (is_ours (model->metadata)) {
    value = g_hash_table_lookup (model->metadata, "format_version");
    if (value && !check_version (value, error))
      return FALSE;
    value = g_hash_table_lookup (model->metadata, "precision");
    if (value && !check_precision (value, error))
      return FALSE;
    value = g_hash_table_lookup (model->metadata, "input");
    if (value && !read_input (model, value, error))
      return FALSE;
    value = g_hash_table_lookup (model->metadata, "temperature");
    if (value && !ren_metadata_read_temperature (
                     value, REN_ERROR_CORRUPT, &model->temperature, error))
      return FALSE;
    value = g_hash_table_lookup (model->metadata, "labels");
    if (value && !read_labels (model, value, error))
      return FALSE;
  }
  if (!model->labels)
    assume_labels (model);
  return TRUE;
}

/* ---- writing ---- */

gboolean
ren_metadata_key_is_kept (const char *key)
{
  static const char *const ours[] = { "format", "format_version", "labels",
    "input", "precision", "live_taps", "sha256", NULL };

  return g_strv_contains (ours, key);
}

/* The shortest decimal number that reads as v: .485, not .485000014. */
static const char *
shortest (float v, char digits[G_ASCII_DTOSTR_BUF_SIZE])
{
  static const char *const formats[] = { "%.6g", "%.7g", "%.8g", "%.9g" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_ascii_formatd (digits, G_ASCII_DTOSTR_BUF_SIZE, formats[i], v);
    if ((float) g_ascii_strtod (digits, NULL) == v)
      break;
  }
  return digits;
}

/* Put together by hand: json-glib writes 17 digits of every number. */
static char *
input_to_json (const RenModel *model)
{
  GString *s = g_string_new (NULL);

  g_string_append_printf (s, "{\"size\":%d,\"color\":\"gray\"", REN_FACE_SIZE);
  for (guint k = 0; k < 2; k++) {
    const float *v = k ? model->std : model->mean;

    g_string_append (s, k ? ",\"std\":[" : ",\"mean\":[");
    for (guint i = 0; i < 3; i++) {
      char digits[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (s, "%s%s", i ? "," : "", shortest (v[i], digits));
    }
    g_string_append_c (s, ']');
  }
  g_string_append_c (s, '}');
  return g_string_free (s, FALSE);
}

GHashTable *
ren_metadata_for_file (
    const RenModel *model, RenPrecision precision, gboolean trimmed)
{
  GHashTable *out =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, model->metadata);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (out, g_strdup (key), g_strdup (value));

#define SET(key, value) g_hash_table_insert (out, g_strdup (key), (value))
  SET ("format", g_strdup (FORMAT_NAME));
  SET ("format_version", g_strdup_printf ("%d", REN_FORMAT_VERSION));
  SET ("precision", g_strdup (ren_precision_name (precision)));
  SET ("input", input_to_json (model));
  SET ("temperature", g_strdup (shortest (model->temperature, digits)));
  SET ("sha256", g_strnfill (64, '0'));
  if (!g_hash_table_contains (out, "created_by"))
    SET ("created_by", g_strdup ("resemotenet " REN_VERSION));
  /* an assumption does not become a fact by being copied to another file */
  if (model->labels_assumed)
    g_hash_table_remove (out, "labels");
  else
    SET ("labels", ren_labels_to_json ((const char *const *) model->labels));
  if (trimmed)
    SET ("live_taps", ren_metadata_live_taps_json ());
  else
    g_hash_table_remove (out, "live_taps");
#undef SET
  return out;
}
