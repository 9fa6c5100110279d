/* Parts of results that several commands write.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <json-glib/json-glib.h>

#include "csv.h"
#include "resemotenet.h"

/* The member `model`: name, path and labels. */
void results_add_model (JsonBuilder *builder, RenModel *model);

/* The member `skipped`: files that could not be read, with the reason.
 * @skipped: SkippedFace* */
void results_add_skipped (JsonBuilder *builder, const GPtrArray *skipped);

/* An object of a number for each label. */
void results_add_scores (JsonBuilder *builder, const char *key, RenModel *model,
    const float *values);

/* The labels as fields of a table's head, and numbers as fields below. */
void results_append_labels (GString *csv, RenModel *model);
void results_append_numbers (GString *csv, const float *values, guint n);

/* Says so if the labels are a guess: with another order, every result would
 * be wrong without a sign of it. */
void results_note_labels (RenModel *model);
