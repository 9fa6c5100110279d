/* faceroi: the properties of the element
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

enum
{
  FACE_PROP_0,
  FACE_PROP_INTERVAL,
  FACE_PROP_MIN_SIZE,
  FACE_PROP_MAX_FACES,
  FACE_PROP_DETECT_WIDTH,
  FACE_PROP_TILTED,
  FACE_PROP_THRESHOLD,
  FACE_PROP_STATS,
};

/* Values of the properties that can be set; what they mean is said where they
 * are installed. */
typedef struct
{
  guint interval;
  guint min_size;
  guint max_faces;
  guint detect_width;
  gboolean tilted;
  gdouble threshold;
} FaceSettings;

void face_settings_init (FaceSettings *settings);

/* Installs the properties, `stats` too. */
void face_settings_install (GObjectClass *object_class);

/* FALSE: not a setting. */
gboolean face_settings_set (
    FaceSettings *settings, guint id, const GValue *value);
gboolean face_settings_get (
    const FaceSettings *settings, guint id, GValue *value);

G_END_DECLS
