/* SPDX-License-Identifier: MIT */
#include "app.h"
#include "faces.h"
#include "labels.h"
#include "output.h"
#include "results.h"

void
results_add_model (JsonBuilder *builder, RenModel *model)
{
  json_builder_set_member_name (builder, "model");
  json_builder_begin_object (builder);
  output_json_text (builder, "name", ren_model_name (model));
  output_json_file (builder, ren_model_path (model), ren_model_path (model));
  json_builder_set_member_name (builder, "labels");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ren_model_n_classes (model); i++)
    json_builder_add_string_value (builder, ren_model_label (model, i));
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "labels_assumed");
  json_builder_add_boolean_value (builder, ren_model_labels_assumed (model));
  json_builder_end_object (builder);
}

void
results_add_skipped (JsonBuilder *builder, const GPtrArray *skipped)
{
  json_builder_set_member_name (builder, "skipped");
  json_builder_begin_array (builder);
  for (guint i = 0; i < skipped->len; i++) {
    const SkippedFace *entry = skipped->pdata[i];

    json_builder_begin_object (builder);
    output_json_file (builder, face_name (entry->face), entry->face->path);
    output_json_text (builder, "reason", entry->reason);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

void
results_add_scores (
    JsonBuilder *builder, const char *key, RenModel *model, const float *values)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_object (builder);
  for (guint i = 0; i < ren_model_n_classes (model); i++)
    output_json_number (builder, ren_model_label (model, i), values[i]);
  json_builder_end_object (builder);
}

void
results_append_labels (GString *csv, RenModel *model)
{
  for (guint i = 0; i < ren_model_n_classes (model); i++)
    csv_append (csv, ren_model_label (model, i));
}

void
results_append_numbers (GString *csv, const float *values, guint n)
{
  for (guint i = 0; i < n; i++) {
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    csv_append (csv, g_ascii_formatd (text, sizeof text, "%.5f", values[i]));
  }
}

void
results_note_labels (RenModel *model)
{
  g_autofree const char **names = NULL;
  g_autofree char *labels = NULL;

  if (!ren_model_labels_assumed (model))
    return;
  names = labels_of_model (model);
  labels = labels_list (names);
  console_note (
      "the model names no labels; assuming %s (--labels sets others)", labels);
}
