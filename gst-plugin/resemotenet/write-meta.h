/* resemotenet: puts results on the buffer
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "face.h"

/* What is the same for every face of a stream. */
typedef struct
{
  RenModel *model;
  guint n_classes;
  GstEmotionClasses *classes;
  GQuark label_quarks[REN_MAX_CLASSES]; /* for analytics metadata, else 0 */
  GstStructure *roi_param; /* what is the same in the param of every region */
} Labels;

/* Returns: (transfer full): Labels.roi_param */
GstStructure *roi_param_new (const gchar *model_id, guint n_classes);

/* Adds the kinds of metadata that meta-mode asks for, for each face that has a
 * result. An emotion that the same model wrote earlier for a face goes. */
void write_meta (GstBuffer *buffer, GArray *faces, const Labels *labels,
    const Settings *settings);

/* Returns: (transfer full): the structure of the element message `emotion`.
 * Times may be GST_CLOCK_TIME_NONE. */
GstStructure *emotion_message (GArray *faces, const Labels *labels,
    const Settings *settings, GstClockTime timestamp, GstClockTime stream_time,
    GstClockTime running_time, GstClockTime duration);
