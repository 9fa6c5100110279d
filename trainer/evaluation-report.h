/* What an evaluation found, for people and for programs.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <json-glib/json-glib.h>

#include "evaluation.h"

/* How the scores came to be, and what else was measured. */
typedef struct
{
  RenModel *model;
  const char *data;   /* as the user named it */
  const char *split;  /* (nullable): the only one that was measured */
  GPtrArray *skipped; /* SkippedFace* */
  gboolean mirrored;
  float temperature;
  Metrics metrics; /* at this temperature */

  gboolean calibrated;
  float temperature_before;
  Metrics before; /* at the temperature before */

  gboolean cross;
  guint n_common;
  gboolean common[REN_MAX_CLASSES]; /* the model's classes that the data have */
  Metrics restricted;               /* with outputs of these only */

  const char *learnt;  /* (nullable): where twins were looked for */
  Metrics exact, near; /* without what is identical there, or nearly so */
} Findings;

/* Everything as text on stdout, as JSON, and as a picture book; see
 * visual_report_write(). */
void findings_print (const Findings *findings);
void findings_add_json (JsonBuilder *builder, const Findings *findings);
gboolean findings_write_report (const Findings *findings,
    const GArray *predictions, const char *path, GError **error);

/* Every prediction as CSV. */
GString *findings_csv (const Findings *findings, const Evaluation *evaluation);
