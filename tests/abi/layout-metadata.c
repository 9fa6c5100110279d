/* What programs have compiled in of the metadata's header. SPDX-License-Identifier: MIT */
#include "gstemotionmeta.h"

#include "layout.h"

int
main (void)
{
  STRUCT (GstEmotionMeta);
  FIELD (GstEmotionMeta, meta);
  FIELD (GstEmotionMeta, face_id);
  FIELD (GstEmotionMeta, track_id);
  FIELD (GstEmotionMeta, x);
  FIELD (GstEmotionMeta, y);
  FIELD (GstEmotionMeta, w);
  FIELD (GstEmotionMeta, h);
  FIELD (GstEmotionMeta, label_id);
  FIELD (GstEmotionMeta, confidence);
  FIELD (GstEmotionMeta, n_scores);
  FIELD (GstEmotionMeta, scores);
  FIELD (GstEmotionMeta, age);
  FIELD (GstEmotionMeta, age_ns);
  FIELD (GstEmotionMeta, classes);
  VALUE (GST_EMOTION_MAX_CLASSES);
  VALUE (GST_EMOTION_LABEL_UNKNOWN);
  return 0;
}
