/* Metrics for people and for programs.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <json-glib/json-glib.h>

#include "metrics.h"

/* Prints accuracy, the table of classes and the confusion matrix to stdout. */
void report_print (const RenModel *model, const Metrics *metrics);

/* Adds `pictures`, `correct`, `accuracy` and `accuracy_interval` as members of
 * the object that is open. */
void report_add_accuracy (JsonBuilder *builder, const Metrics *metrics);

/* Adds the same as members of the object that is open, accuracy first. */
void report_add_json (
    JsonBuilder *builder, const RenModel *model, const Metrics *metrics);
