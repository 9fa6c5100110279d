/* All that is drawn over a frame
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "piece.h"
#include "shown-faces.h"

/**
 * GstEmotionOverlayStyle:
 * @STYLE_MINIMAL: a box in the emotion's colour
 * @STYLE_LABEL: and the emotion with its confidence
 * @STYLE_FULL: and the track's number, and a bar for each class
 * @STYLE_EMOJI: as label, with an emoji in place of the name
 *
 * Since: 1.0
 */
typedef enum
{
  STYLE_MINIMAL,
  STYLE_LABEL,
  STYLE_FULL,
  STYLE_EMOJI,
} OverlayStyle;

typedef struct
{
  OverlayStyle style;
  gboolean scores;
  gdouble text_scale;
} SceneSettings;

typedef struct _Scene Scene;

/* @font: a Pango font description
 * Returns: (transfer full): nothing drawn so far */
Scene *scene_new (const gchar *font);
void scene_free (Scene *scene);

/* Whether text can be written, and emojis. */
gboolean scene_has_fonts (const Scene *scene);
gboolean scene_has_emojis (const Scene *scene);

/* Forgets where labels were, at a place in the stream that does not follow the
 * last one. */
void scene_reset (Scene *scene);

/* What the faces get, drawn in this order.
 * @faces: of EmotionFace, as shown_faces_read() has them
 *
 * Returns: (transfer none): an array of Piece; valid until the next call */
GArray *scene_draw (Scene *scene, const GArray *faces,
    const SceneSettings *settings, const GstVideoInfo *info);
