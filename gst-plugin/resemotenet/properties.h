/* resemotenet: the element's properties
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "face.h"

/* Properties of a stopped element: what start() needs. */
typedef struct
{
  gchar *model;
  gchar *labels;
  guint n_threads;
  RenPrecision precision;
  guint batch_size;
} StartSettings;

typedef struct
{
  StartSettings start;
  Settings run;
} Properties;

enum
{
  PROP_0,
  PROP_MODEL,
  PROP_LABELS,
  PROP_THREADS,
  PROP_PRECISION,
  PROP_BATCH_SIZE,
  PROP_BATCH_WINDOW,
  PROP_ROI_TYPE,
  PROP_ROI_SCALE,
  PROP_MIN_SIZE,
  PROP_MAX_FACES,
  PROP_THRESHOLD,
  PROP_INFERENCE_INTERVAL,
  PROP_RECLASSIFY_INTERVAL,
  PROP_SMOOTHING,
  PROP_HYSTERESIS,
  PROP_META_MODE,
  PROP_POST_MESSAGES,
  PROP_SKIP_LATE,
  PROP_STATS,
};

void properties_install (GObjectClass *klass);
void properties_init (Properties *p);
void properties_clear (Properties *p);

/* Both to be called with the object lock held. FALSE if there is no such
 * property here. */
gboolean properties_set (Properties *p, guint id, const GValue *value);
gboolean properties_get (const Properties *p, guint id, GValue *value);

/* Copies that outlive the lock. */
void start_settings_copy (StartSettings *to, const StartSettings *from);
void start_settings_clear (StartSettings *s);
void settings_copy (Settings *to, const Settings *from);
void settings_clear (Settings *s);
